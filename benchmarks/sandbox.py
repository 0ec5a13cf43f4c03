"""What is measured of emulators, as `hub sandbox` serves them in a process of its own."""

from __future__ import annotations

import http.client
import imaplib
import json
import smtplib
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import urlsplit

import psutil

COMMENTS: Final = 3


@contextmanager
def running(plugin: str) -> Iterator[tuple[Mapping[str, Any], psutil.Process]]:
    """Serve the emulators of a unit; give where they are, and their process."""
    command = [sys.executable, "-m", "hub", "sandbox", "--json", "--plugins", plugin]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None  # noqa: S101 - for the type checker
            yield json.loads(process.stdout.readline()), psutil.Process(process.pid)
        finally:
            process.terminate()


class _Client:
    """One kept connection: the client must cost less than what it measures."""

    def __init__(self, url: str, authorization: str = "") -> None:
        self._connection = http.client.HTTPConnection(urlsplit(url).netloc)
        given = {"Authorization": authorization} if authorization else {}
        self._headers = {"Content-Type": "application/json", **given}

    def ask(self, method: str, path: str, body: object = None) -> bytes:
        """Make one request that must succeed; give the body of its answer."""
        sent = json.dumps(body) if body is not None else None
        self._connection.request(method, path, sent, self._headers)
        answer = self._connection.getresponse()
        read = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {read[:200]!r}")
        return read


def jira(issues: int, requests: int) -> tuple[float, float, float]:
    """Measure one emulated Jira Cloud.

    Returns:
        Seconds to load that many issues with three comments each through the control API;
        requests a second that one core answers (GET of a whole issue); megabytes by which the
        process grew from the first half of the requests to the second.
    """
    with running("jira") as (facts, process):
        cloud = facts["jira_cloud"]
        said = [{"text": f"comment {number}"} for number in range(COMMENTS)]
        entries = [
            {"summary": f"issue {number}", "description": "words " * 20, "comments": said}
            for number in range(issues)
        ]
        control = _Client(facts["control"]["url"])
        began = time.perf_counter()
        control.ask("POST", "/act/jira_cloud/load", {"issues": entries})
        loaded = time.perf_counter() - began
        login = b64encode(f"{cloud['email']}:{cloud['api_token']}".encode()).decode()
        client = _Client(cloud["url"], f"Basic {login}")
        paths = [f"/rest/api/3/issue/RND-{number + 1}" for number in range(issues)]
        return loaded, *_rate_and_growth(client, process, paths, requests)


def salesforce(cases: int, requests: int) -> tuple[float, float, float]:
    """Measure one emulated Salesforce.

    Returns:
        Seconds to load that many cases with three comments each through the control API;
        requests a second that one core answers (GET of a whole case); megabytes by which the
        process grew from the first half of the requests to the second.
    """
    with running("crm") as (facts, process):
        at = facts["salesforce"]
        said = [{"CommentBody": f"comment {number}"} for number in range(COMMENTS)]
        records = [
            {"Subject": f"case {number}", "Description": "words " * 20, "CaseComments": said}
            for number in range(cases)
        ]
        began = time.perf_counter()
        wanted = {"object": "Case", "records": records}
        _Client(facts["control"]["url"]).ask("POST", "/act/salesforce/load", wanted)
        loaded = time.perf_counter() - began
        client = _Client(at["http_url"], f"Bearer {at['access_token']}")
        query = "/services/data/v59.0/query?q=SELECT+Id+FROM+Case+LIMIT+2000"
        found = json.loads(client.ask("GET", query))["records"]
        paths = [f"/services/data/v59.0/sobjects/Case/{record['Id']}" for record in found]
        return loaded, *_rate_and_growth(client, process, paths, requests)


def _rate_and_growth(
    client: _Client, process: psutil.Process, paths: Sequence[str], requests: int
) -> tuple[float, float]:
    def read(count: int) -> None:
        for number in range(count):
            client.ask("GET", paths[number % len(paths)])

    first, second = requests // 2, requests - requests // 2
    read(first)
    size, spent = process.memory_info().rss, _seconds(process)
    read(second)
    rate = second / max(_seconds(process) - spent, 0.001)
    return rate, (process.memory_info().rss - size) / 2**20


def mail(mails: int) -> tuple[float, float, float, float]:
    """Measure one emulated mail server.

    Returns:
        Seconds to load that many mails through the control API; seconds to send as many over one
        SMTP connection; mails a second that one IMAP connection fetches one by one; megabytes by
        which the process grew from the first half of these fetches to the second.
    """
    with running("mail") as (facts, process):
        at = facts["mail"]
        entries = [{"from": "li@pku.edu.cn", "subject": "mail", "text": "words " * 100}] * mails
        began = time.perf_counter()
        _Client(facts["control"]["url"]).ask("POST", "/act/mail/load", {"mails": entries})
        loaded = time.perf_counter() - began
        sent = b"Subject: mail\r\n\r\n" + b"words\r\n" * 100
        began = time.perf_counter()
        with smtplib.SMTP(at["smtp_host"], at["smtp_port"]) as sender:
            for _ in range(mails):
                sender.sendmail("li@pku.edu.cn", [at["user"]], sent)
        posted = time.perf_counter() - began
        with imaplib.IMAP4(at["imap_host"], at["imap_port"]) as reader:
            reader.login(at["user"], at["password"])
            reader.select()
            _fetch(reader, range(1, mails // 2 + 1))
            size, began = process.memory_info().rss, time.perf_counter()
            _fetch(reader, range(mails // 2 + 1, mails + 1))
        rate = (mails - mails // 2) / (time.perf_counter() - began)
        return loaded, posted, rate, (process.memory_info().rss - size) / 2**20


def _fetch(reader: imaplib.IMAP4, uids: range) -> None:
    for uid in uids:
        reader.uid("FETCH", str(uid), "(FLAGS ENVELOPE BODY[])")


def _seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
