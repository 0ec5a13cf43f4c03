"""Each fault on each real emulator, ordered by the control API and by file."""

from __future__ import annotations

import imaplib
import smtplib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from hub.sandbox import SandboxOptions
from hub.sandbox.wanted import play_file
from hub.testing.stage import Stage

HTTP = ("jira_cloud", "jira_server", "salesforce")
MAIL = ("imap", "smtp")
DOC = {"type": "doc", "version": 1, "content": []}


class Scene:
    """All emulators, running, with one simple and one writing call for each."""

    def __init__(self) -> None:
        self.stage = Stage.of(["crm", "jira", "mail"], SandboxOptions(profile="empty"))
        self.facts = self.stage.start()
        self.control = httpx.Client(base_url=self.facts["control"]["url"], timeout=30)
        self.token = ""
        self.log_in()

    def log_in(self) -> None:
        """Open a session of Salesforce."""
        at = self.facts["salesforce"]
        keys = {name: at[name] for name in ("client_id", "client_secret")}
        form = {"grant_type": "client_credentials", **keys}
        told = httpx.post(f"{at['http_url']}/services/oauth2/token", data=form, timeout=30)
        self.token = told.json()["access_token"]

    @contextmanager
    def imap(self) -> Iterator[imaplib.IMAP4]:
        """Give a connection that is logged in."""
        at = self.facts["mail"]
        client = imaplib.IMAP4(at["imap_host"], at["imap_port"], timeout=30)
        try:
            client.login(at["user"], at["password"])
            client.select()
            yield client
        finally:
            client.shutdown()

    def close(self) -> None:
        """Stop."""
        self.control.close()
        self.stage.stop()

    def fault(self, system: str, kind: str, operation: str = "*", **details: Any) -> httpx.Response:
        """Order a fault by the control API; `imap` and `smtp` are one emulator's."""
        sandbox = "mail" if system in MAIL else system
        arguments = details.pop("arguments", {})
        wanted = {"sandbox": sandbox, "kind": kind, "operation": operation, "times": 1, **details}
        return self.control.post("/faults", json={**wanted, "arguments": arguments})

    def call(self, system: str, method: str, path: str, body: Any = None) -> httpx.Response:
        """Call one of the HTTP systems as its administrator."""
        at = self.facts[system]
        if system == "salesforce":
            url, head = at["http_url"], {"authorization": f"Bearer {self.token}"}
            return httpx.request(method, url + path, json=body, headers=head, timeout=30)
        cloud = system == "jira_cloud"
        login = (at["email"], at["api_token"]) if cloud else (at["admin"], at["admin_password"])
        return httpx.request(method, at["url"] + path, json=body, auth=login, timeout=30)

    def ask(self, system: str) -> str:
        """Make a simple call; give how it ended: a status, `NO`, or `cut`."""
        try:
            if system in MAIL:
                return self._mail(system)
            versions = {"jira_cloud": "3", "jira_server": "2"}
            version = versions.get(system)
            path = f"/rest/api/{version}/myself" if version else "/services/data/v59.0/limits"
            return str(self.call(system, "GET", path).status_code)
        except (httpx.TransportError, OSError, imaplib.IMAP4.abort, smtplib.SMTPServerDisconnected):
            return "cut"

    def _mail(self, system: str) -> str:
        at = self.facts["mail"]
        if system == "smtp":
            with smtplib.SMTP(at["smtp_host"], at["smtp_port"], timeout=30) as smtp:
                return str(smtp.docmd("RSET")[0])
        with self.imap() as imap:
            return imap.noop()[0]

    def make(self, system: str, title: str) -> None:
        """Make an issue, a case or a mail; what breaks on the way is the caller's matter."""
        if system == "smtp":
            at = self.facts["mail"]
            with smtplib.SMTP(at["smtp_host"], at["smtp_port"], timeout=30) as smtp:
                smtp.sendmail("a@b.example", [at["user"]], f"Subject: {title}\r\n\r\nx")
        elif system == "imap":
            with self.imap() as imap:
                imap.append("INBOX", "", "", f"Subject: {title}\r\n\r\nx".encode())
        elif system == "salesforce":
            self.call(system, "POST", "/services/data/v59.0/sobjects/Case", {"Subject": title})
        else:
            fields = {"project": {"key": "RND"}, "issuetype": {"name": "Bug"}, "summary": title}
            version = "3" if system == "jira_cloud" else "2"
            self.call(system, "POST", f"/rest/api/{version}/issue", {"fields": fields})

    def made(self, system: str, title: str) -> int:
        """Count what the system holds of a title."""
        sandbox = "mail" if system in MAIL else system
        kinds = self.control.get(f"/records/{sandbox}").json()
        name = {"salesforce": "Subject", "imap": "subject", "smtp": "subject"}.get(
            system, "summary"
        )
        return sum(one.get(name) == title for records in kinds.values() for one in records)


