"""Jira's two faces for strangers' clients, with an administrator and an ordinary user logged in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any

import pytest
from hub_jira.sandbox import JiraSandbox
from jira import JIRA

from hub.sandbox import Fault, SandboxOptions

NUMBERS = count(1)


class Site:
    """A running emulator, and clients of the `jira` package for it."""

    def __init__(self, flavour: str) -> None:
        make = JiraSandbox.cloud if flavour == "cloud" else JiraSandbox.server
        self.sandbox = make(SandboxOptions())
        self.at: Mapping[str, Any] = self.sandbox.start()
        self.cloud = flavour == "cloud"
        self._clients: list[JIRA] = []

    @property
    def facts(self) -> Mapping[str, Mapping[str, Any]]:
        """Give what a script in Node is handed."""
        return {self.sandbox.name: self.at}

    def login(self, *, admin: bool = True) -> JIRA:
        """Log in with the `jira` package."""
        if self.cloud:
            person = ("hub@vendor.example", self.at["api_token"])
            pair = person if admin else ("chen.rd@vendor.example", "chen.rd-token")
        else:
            pair = ("admin", "admin") if admin else ("jira_user", "jira")
        client = JIRA(self.at["url"], basic_auth=pair, max_retries=0)
        self._clients.append(client)
        return client

    def project(self, client: JIRA) -> str:
        """Have a new project made; give its key."""
        key = f"P{next(NUMBERS)}X"
        client.create_project(key, f"Project {key}")
        return key

    def issue(self, client: JIRA, project: str, summary: str = "one", **fields: Any) -> Any:
        """Have an issue made."""
        return client.create_issue(
            project=project, summary=summary, issuetype={"name": "Bug"}, **fields
        )

    def fault(self, kind: str, operation: str = "*", **arguments: Any) -> None:
        """Have a fault played."""
        times = arguments.pop("times", 1)
        self.sandbox.faults.add(
            Fault(kind=kind, operation=operation, times=times, arguments=arguments)
        )

    def close(self) -> None:
        """Stop."""
        for client in self._clients:
            client.close()
        self.sandbox.stop()


@pytest.fixture(params=["cloud", "server"])
def site(request: pytest.FixtureRequest) -> Iterator[Site]:
    """Give each of the two faces."""
    made = Site(request.param)
    yield made
    made.close()


@pytest.fixture
def cloud() -> Iterator[Site]:
    """Give a Jira Cloud."""
    made = Site("cloud")
    yield made
    made.close()


@pytest.fixture
def server() -> Iterator[Site]:
    """Give a Jira Data Center."""
    made = Site("server")
    yield made
    made.close()


@pytest.fixture
def admin(site: Site) -> JIRA:
    """Give the administrator's client."""
    return site.login()
