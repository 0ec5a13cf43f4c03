"""One client's connection: reads commands with their literals, plays faults, writes answers."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import time
from datetime import timedelta
from typing import Final

from hub.sandbox import ActFailedError, Fault, FaultPlan
from hub.sandbox.traffic import LONGEST, Call, Recorder, line
from hub_mail.sandbox.imap import mailboxes, messages
from hub_mail.sandbox.imap.grammar import TRAILING_LITERAL, Arguments, BadError, NoError
from hub_mail.sandbox.imap.sasl import authenticate
from hub_mail.sandbox.imap.session import MAX_LITERAL, Session
from hub_mail.sandbox.model import MailboxError, MailStore

_UNTOLD: Final = frozenset({"LOGIN", "AUTHENTICATE", "APPEND"})
_NO_REMOVALS: Final = frozenset({"FETCH", "STORE", "SEARCH", "SORT"})
LINE_LIMIT: Final = 8 * 1024 * 1024


class _CutError(Exception):
    """The connection is cut, as a network would cut it."""


class Connection:
    """Serves one client until it leaves or is cut."""

    def __init__(
        self,
        store: MailStore,
        faults: FaultPlan,
        streams: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        *,
        tls: bool,
        context: ssl.SSLContext,
        record: Recorder,
    ) -> None:
        self._reader, self._writer = streams
        self._store = store
        self._faults = faults
        self._context = context
        self._record = record
        self._session = Session(store, tls=tls, starttls=not tls)
        self._news = asyncio.Event()
        self._deaf = False

    def wake(self) -> None:
        """Say that the store changed (in the server's loop)."""
        self._news.set()

    def abort(self) -> None:
        """Cut the connection at once."""
        self._writer.transport.abort()

    async def run(self) -> None:
        """Serve until the end."""
        with contextlib.suppress(_CutError, ConnectionError, asyncio.IncompleteReadError, OSError):
            greeting = f"* OK [CAPABILITY {self._session.capabilities}] sandbox ready\r\n"
            await self._write(greeting.encode())
            while not self._session.closing:
                await self._command(await self._read_command())
        self._writer.close()

    async def _write(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def _read_command(self) -> bytes:
        buffer = line = await self._line()
        while (found := TRAILING_LITERAL.search(line)) is not None:
            size = int(found[1])
            if size > MAX_LITERAL:
                await self._write(b"* BYE [TOOBIG] literal too large\r\n")
                raise _CutError
            if not found[2]:
                await self._write(b"+ go ahead\r\n")
            buffer += await self._reader.readexactly(size)
            self._acknowledge_at_once()
            line = await self._line()
            buffer += line
        # The end of the command goes, and not what a literal before it may end with.
        return buffer[: len(buffer) - len(line)] + line.rstrip(b"\r\n")

    def _acknowledge_at_once(self) -> None:
        """Keep clients that send a literal and its line end apart from waiting 40 ms for us."""
        connection = self._writer.get_extra_info("socket")
        if connection is not None and hasattr(socket, "TCP_QUICKACK"):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)

    async def _line(self) -> bytes:
        try:
            line = await self._reader.readuntil(b"\n")
        except asyncio.LimitOverrunError:
            await self._write(b"* BAD line too long\r\n")
            raise _CutError from None
        return line

    async def _command(self, buffer: bytes) -> None:
        arguments = Arguments(buffer)
        try:
            tag = self._session.tag = arguments.astring()
            arguments.space()
            name = arguments.atom().upper()
            if by_uid := name == "UID":
                arguments.space()
                name = arguments.atom().upper()
        except BadError:
            await self._write(b"* BAD not a command\r\n")
            return
        played = {fault.kind: fault for fault in self._faults.strike(f"IMAP {name}")}
        began, asked, ended = time.monotonic(), arguments.rest, ""
        try:
            await self._before(played)
            await self._leave_if_renumbered(name)
            ended = await self._perform(tag, name, arguments, played, by_uid=by_uid)
        finally:
            self._record(_call(name, asked, ended, time.monotonic() - began, tuple(played)))

    async def _perform(
        self,
        tag: bytes,
        name: str,
        arguments: Arguments,
        played: dict[str, Fault],
        *,
        by_uid: bool,
    ) -> str:
        """Answer a command, unless it did so itself; give what the tagged answer said."""
        text = await self._answer(tag, name, arguments, played, by_uid=by_uid)
        if not text:
            return "OK"
        self._session.out.append(tag + b" " + text.encode("utf-8", "replace") + b"\r\n")
        await self._finish(self._session.take(), played)
        return text

    async def _before(self, played: dict[str, Fault]) -> None:
        if latency := played.get("latency"):
            await asyncio.sleep(latency.number("seconds", 0.2))
        if "drop_before" in played:
            self.abort()
            raise _CutError
        if "bye" in played:
            await self._write(b"* BYE server is going down\r\n")
            raise _CutError
        if "garbage" in played:
            await self._write(b"<html><body>Proxy login</body></html>\r\n")
            raise _CutError
        if validity := played.get("uidvalidity"):
            self._renumber(str(validity.arguments.get("folder", "INBOX")))
        if (vanish := played.get("expunge")) and self._session.view is not None:
            self._session.view.mailbox.remove([int(vanish.number("uid", 0))])

    async def _leave_if_renumbered(self, name: str) -> None:
        view = self._session.view
        if view is None or name in {"SELECT", "EXAMINE", "LOGOUT"}:
            return
        if view.mailbox.deleted or view.validity != view.mailbox.uid_validity:
            await self._write(b"* BYE the mailbox was deleted or restored\r\n")
            raise _CutError

    def _renumber(self, folder: str) -> None:
        account = self._session.account
        if account is not None:
            self._store.renumber(account.find(folder))

    async def _finish(self, data: bytes, played: dict[str, Fault]) -> None:
        if "drop_after" in played:
            self.abort()
            raise _CutError
        if "half_body" in played:
            await self._write(data[: len(data) // 2])
            raise _CutError
        await self._write(data)

    async def _answer(
        self,
        tag: bytes,
        name: str,
        arguments: Arguments,
        played: dict[str, Fault],
        *,
        by_uid: bool,
    ) -> str:
        try:
            if "act" in played:
                await asyncio.to_thread(self._faults.act, played.values())
                await self._leave_if_renumbered(name)
            self._refuse(name, played)
            self._deaf = "silent_idle" in played
            stale = played.get("stale_search")
            seconds = stale.number("seconds", 60) if stale else 0
            self._session.stale = timedelta(seconds=seconds) if stale else None
            self._session.missing = played.get("missing_search")
            match name:
                case "STARTTLS":
                    return await self._starttls(tag)
                case "AUTHENTICATE":
                    text = await authenticate(self._session, arguments, self._ask)
                case "IDLE":
                    text = await self._idle()
                case _:
                    text = self._at_once(name, arguments, by_uid=by_uid)
        except BadError as error:
            return f"BAD {error}"
        except (NoError, MailboxError) as error:
            return f"NO {error}"
        except ActFailedError as error:
            return f"NO [SERVERBUG] {line(str(error))}"
        return f"OK {text}"

    def _at_once(self, name: str, arguments: Arguments, *, by_uid: bool) -> str:
        with self._store.lock:
            self._session.tell_news(removals=False)
            text = self._plain(name, arguments, by_uid=by_uid)
            self._session.tell_news(removals=by_uid or name not in _NO_REMOVALS)
        return text

    def _refuse(self, name: str, played: dict[str, Fault]) -> None:
        if "server_error" in played:
            raise NoError("the server has a fault of its own", "UNAVAILABLE")
        if "forbidden" in played:
            raise NoError("this is not allowed", "NOPERM")
        if "rate_limit" in played:
            raise NoError("too many requests", "LIMIT")
        if "expired_token" in played:
            raise NoError("credentials are not valid any more", "AUTHENTICATIONFAILED")
        if "unsafe_login" in played and not self._session.identified:
            raise NoError(f"{name} Unsafe Login. Please contact kefu@188.com for help")

    def _plain(self, name: str, arguments: Arguments, *, by_uid: bool) -> str:
        session = self._session
        if name in messages.COMMANDS:
            return messages.COMMANDS[name](session, arguments, by_uid)
        if by_uid:
            raise BadError(f"there is no UID {name}")
        if name in mailboxes.COMMANDS:
            return mailboxes.COMMANDS[name](session, arguments)
        match name:
            case "CAPABILITY":
                session.untagged(f"CAPABILITY {session.capabilities}")
            case "ID":
                session.identified = True
                session.untagged('ID ("name" "Handbook Hub sandbox")')
            case "ENABLE":
                return self._enable(arguments)
            case "LOGIN":
                arguments.space()
                user = arguments.astring().decode("utf-8", "replace")
                arguments.space()
                return session.log_in(user, arguments.astring().decode("utf-8", "replace"))
            case "LOGOUT":
                session.closing = True
                session.untagged("BYE leaving")
            case "NOOP" | "CHECK":
                pass
            case _:
                raise BadError(f"unknown command {name}")
        return f"{name} completed"

    def _enable(self, arguments: Arguments) -> str:
        """Answer ENABLE: what is unknown is passed over, what is on already is not told."""
        session = self._session
        session.user()
        arguments.space()
        wanted = [word.upper() for word in arguments.many(arguments.atom)]
        fresh = " CONDSTORE" if "CONDSTORE" in wanted and not session.condstore else ""
        session.untagged("ENABLED" + fresh)
        if fresh:
            session.enable_condstore()
        return "ENABLE completed"

    async def _starttls(self, tag: bytes) -> str:
        if not self._session.starttls:
            raise BadError("TLS is on already, or not offered here")
        await self._write(tag + b" OK begin TLS\r\n")
        await self._writer.start_tls(self._context)
        self._session.tls, self._session.starttls = True, False
        return ""

    async def _ask(self, challenge: bytes) -> bytes:
        await self._write(b"+ " + challenge + b"\r\n")
        return (await self._line()).strip()

    async def _idle(self) -> str:
        self._session.selected()
        await self._write(b"+ idling\r\n")
        self._news.set()
        reading = asyncio.ensure_future(self._line())
        try:
            while not reading.done():
                waiting = asyncio.ensure_future(self._news.wait())
                await asyncio.wait({reading, waiting}, return_when=asyncio.FIRST_COMPLETED)
                waiting.cancel()
                self._news.clear()
                await self._tell()
            line = await reading
        finally:
            reading.cancel()
        if line.strip().upper() != b"DONE":
            raise BadError("expected DONE")
        return "IDLE completed"

    async def _tell(self) -> None:
        if self._deaf:
            return
        with self._store.lock:
            self._session.tell_news(removals=True)
        if data := self._session.take():
            await self._write(data)


def _call(name: str, asked: bytes, ended: str, seconds: float, faults: tuple[str, ...]) -> Call:
    """Give what is to be told of a command: neither passwords nor whole mails."""
    status, _, said = ended.partition(" ")
    failed = status != "OK"
    shown = "" if name in _UNTOLD else asked[:LONGEST].decode("utf-8", "replace")
    return Call(
        operation=f"IMAP {name}",
        status=status or "cut",
        failed=failed,
        seconds=seconds,
        about=line(said if failed and said else shown),
        faults=faults,
    )
