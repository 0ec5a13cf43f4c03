"""The balance after a history: nothing lost, nothing twice, all sides agree, nothing left open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from sqlalchemy import Connection, select

from hub.core.merge import CONFLICTS
from hub.core.store import Session, dead, journal
from hub.core.store.codec import decode_command, decode_fields
from hub.core.store.schema import (
    InboxState,
    OutboxState,
    commands,
    inbox,
    items,
    links,
    outbox,
)
from hub.models import Command, Direction, FieldMap, Fields, UpdateRecord, Value
from hub.models.fieldmaps import inward, normal, outward
from hub.testing.simulator.people import People
from hub.testing.simulator.rules import MAPS
from hub.testing.simulator.world import World
from hub.testing.system import Snapshot

MOST_WRITES_PER_DEED = 12


def balance(session: Session, world: World, people: People) -> list[str]:
    """Give everything that is wrong with the end of a history, in words."""
    with session.read() as connection:
        books = Books(connection)
        return [
            *_store(connection, books, world),
            *_lost(connection, world),
            *_cases(books, world, people),
            *_issues(world),
            *_mails(books, world, people),
            *_comments(books, world, people),
            *_agreement(books, world),
            *_last_words(world, people),
            *_loops(world, people),
        ]


class Books:
    """Items and their links, as the store has them."""

    def __init__(self, connection: Connection) -> None:
        self.items: dict[str, Fields] = {
            row.id: decode_fields(row.fields) for row in connection.execute(select(items))
        }
        self.records: dict[tuple[str, str], str] = {}
        self.gone: set[tuple[str, str]] = set()
        self.items_of: dict[tuple[str, str, str], str] = {}
        for row in connection.execute(select(links)):
            if row.record_id:
                self.items_of[(row.connector, row.kind, row.record_id)] = row.item_id
            if row.part in {"case", "issue"}:
                self.records[(row.item_id, row.part)] = row.record_id or ""
            if row.gone:
                self.gone.add((row.item_id, row.part))

    def has_lost(self, token: str, part: str) -> bool:
        """Say whether the record that an item has of this part is deleted."""
        return any(
            fields.get("token") == token and (item, part) in self.gone
            for item, fields in self.items.items()
        )


def _store(connection: Connection, books: Books, world: World) -> Iterator[str]:
    for row in connection.execute(select(inbox).where(inbox.c.state != InboxState.DONE)):
        waiting = InboxState(row.state).name
        yield f"the inbox keeps {row.connector}:{row.kind}:{row.record_id} as {waiting}"
    entries = select(outbox, commands.c.payload).join(commands, commands.c.key == outbox.c.key)
    for row in connection.execute(entries):
        command = decode_command(row.payload)
        if not _may_stay(OutboxState(row.state), command, books, world):
            told = f"{type(command.effect).__name__} {row.connector}/{command.part}"
            yield f"the outbox keeps {told} as {OutboxState(row.state).name}: {row.cause}"
    for chain in journal.broken_chains(connection):
        yield f"the journal's chain {chain} is broken"
    for letter in dead.listing(connection):
        if (letter.item_id, letter.ref.partition(":")[2]) not in books.gone:
            yield f"a dead letter is left: {letter.kind} {letter.ref}: {letter.cause}"


def _may_stay(held: OutboxState, command: Command, books: Books, world: World) -> bool:
    """Say whether an effect is at its end, or has a reason to wait for ever."""
    parent = command.parent_part or command.part
    gone = (command.item_id, parent) in books.gone
    match held:
        case OutboxState.DONE | OutboxState.SUPERSEDED:
            return True
        case OutboxState.UNCERTAIN:
            # A person looked, and it was there.
            return world.mail.sent_by_key(command.key) is not None
        case OutboxState.HELD:
            root = (command.item_id, "case" if command.connector == "crm" else "issue")
            return gone or root in books.gone or not books.records.get(root)
        case OutboxState.DEAD:
            # Trying an update again sends what the record lacks now; its letter tells.
            return gone or isinstance(command.effect, UpdateRecord)
    return False


def _lost(connection: Connection, world: World) -> Iterator[str]:
    columns = (inbox.c.connector, inbox.c.kind, inbox.c.record_id, inbox.c.version)
    seen = {tuple(row) for row in connection.execute(select(*columns))}
    for name, system in world.systems.items():
        for snapshot in system.log:
            newest = not snapshot.superseded
            if newest and (name, snapshot.kind, snapshot.id, snapshot.version) not in seen:
                yield f"lost: {name}:{snapshot.kind}:{snapshot.id} at {snapshot.version}"


def _cases(books: Books, world: World, people: People) -> Iterator[str]:
    held = Counter(str(case.fields.get("token")) for case in world.ever("crm", "case"))
    for token in [*people.mails, *sorted(people.cases)]:
        if held[token] != 1:
            yield f"{token} is {held[token]} cases, not one"
    tokens = Counter(str(fields.get("token")) for fields in books.items.values())
    deleted = {str(case.fields.get("token")) for case in world.crm.gone("case")}
    for token in [*people.mails, *sorted(people.cases)]:
        unseen = token in people.cases & deleted and not tokens[token]
        if tokens[token] != 1 and not unseen:
            yield f"{token} is {tokens[token]} items, not one"
    strangers = set(tokens) - set(people.mails) - people.cases
    if strangers:
        yield f"items of nothing: {sorted(strangers)}"


def _issues(world: World) -> Iterator[str]:
    """Each asked for has one; one that was deleted may have been handed off anew, with a new key.

    A case that was deleted may have asked unheard.
    """
    held: dict[str, list[str]] = {}
    for issue in world.ever("rnd", "issue"):
        held.setdefault(str(issue.fields.get("token")), []).append(issue.key)
    replaced = {str(each.fields.get("token")) for each in world.rnd.log if each.gone}
    deleted = {str(each.fields.get("token")) for each in world.crm.log if each.gone}
    for case in world.ever("crm", "case"):
        token = str(case.fields.get("token"))
        keys = held.get(token, [])
        wanted = int(case.fields.get("next_handler") == "rnd")
        fewest = 0 if token in deleted and case.gone else wanted
        most = len(set(keys)) if token in replaced else wanted
        if not fewest <= len(keys) <= most:
            yield f"{token} has {len(keys)} issues, not {wanted}"


def _mails(books: Books, world: World, people: People) -> Iterator[str]:
    for key, count in Counter(mail.key for mail in world.mail.sent).items():
        if count > 1:
            yield f"the mail of key {key} was sent {count} times"
    sent = Counter(tuple(mail.subject.split()[1:]) for mail in world.mail.sent)
    issues = {str(issue.fields.get("token")) for issue in world.ever("rnd", "issue")}
    for fields in books.items.values():
        token = str(fields.get("token"))
        wanted = {
            "ack": int(token in people.mails),
            "escalation": 1,
            "handed-off": int(token in issues),
        }
        for purpose, count in wanted.items():
            if sent[(purpose, token)] != count:
                yield f"{purpose} of {token} was mailed {sent[(purpose, token)]} times, not {count}"


def _comments(books: Books, world: World, people: People) -> Iterator[str]:
    everywhere = {"crm": world.crm.all("case_comment"), "rnd": world.rnd.all("comment")}
    for token, (system, comment) in people.comments.items():
        other = "rnd" if system == "crm" else "crm"
        kind = "case_comment" if system == "crm" else "comment"
        own = world.systems[system].get(kind, comment)
        mirrors = [c for c in everywhere[other] if _says(c, token)]
        copies = [c for c in everywhere[system] if _says(c, token) and c.id != comment]
        if copies:
            yield f"comment {token} came back to {system} {len(copies)} times"
        if own is None or own.gone or _is_gone(books, other, system, own):
            if len(mirrors) > 1:
                yield f"comment {token} (deleted) was mirrored {len(mirrors)} times"
            continue
        wanted = int(_has_both(books, system, own))
        if len(mirrors) != wanted:
            yield f"comment {token} was mirrored {len(mirrors)} times, not {wanted}"
        elif mirrors and _shown(mirrors[0]) != _shown(own):
            there, here = _shown(mirrors[0]), _shown(own)
            yield f"comment {token} reads {there} in {other}, {here} in {system}"
    for token, root in people.answers.items():
        count = sum(_says(c, token) for c in everywhere["crm"])
        if count != 1 and not books.has_lost(root, "case"):
            yield f"the answer {token} to {root} stands {count} times on its case"


def _says(comment: Snapshot, token: str) -> bool:
    return comment.text is not None and token in comment.text.text


def _shown(comment: Snapshot) -> tuple[str, str]:
    text = comment.text
    return (type(text).__name__, str(normal(text.text)) if text else "")


def _is_gone(books: Books, other: str, system: str, comment: Snapshot) -> bool:
    if comment.parent is None:
        return False
    item = books.items_of.get((system, *comment.parent), "")
    return (item, "case" if other == "crm" else "issue") in books.gone


def _has_both(books: Books, system: str, comment: Snapshot) -> bool:
    if comment.parent is None:
        return False
    item = books.items_of.get((system, *comment.parent), "")
    return bool(books.records.get((item, "case")) and books.records.get((item, "issue")))


def _agreement(books: Books, world: World) -> Iterator[str]:
    for record_map in MAPS:
        part = "case" if record_map.connector == "crm" else "issue"
        for item_id, fields in books.items.items():
            record = books.records.get((item_id, part))
            if not record or (item_id, part) in books.gone:
                continue
            held = world.systems[record_map.connector].get(record_map.kind, record)
            if held is None or held.gone:
                continue
            for one in record_map.fields:
                marker = f"{record_map.connector}.{one.record}"
                if marker in _conflicts(fields) or _agree(one, fields, held.fields):
                    continue
                yield (
                    f"{fields.get('token')}: {one.item} is {fields.get(one.item)!r}, "
                    f"{marker} is {held.fields.get(one.record)!r}"
                )


def _last_words(world: World, people: People) -> Iterator[str]:
    """A field that people edited on one side alone must hold what they wrote last."""
    for (token, _), edits in people.edits.items():
        last = edits[-1]
        if any((edit.system, edit.record) != (last.system, last.record) for edit in edits):
            continue
        held = world.systems[last.system].get(last.kind, last.record)
        if held is None or held.gone or normal(held.fields.get(last.field)) == normal(last.value):
            continue
        yield (
            f"{token}: somebody set {last.system}.{last.field} to {last.value!r}, nobody edited it "
            f"elsewhere, and it is {held.fields.get(last.field)!r}"
        )


def _conflicts(fields: Fields) -> list[str]:
    marked: Value = fields.get(CONFLICTS)
    return marked if isinstance(marked, list) else []


def _agree(one: FieldMap, item: Fields, record: Fields) -> bool:
    ours, theirs = item.get(one.item), record.get(one.record)
    write, mapped = outward(one, ours)
    if write and normal(mapped) == normal(theirs):
        return True
    known, value = inward(one, theirs)
    return one.direction is Direction.IN and known and normal(value) == normal(ours)


def _loops(world: World, people: People) -> Iterator[str]:
    writes = sum(len(system.log) for system in world.systems.values()) + len(world.mail.sent)
    if writes > MOST_WRITES_PER_DEED * (people.done + 1):
        yield f"{writes} writes for {people.done} deeds: is there a loop?"