MAKING = {
    "jira_cloud": "POST */issue",
    "jira_server": "POST */issue",
    "salesforce": "POST */sobjects/Case",
    "imap": "IMAP APPEND",
    "smtp": "SMTP DATA",
}
SIMPLE = {"imap": "IMAP NOOP", "smtp": "SMTP RSET"}


@pytest.fixture(scope="module")
def running() -> Iterator[Scene]:
    """Start all emulators once for this file."""
    scene = Scene()
    yield scene
    scene.close()


@pytest.fixture
def scene(running: Scene) -> Iterator[Scene]:
    """Give them without any fault."""
    yield running
    running.control.delete("/faults")


@pytest.mark.parametrize("system", [*HTTP, *MAIL])
@pytest.mark.parametrize(
    ("kind", "http", "imap", "smtp"),
    [
        ("latency", "200", "OK", "250"),
        ("rate_limit", "429", "NO", "450"),
        ("server_error", "503", "NO", "451"),
        ("drop_before", "cut", "cut", "cut"),
        ("drop_after", "cut", "cut", "cut"),
        ("half_body", "cut", "cut", "25"),
    ],
)
def test_each_common_fault_strikes_each_system(
    scene: Scene, system: str, kind: str, http: str, imap: str, smtp: str
) -> None:
    """Once, as it was ordered; the next call goes well."""
    expected = {"imap": imap, "smtp": smtp}.get(system, http)
    well = {"imap": "OK", "smtp": "250"}.get(system, "200")

    assert 201 == scene.fault(system, kind, SIMPLE.get(system, "*")).status_code
    first, second = scene.ask(system), scene.ask(system)

    assert (expected, well) == (first, second)


@pytest.mark.parametrize("system", [*HTTP, *MAIL])
@pytest.mark.parametrize(("kind", "count"), [("drop_before", 0), ("drop_after", 1)])
def test_a_line_breaks_before_or_after_the_effect(
    scene: Scene, system: str, kind: str, count: int
) -> None:
    """The caller learns nothing; the record is there, or it is not."""
    title = f"{system} {kind}"
    scene.fault(system, kind, MAKING[system])

    with pytest.raises(
        (httpx.TransportError, OSError, imaplib.IMAP4.abort, smtplib.SMTPServerDisconnected)
    ):
        scene.make(system, title)

    assert count == scene.made(system, title)


@pytest.mark.parametrize("system", [*HTTP, *MAIL])
def test_a_token_that_expired_is_refused(scene: Scene, system: str) -> None:
    """In the words of each system."""
    fault = {"status": 401} if system.startswith("jira") else {}
    scene.fault(system, "expired_token", SIMPLE.get(system, "*"), arguments=fault)

    ended = scene.ask(system)
    scene.log_in()

    assert ended == {"imap": "NO", "smtp": "535"}.get(system, "401")


