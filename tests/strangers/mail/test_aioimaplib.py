"""The mail emulator under aioimaplib, unchanged: every area that it has."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import pytest
from aioimaplib import IMAP4, IMAP4_SSL

Result = TypeVar("Result")
MAIL = b"From: a@b.cn\r\nSubject: appended\r\n\r\nbody\r\n"


@asynccontextmanager
async def connected(
    service: Any, *, tls: bool = False, patience: float = 10
) -> AsyncIterator[IMAP4]:
    """Give a client that is not logged in; its line is cut at the end."""
    at = service.at
    if tls:
        context = service.trust
        client = IMAP4_SSL(at["imap_host"], at["imaps_port"], None, patience, context)
    else:
        client = IMAP4(at["imap_host"], at["imap_port"], None, patience)
    await client.wait_hello_from_server()
    try:
        yield client
    finally:
        client.protocol.transport.abort()
        await asyncio.sleep(0)


@asynccontextmanager
async def session(service: Any, box: str | None = "INBOX", **how: Any) -> AsyncIterator[IMAP4]:
    """Give a client that is logged in and has selected a mailbox."""
    async with connected(service, **how) as client:
        answer = await client.login(service.at["user"], service.at["password"])
        assert answer.result == "OK"
        if box is not None:
            assert (await client.select(box)).result == "OK"
        yield client
        await client.logout()


def run(work: Callable[[], Awaitable[Result]]) -> Result:
    """Run a coroutine, as its authors' own tests do."""

    async def timed() -> Result:
        return await asyncio.wait_for(work(), 30)

    return asyncio.run(timed())


def test_it_comes_in_by_both_doors_and_with_a_token(service: Any) -> None:
    """IMAP, IMAPS with the sandbox's authority, XOAUTH2; not with a wrong password."""
    at = service.at

    async def work() -> list[str]:
        async with session(service, tls=True) as client:
            results = [client.get_state()]
        for token in (at["password"], "expired"):
            async with connected(service) as client:
                results.append((await client.xoauth2(at["user"], token)).result)
        async with connected(service) as client:
            results.append((await client.login(at["user"], "wrong")).result)
        return results

    assert run(work) == ["SELECTED", "OK", "NO", "NO"]


def test_mails_are_searched_and_fetched(service: Any) -> None:
    """SEARCH and FETCH by number and by UID, with a charset and with partials."""
    service.deliver("第一", text="登录失败")
    service.deliver("second", flags=["\\Seen"])

    async def work() -> tuple[Any, ...]:
        async with session(service) as client:
            by_number = await client.search("UNSEEN")
            by_uid = await client.uid_search("SUBJECT second")
            utf8 = await client.search("CHARSET", "UTF-8", "BODY", '"登录失败"', charset=None)
            whole = await client.fetch("1", "(UID RFC822.SIZE BODY.PEEK[])")
            part = await client.uid("fetch", "2", "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])")
            return by_number.lines[0], by_uid.lines[0], utf8.lines[0], whole.lines, part.lines[1]

    by_number, by_uid, utf8, whole, part = run(work)

    assert (by_number, by_uid, utf8) == (b"1", b"2", b"1")
    assert f"RFC822.SIZE {len(whole[1])}".encode() in whole[0]
    assert part.strip() == b"Subject: second"


def test_flags_copies_moves_and_removals(service: Any) -> None:
    """STORE, COPY, MOVE, EXPUNGE, by number and by UID."""
    for subject in ("one", "two", "three"):
        service.deliver(subject)

    async def work() -> list[str]:
        async with session(service) as client:
            results = [
                await client.store("1", "+FLAGS", r"(\Flagged urgent)"),
                await client.uid("store", "2", "+FLAGS", r"(\Deleted)"),
                await client.copy("1", "Archive"),
                await client.uid("move", "3", "Junk"),
                await client.expunge(),
                await client.check(),
                await client.close(),
            ]
            return [each.result for each in results]

    assert run(work) == ["OK"] * 7
    assert [(m["subject"], m["flags"]) for m in service.mails()] == [
        ("one", ["\\Flagged", "urgent"])
    ]
    assert service.mails("service@vendor.example/Archive")[0]["flags"] == ["\\Flagged", "urgent"]
    assert [m["subject"] for m in service.mails("service@vendor.example/Junk")] == ["three"]


