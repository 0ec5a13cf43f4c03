"""A real IMAP server beside the emulator, where one is installed: Dovecot (`hub sandbox --real`).

It has a folder and ports of its own, and ends with the sandbox. Mails are put in by IMAP. What is
told of the emulator can be held against it; faults it does not play.
"""

from __future__ import annotations

import getpass
import grp
import imaplib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping
from email import message_from_bytes
from pathlib import Path
from typing import Any, Final

from hub.sandbox import Authority, Fault, FaultPlan, SandboxOptions
from hub_mail.sandbox import writing
from hub_mail.sandbox.model import crlf

USER: Final = "service@vendor.example"
PASSWORD: Final = "sandbox-mail"  # noqa: S105 - the sandbox's own, on loopback
START_SECONDS: Final = 20.0

_CONFIGURATION: Final = """\
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/dovecot.log
protocols = imap
listen = {host}
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{key}
disable_plaintext_auth = no
auth_mechanisms = plain login
mail_location = maildir:{folder}/mail/%u:LAYOUT=fs
first_valid_uid = {uid}
default_internal_user = {internal}
default_internal_group = {group}
default_login_user = {login}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/home/%u
}}
namespace inbox {{
  inbox = yes
  separator = /
}}
service anvil {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
"""


def dovecot() -> str | None:
    """Give where Dovecot is installed; None if it is not."""
    return shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


class _NoFaults(FaultPlan):
    """A plan that takes no fault: a real server plays none."""

    def add(self, fault: Fault) -> int:
        """Refuse with ValueError."""
        raise ValueError(f"a real server plays no faults, and no {fault.kind!r}")


class DovecotSandbox:
    """Dovecot under the name `mail_dovecot`; ports `dovecot_imap` and `dovecot_imaps`."""

    name = "mail_dovecot"

    def __init__(self, options: SandboxOptions) -> None:
        self.faults: FaultPlan = _NoFaults()
        self._options = options
        self._authority: Authority | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._ports: dict[str, int] = {}

    def start(self) -> Mapping[str, Any]:
        """Start the server; give where it is when it greets. RuntimeError if it does not."""
        program = dovecot()
        if program is None:
            raise RuntimeError("Dovecot is not installed")
        host = self._options.host
        self._authority = Authority(host, self._options.data)
        self._folder = tempfile.TemporaryDirectory(prefix="hub-dovecot-")
        folder = Path(self._folder.name)
        for name in ("imap", "imaps"):
            self._ports[name] = self._options.ports.get(f"dovecot_{name}") or _free_port(host)
        path = folder / "dovecot.conf"
        path.write_text(self._configuration(folder), encoding="utf-8")
        self._process = subprocess.Popen([program, "-F", "-c", str(path)])  # noqa: S603
        self._wait(folder / "dovecot.log")
        return {
            "imap_host": host,
            "imap_port": self._ports["imap"],
            "imaps_port": self._ports["imaps"],
            "user": USER,
            "password": PASSWORD,
            "ca_file": str(self._authority.ca_file),
        }

    def _configuration(self, folder: Path) -> str:
        """Dovecot reads no mail as root: then it does so as nobody, and guards itself as usual."""
        root = os.getuid() == 0
        owner = pwd.getpwnam("nobody" if root else getpass.getuser())
        for name in ("mail", "home"):
            (folder / name).mkdir()
            os.chown(folder / name, owner.pw_uid, owner.pw_gid)
        folder.chmod(0o755)
        assert self._authority is not None  # noqa: S101 - for the type checker
        certificate, key = self._authority.files
        return _CONFIGURATION.format(
            folder=folder,
            host=self._options.host,
            certificate=certificate,
            key=key,
            uid=owner.pw_uid,
            gid=owner.pw_gid,
            internal="dovecot" if root else owner.pw_name,
            group="dovecot" if root else grp.getgrgid(owner.pw_gid).gr_name,
            login="dovenull" if root else owner.pw_name,
            password=PASSWORD,
            **self._ports,
        )

    def _wait(self, log: Path) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            try:
                self._connected().logout()
            except (OSError, imaplib.IMAP4.error):
                if self._process is None or self._process.poll() is not None:
                    break
                time.sleep(0.05)
            else:
                return
        said = log.read_text(encoding="utf-8", errors="replace")[-2000:] if log.exists() else ""
        self.stop()
        raise RuntimeError(f"Dovecot did not start: {said}")

    def _connected(self) -> imaplib.IMAP4:
        client = imaplib.IMAP4(self._options.host, self._ports["imap"], timeout=10)
        client.login(USER, PASSWORD)
        return client

    def stop(self) -> None:
        """Stop the server and remove its folder; may be called twice."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)
            self._process = None
        for held in (self._folder, self._authority):
            if isinstance(held, Authority):
                held.close()
            elif held is not None:
                held.cleanup()
        self._folder = self._authority = None

    def records(self) -> Mapping[str, list[dict[str, Any]]]:
        """Give the mails of the inbox."""
        with self._connected() as client:
            client.select("INBOX", readonly=True)
            found = client.uid("FETCH", "1:*", "(UID BODY.PEEK[])")[1]
        raws = [piece[1] for piece in found if isinstance(piece, tuple)]
        return {USER: [self._shown(raw) for raw in raws]}

    def _shown(self, raw: bytes) -> dict[str, Any]:
        parsed = message_from_bytes(raw)
        names = ("subject", "from", "to", "date")
        shown: dict[str, Any] = {name: writing.header(parsed, name) for name in names}
        return {**shown, "text": writing.text_of(parsed), "size": len(raw)}

    def act(self, action: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """Deliver a mail to the inbox (`deliver`), as the emulator does."""
        if action != "deliver":
            raise ValueError(f"unknown action {action!r}; known: deliver")
        now = self._options.clock.now()
        message_id = f"<{now.timestamp()}@outside.example>"
        raw = writing.mail({"to": USER, **arguments}, now=now, message_id=message_id)
        with self._connected() as client:
            client.append("INBOX", "()", imaplib.Time2Internaldate(now), crlf(raw))
        return {"message_id": message_id.strip("<>")}


def _free_port(host: str) -> int:
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])