@pytest.mark.parametrize("system", HTTP)
def test_a_clock_that_is_off_dates_what_is_made(scene: Scene, system: str) -> None:
    """An hour ahead for as long as the fault stands; so are the answers."""
    title = f"{system} later"
    scene.fault(system, "clock_skew", times=None, arguments={"seconds": 3600})
    scene.make(system, title)
    told = parsedate_to_datetime(scene.call(system, "GET", "/").headers["date"])
    scene.control.delete("/faults")
    after = parsedate_to_datetime(scene.call(system, "GET", "/").headers["date"])

    kinds = scene.control.get(f"/records/{system}").json()
    records = [one for each in kinds.values() for one in each]
    made = next(one for one in records if title in {one.get("summary"), one.get("Subject")})
    stamp = datetime.fromisoformat(made.get("created") or made["CreatedDate"])
    assert min(told, stamp) > after + timedelta(minutes=50)


def _search(scene: Scene, system: str, title: str) -> int:
    """Count what a search finds."""
    if system == "salesforce":
        path = "/services/data/v59.0/query?q=SELECT+Id+FROM+Case+WHERE+Subject+LIKE+'" + title + "'"
        return len(scene.call(system, "GET", path).json()["records"])
    if system == "imap":
        with scene.imap() as imap:
            return len(imap.search(None, "SUBJECT", title)[1][0].split())
    version = "3/search/jql" if system == "jira_cloud" else "2/search"
    body = {"jql": f'summary ~ "{title}"', "fields": ["summary"]}
    return len(scene.call(system, "POST", f"/rest/api/{version}", body).json()["issues"])


SEARCHING = {"salesforce": "GET */query", "imap": "IMAP SEARCH"}


@pytest.mark.parametrize("system", [*HTTP, "imap"])
def test_a_search_is_stale_or_misses_some(scene: Scene, system: str) -> None:
    """What was just made is not found; or a share of all is not, each time the same."""
    title = f"lost{system.replace('_', '')}"
    for _ in range(12):
        scene.make(system, title)
    operation = SEARCHING.get(system, "POST */search*")

    scene.fault(system, "stale_search", operation, arguments={"seconds": 600})
    stale = _search(scene, system, title)
    scene.fault(system, "missing_search", operation, times=2, arguments={"share": 0.5})
    some, same = _search(scene, system, title), _search(scene, system, title)
    scene.fault(system, "missing_search", operation)

    assert stale == 0
    assert 0 < some < 12
    assert same == some
    assert _search(scene, system, title) == 0
    assert _search(scene, system, title) == 12


@pytest.mark.parametrize("system", [*HTTP, *MAIL])
def test_the_same_seed_strikes_the_same_calls_of_a_system(scene: Scene, system: str) -> None:
    """Over the wire as in the plan; another seed strikes others."""

    def run(seed: int) -> list[str]:
        scene.control.delete("/faults")
        operation = SIMPLE.get(system, "*")
        scene.fault(system, "server_error", operation, times=None, probability=0.5, seed=seed)
        return [scene.ask(system) for _ in range(16)]

    first, same, other = run(7), run(7), run(8)

    assert first == same
    assert first != other
    assert len(set(first)) == 2


def test_faults_of_a_file_strike_as_ordered_ones_do(scene: Scene, tmp_path: Path) -> None:
    """With the file's seed."""
    path = tmp_path / "faults.yaml"
    lines = [f"  - {{sandbox: {name}, kind: server_error, probability: 0.5}}\n" for name in HTTP]
    path.write_text("seed: 7\nfaults:\n" + "".join(lines), encoding="utf-8")

    def run() -> list[list[str]]:
        scene.control.delete("/faults")
        play_file(path, {name: box.faults for name, box in scene.stage.sandboxes.items()})
        return [[scene.ask(name) for _ in range(12)] for name in HTTP]

    first = run()

    assert first == run()
    assert all({"200", "503"} == set(each) for each in first)