def test_mailboxes_are_managed(service: Any) -> None:
    """CREATE, SUBSCRIBE, RENAME, LIST, LSUB, STATUS, EXAMINE, DELETE, GETQUOTAROOT, APPEND."""

    async def work() -> dict[str, Any]:
        async with session(service, box=None) as client:
            results = [
                await client.create("case.2026/spring"),
                await client.subscribe("case.2026/spring"),
                await client.rename("case.2026/spring", "case.2026/summer"),
                await client.append(MAIL, "case.2026/summer", r"(\Seen)"),
                await client.unsubscribe("case.2026/spring"),
                await client.subscribe("case.2026"),
                await client.examine("case.2026/summer"),
            ]
            found = {
                "status": await client.status("case.2026/summer", "(MESSAGES UNSEEN UIDNEXT)"),
                "list": await client.list('""', "case*"),
                "lsub": await client.lsub('""', "case*"),
                "quota": await client.getquotaroot("INBOX"),
            }
            results.append(await client.delete("case.2026/summer"))
            assert [each.result for each in results] == ["OK"] * 8
            return {name: answer.lines[:-1] for name, answer in found.items()}

    found = run(work)

    assert found["status"] == [b'"case.2026/summer" (MESSAGES 1 UNSEEN 0 UIDNEXT 2)']
    assert len(found["list"]) == 2
    assert found["list"][0].startswith(b'(\\HasChildren) "/"')
    assert [line.split()[-1] for line in found["lsub"]] == [b'"case.2026"']
    assert found["quota"][0].startswith(b'"" (STORAGE 0 ')


def test_it_says_who_it_is_and_what_it_can(service: Any) -> None:
    """CAPABILITY, ID, NAMESPACE, ENABLE."""

    async def work() -> tuple[Any, ...]:
        async with session(service, box=None) as client:
            able = [client.has_capability(n) for n in ("IDLE", "MOVE", "UIDPLUS", "ENABLE", "ID")]
            return (
                all(able),
                (await client.id(name="aioimaplib", vendor="a stranger")).lines[0],
                (await client.namespace()).lines[0],
                (await client.enable("CONDSTORE")).lines[0],
            )

    able, identity, namespace, enabled = run(work)

    assert able
    assert b"Handbook Hub sandbox" in identity
    assert namespace == b'(("" "/")) NIL NIL'
    assert enabled == b"ENABLED CONDSTORE"


def test_idle_hears_of_mail_flags_and_removals_by_others(service: Any) -> None:
    """A second session changes things; the first is told while it waits."""
    service.deliver("one")

    async def work() -> list[bytes]:
        async with session(service) as waiting, session(service) as other:
            idle = await waiting.idle_start(timeout=20)
            heard: list[bytes] = []
            await asyncio.to_thread(service.deliver, "two")
            await _until(waiting, heard, b"2 EXISTS")
            await other.store("1", "+FLAGS", r"(\Flagged)")
            await _until(waiting, heard, b"\\Flagged")
            await other.noop()
            await other.store("1", "+FLAGS", r"(\Deleted)")
            await other.expunge()
            await _until(waiting, heard, b"1 EXPUNGE")
            waiting.idle_done()
            await asyncio.wait_for(idle, 10)
            return heard

    heard = run(work)

    assert b"2 EXISTS" in heard
    assert b"1 EXPUNGE" in heard


async def _until(client: Any, heard: list[bytes], wanted: bytes) -> None:
    while not any(wanted in line for line in heard):
        heard += [line for line in await client.wait_server_push() if isinstance(line, bytes)]


@pytest.mark.parametrize("kind", ["drop_before", "bye"])
def test_a_lost_connection_is_an_error_and_not_a_hang(service: Any, kind: str) -> None:
    """As it is with a real server that goes away."""
    service.fault(kind, "IMAP SEARCH", times=1)

    async def work() -> str:
        async with connected(service, patience=2) as client:
            await client.login(service.at["user"], service.at["password"])
            await client.select()
            try:
                return str((await client.search("ALL")).result)
            except Exception as error:
                return type(error).__name__

    assert run(work) != "OK"
