"""Mailings: mails that no case causes, each sent once, by whichever process.

That one was sent is an item of its own (`report:weekly:2026-W48`, `night:2026-10-08`). It is
written in one transaction with the mails that are wanted, and there can be only one of that name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hub.core.entries import ChangeEntry, Decision
from hub.core.store import Session, history, journal, outbox
from hub.core.store.codec import encode, shard_of
from hub.models import Command, Item


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailing:
    """The item that stands for a mailing, its mails, and what the journal calls it."""

    item: Item
    commands: Sequence[Command]
    outcome: str
    plugin: str

    def issue(self, session: Session) -> bool:
        """Want the mails; False if that was done before."""
        item, shard = self.item, shard_of(self.item.id)
        wanted = [
            Decision(plugin=self.plugin, action="want", name=x.part, key=x.key, why=x.why)
            for x in self.commands
        ]
        entry = ChangeEntry(change=item.id, version="1", outcome=self.outcome, decisions=wanted)
        with session.write("mailing") as connection:
            if not history.add_item(connection, item, shard):
                return False
            # Only who could add the item writes the chain that is called like it.
            writing = journal.Writing(item.id, item.id, "change", encode(entry))
            journal.append(connection, [writing], item.opened_at)
            mails = [(command, shard) for command in self.commands]
            outbox.add_commands(connection, mails, item.opened_at)
            session.wake(*{f"outbox:{command.connector}" for command in self.commands})
        return True
