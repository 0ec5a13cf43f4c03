"""What is measured of the emulated Jira, as `hub sandbox` serves it in a process of its own."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import urlsplit

import psutil

COMMENTS: Final = 3


@contextmanager
def _running() -> Iterator[tuple[Mapping[str, Any], psutil.Process]]:
    command = [sys.executable, "-m", "hub", "sandbox", "--json", "--plugins", "jira"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None  # noqa: S101 - for the type checker
            yield json.loads(process.stdout.readline()), psutil.Process(process.pid)
        finally:
            process.terminate()


class _Client:
    """One kept connection: the client must cost less than what it measures."""

    def __init__(self, url: str, login: str = "") -> None:
        self._connection = http.client.HTTPConnection(urlsplit(url).netloc)
        given = {"Authorization": f"Basic {b64encode(login.encode()).decode()}"} if login else {}
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
    with _running() as (facts, process):
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
        client = _Client(cloud["url"], f"{cloud['email']}:{cloud['api_token']}")
        _read(client, issues, requests // 2)
        size, spent = process.memory_info().rss, _seconds(process)
        _read(client, issues, requests - requests // 2)
        rate = (requests - requests // 2) / max(_seconds(process) - spent, 0.001)
        return loaded, rate, (process.memory_info().rss - size) / 2**20


def _read(client: _Client, issues: int, requests: int) -> None:
    for number in range(requests):
        client.ask("GET", f"/rest/api/3/issue/RND-{number % issues + 1}")


def _seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
