"""Starts the emulator: its organisation, its certificate, its https and http servers."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from hub.sandbox import AsgiServer, Authority, FaultPlan, SandboxOptions
from hub.settings import load_yaml
from hub_crm.sandbox.actions import ACTIONS, act, listing
from hub_crm.sandbox.app import SalesforceApp
from hub_crm.sandbox.appkey import private_key
from hub_crm.sandbox.catalogue import merged, shipped_objects
from hub_crm.sandbox.org import Org
from hub_crm.sandbox.profile import INTEGRATION_EMAIL, conform, enter_record_types, furnish
from hub_crm.sandbox.schema import ObjectDef
from hub_crm.sandbox.sessions import Credentials, Sessions
from hub_crm.sandbox.site import OWN_FAULTS, Site
from hub_crm.sandbox.state import dump, load
from hub_crm.sandbox.write import Write

CREDENTIALS: Final = Credentials(
    client_id="3MVG9sandboxHandbookHub",
    client_secret="sandbox-client-secret-7F3A",  # noqa: S106  # the emulator's own, on loopback
    username=f"{INTEGRATION_EMAIL}.crm",
    password="sandbox-password-19C4",  # noqa: S106  # the emulator's own, on loopback
    security_token="SandboxToken5Kq2",  # noqa: S106  # the emulator's own, on loopback
    refresh_token="5Aep861sandboxRefresh",  # noqa: S106  # the emulator's own, on loopback
)


class SalesforceSandbox:
    """One emulated organisation.

    The profile `empty` has people and queues only; every other has customers too, `conformance`
    besides what client libraries' own tests use.
    """

    def __init__(self, options: SandboxOptions) -> None:
        self.name = "salesforce"
        self.faults = FaultPlan(OWN_FAULTS, actions=ACTIONS)
        self._options = options
        self._clock = self.faults.clock(options.clock)
        self._site = self._furnished()
        self._app = SalesforceApp(self._site)
        self._servers: list[AsgiServer] = []
        self._authority: Authority | None = None
        self._key_file: Path | None = None
        self._app_key = b""

    def _furnished(self) -> Site:
        org = Org(self._clock, self._declared(shipped_objects("service_desk")))
        customers = self._options.profile != "empty"
        organization_id, integration = furnish(org, customers=customers)
        sessions = Sessions(self._clock, organization_id)
        sessions.keep(integration, CREDENTIALS.refresh_token)
        if self._options.profile == "conformance":
            conform(org, integration)
        return Site(
            org=org,
            clock=self._clock,
            faults=self.faults,
            sessions=sessions,
            credentials=CREDENTIALS,
            integration_user=integration,
            organization_id=organization_id,
        )

    def _declared(self, objects: Mapping[str, ObjectDef]) -> Mapping[str, ObjectDef]:
        """Give objects with what the folder of definitions adds; ConfigError tells its defects."""
        folder = self._options.definitions
        path = folder / f"{self.name}.yaml" if folder else None
        return merged(objects, [load_yaml(path)]) if path and path.exists() else objects

    @property
    def calls(self) -> int:
        """Give how many calls reached the servers."""
        return sum(server.calls for server in self._servers)

    @property
    def logins(self) -> int:
        """Give how many sessions were opened."""
        return self._site.sessions.logins

    def start(self) -> Mapping[str, Any]:
        """Serve https and http on loopback; give addresses and credentials."""
        host, ports = self._options.host, self._options.ports
        self._authority = Authority(host, self._options.data)
        self._key_file, key = private_key(self._options.data or self._authority.folder)
        self._app_key = key
        self._trust_key()
        record = self._options.traffic.of(self.name)
        secure = AsgiServer(
            self._app,
            self.faults,
            host=host,
            port=ports.get("salesforce", 0),
            certificate=self._authority.files,
            record=record,
        )
        plain = AsgiServer(
            self._app,
            self.faults,
            host=host,
            port=ports.get("salesforce_http", 0),
            record=record,
        )
        self._servers = [secure, plain]
        for server in self._servers:
            server.start()
        return self._access()

    def reset(self) -> Mapping[str, Any]:
        """Furnish the organisation anew, without faults; the servers run on."""
        self.faults.clear()
        self._site = self._furnished()
        self._trust_key()
        self._app.serve(self._site)
        return self._access()

    def _trust_key(self) -> None:
        keys = self._site.sessions.keys
        if self._app_key and self._app_key not in keys:
            keys.append(self._app_key)

    def _access(self) -> Mapping[str, Any]:
        secure, plain = self._servers
        with self._site.org.lock:
            token = self._site.sessions.open(self._site.integration_user)
        known = self._site.credentials
        return {
            "url": secure.url,
            "http_url": plain.url,
            "ca_file": str(self._authority.ca_file) if self._authority else "",
            "client_id": known.client_id,
            "client_secret": known.client_secret,
            "username": known.username,
            "password": known.password,
            "security_token": known.security_token,
            "refresh_token": known.refresh_token,
            "access_token": token,
            "private_key_file": str(self._key_file),
        }

    def stop(self) -> None:
        """Stop both servers and remove the certificate."""
        with ThreadPoolExecutor(max_workers=2) as pool:
            list(pool.map(AsgiServer.stop, self._servers))
        self._servers = []
        if self._authority is not None:
            self._authority.close()
            self._authority = None

    def dump(self) -> bytes:
        """Give all that the organisation holds, its sessions among it."""
        with self._site.org.lock:
            return dump(self._site)

    def load(self, dumped: bytes) -> None:
        """Hold what was dumped; ValueError if it is no dump of this emulator."""
        load(self._site, dumped)
        known = self._site.org.objects
        for name, definition in list(self._declared(known).items()):
            if definition != known.get(name):
                self._site.org.declare(definition)
        enter_record_types(self._site.org, Write(user_id=self._site.integration_user))
        self._app.serve(self._site)

    def records(self) -> Mapping[str, list[dict[str, Any]]]:
        """Give cases, comments, contacts, accounts, users and queues as plain values."""
        with self._site.org.lock:
            return listing(self._site)

    def act(self, action: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """Do what a person or administrator would do; see `actions.ACTIONS`."""
        with self._site.org.lock:
            return act(self._site, action, arguments)