CHANGES: list[tuple[str, dict[str, Any], str, str, Callable[[httpx.Response], bool]]] = [
    (
        "jira_cloud",
        {"action": "remove_transition", "to": "In Progress"},
        "GET",
        "/rest/api/3/issue/RND-1/transitions",
        lambda answer: "In Progress" not in answer.text,
    ),
    (
        "jira_server",
        {"action": "remove_field", "field": "customfield_10050"},
        "GET",
        "/rest/api/2/field",
        lambda answer: "customfield_10050" not in answer.text,
    ),
    (
        "salesforce",
        {"action": "hide_field", "object": "Case", "field": "Description"},
        "GET",
        "/services/data/v59.0/query?q=SELECT+Description+FROM+Case",
        lambda answer: "INVALID_FIELD" in answer.text,
    ),
]


@pytest.mark.parametrize(
    ("system", "arguments", "method", "path", "changed"),
    CHANGES,
    ids=[str(entry[1]["action"]) for entry in CHANGES],
)
def test_fields_and_workflows_change_under_way(
    scene: Scene, system: str, arguments: dict[str, Any], method: str, path: str, changed: Any
) -> None:
    """Just before the call that would have found them as they were."""
    if system == "jira_cloud":
        scene.make(system, "to be moved")
    before = scene.call(system, method, path)
    scene.fault(system, "act", f"{method} *{path.partition('?')[0]}", arguments=arguments)

    after = scene.call(system, method, path)

    assert changed(after)
    assert before.status_code == 200


def test_a_field_is_required_from_one_call_to_the_next(scene: Scene) -> None:
    """What is made without it is refused by name, until it is required no more."""
    title = "without environment"
    arguments = {"action": "require_field", "field": "environment"}
    scene.fault("jira_server", "act", "POST */issue", skip=1, arguments=arguments)

    scene.make("jira_server", title)
    scene.make("jira_server", title)
    scene.stage.act("jira_server", "require_field", field="environment", on=False)

    refused = [each for each in scene.control.get("/calls").json()["calls"] if each["failed"]]
    assert scene.made("jira_server", title) == 1
    assert "Environment is required" in refused[-1]["about"]
    scene.make("jira_server", title)
    assert scene.made("jira_server", title) == 2


@pytest.mark.parametrize("system", [*HTTP, *MAIL])
def test_an_act_that_can_not_be_done_names_itself(scene: Scene, system: str) -> None:
    """The call is answered with what could not be done and why; the traffic shows it."""
    action, arguments, why = {
        "salesforce": ("update", {"id": "500000000000000AAA"}, "NOT_FOUND"),
        "imap": ("flag", {"uid": 99, "flags": []}, "no message 99"),
        "smtp": ("flag", {"uid": 99, "flags": []}, "no message 99"),
    }.get(system, ("remove_transition", {"name": "Nowhere"}, "no such transition"))
    arguments = {"action": action, **arguments}
    scene.fault(system, "act", SIMPLE.get(system, "*"), arguments=arguments)

    ended = scene.ask(system)

    assert ended == {"imap": "NO", "smtp": "451"}.get(system, "500")
    told = [each for each in scene.control.get("/calls").json()["calls"] if each["failed"]]
    assert f"the fault 'act' could not do {action}" in told[-1]["about"]
    assert why in told[-1]["about"]


@pytest.mark.parametrize("system", [*HTTP, "imap"])
@pytest.mark.parametrize(
    ("kind", "arguments", "said"),
    [
        ("latncy", {}, "unknown kind of fault 'latncy'; known: act, "),
        ("act", {}, "needs the argument 'action'"),
        ("act", {"action": "burn"}, "unknown action 'burn'; known: "),
    ],
)
def test_what_there_is_not_is_refused(
    scene: Scene, system: str, kind: str, arguments: dict[str, Any], said: str
) -> None:
    """It would never strike, and a test that asked for it would pass."""
    answer = scene.fault(system, kind, arguments=arguments)

    assert answer.status_code == 400
    assert said in answer.json()["error"]
