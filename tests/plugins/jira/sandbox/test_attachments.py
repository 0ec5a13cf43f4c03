"""Files are sent as Jira takes them, and read whole or in part, with or without a login."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

CONTENT = bytes(range(100))
NO_CHECK = {"x-atlassian-token": "no-check"}
Send = Callable[..., httpx.Response]


@pytest.fixture
def send(jira: Any, http: httpx.Client) -> Send:
    """Send requests as the hub's user; the path is one below the site."""
    user = jira.sandbox.site.find_user("hub")
    login = (user.email if jira.cloud else user.name, user.secret)

    def call(method: str, path: str, **more: Any) -> httpx.Response:
        where = path if path.startswith("http") else f"{jira.facts['url']}/{path}"
        return http.request(method, where, **{"auth": login, **more})

    return call


@pytest.fixture
def where(jira: Any, send: Send) -> str:
    """Attach a file; give its address."""
    jira.issue()
    path = "rest/api/2/issue/RND-1/attachments"
    made = send("POST", path, files={"file": ("a.bin", CONTENT)}, headers=NO_CHECK)
    assert made.status_code == 200
    link = str(made.json()[0]["content"])
    return f"{link}?redirect=false" if jira.cloud else link


@pytest.mark.parametrize(
    ("wanted", "part", "told"),
    [
        ("bytes=0-9", CONTENT[:10], "bytes 0-9/100"),
        ("bytes=90-", CONTENT[90:], "bytes 90-99/100"),
        ("bytes=-5", CONTENT[-5:], "bytes 95-99/100"),
        ("bytes=95-1000", CONTENT[95:], "bytes 95-99/100"),
        ("bytes=-1000", CONTENT, "bytes 0-99/100"),
    ],
)
def test_a_part_of_a_file_is_read(
    send: Send, where: str, wanted: str, part: bytes, told: str
) -> None:
    """The answer says which part of how much it is."""
    answer = send("GET", where, headers={"range": wanted})

    assert (206, part, told) == (
        answer.status_code, answer.content, answer.headers["content-range"]
    )  # fmt: skip


@pytest.mark.parametrize(
    ("wanted", "status"),
    [
        ("bytes=100-", 416),
        ("bytes=-0", 416),
        ("bytes=9-3", 416),
        ("bytes=-", 400),
        ("bytes=a-b", 400),
        ("bytes=0-1,4-5", 400),
        (f"bytes={'9' * 5000}-", 400),
    ],
)
def test_a_part_that_is_not_there_is_refused(
    send: Send, where: str, wanted: str, status: int
) -> None:
    """With the size that there is."""
    answer = send("GET", where, headers={"range": wanted})

    assert answer.status_code == status
    assert answer.headers.get("content-range") == ("bytes */100" if status == 416 else None)


def test_cloud_redirects_to_an_address_that_needs_no_login(frozen: Any, http: httpx.Client) -> None:
    """For some minutes; whoever changes it gets nothing."""
    frozen.issue()
    login = (frozen.facts["email"], frozen.facts["api_token"])
    base = f"{frozen.facts['url']}/rest/api/3"
    files = {"file": ("截图.png", CONTENT)}
    url = f"{base}/issue/RND-1/attachments"
    made = http.post(url, files=files, headers=NO_CHECK, auth=login).json()[0]

    told = http.get(made["content"], auth=login)
    link = told.headers["location"]
    read = http.get(link, headers={"range": "bytes=1-2"})
    altered = http.get(link.replace("token=", "token=0"))
    frozen.clock.advance(3600)
    late = http.get(link)

    assert (told.status_code, told.content) == (303, b"")
    assert (read.status_code, read.content) == (206, CONTENT[1:3])
    assert (altered.status_code, late.status_code) == (403, 403)


def test_a_file_that_a_page_may_have_sent_is_refused(jira: Any, send: Send) -> None:
    """It must say that none did."""
    jira.issue()
    path = "rest/api/2/issue/RND-1/attachments"

    answer = send("POST", path, files={"file": ("a.bin", CONTENT)})

    assert (403, "XSRF check failed") == (answer.status_code, answer.text)
    assert send("GET", "rest/api/2/issue/RND-1").json()["fields"]["attachment"] == []


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({}, 403),
        ({"x-atlassian-token": "no-check"}, 403),
        ({"origin": "https://elsewhere.example"}, 403),
        ({"origin": "{site}"}, 201),
        ({"referer": "{site}/browse/RND-1"}, 201),
        ({"user-agent": "my-script/1.0"}, 201),
    ],
)
def test_a_browser_writes_only_from_the_sites_own_pages(
    jira: Any, send: Send, more: dict[str, str], status: int
) -> None:
    """As its name tells; whoever takes a browser's name is taken for one. Reading is free."""
    issue = jira.issue()
    chrome = {"user-agent": "Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0 Safari/537.36"}
    headers = {**chrome, **{k: v.format(site=jira.facts["url"]) for k, v in more.items()}}
    path = f"rest/api/2/issue/{issue.id}"

    written = send("POST", f"{path}/comment", json={"body": "x"}, headers=headers)

    assert status == written.status_code
    assert send("GET", path, headers=headers).status_code == 200


def test_a_file_that_is_too_large_is_refused(jira: Any, send: Send) -> None:
    """By the limit that is told."""
    jira.issue()
    limit = send("GET", "rest/api/2/attachment/meta").json()["uploadLimit"]
    files = {"file": ("a.bin", bytes(limit + 1))}

    answer = send("POST", "rest/api/2/issue/RND-1/attachments", files=files, headers=NO_CHECK)

    assert answer.status_code == 413
