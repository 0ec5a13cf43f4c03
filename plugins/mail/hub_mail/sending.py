"""Sends mails, each once: a fixed Message-ID, a record of who was served, evidence asked first."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from datetime import timedelta
from email import message_from_bytes
from threading import Lock
from typing import Final, Self

from hub.clock import Clock
from hub.connector import Outcome
from hub.errors import (
    ConnectorError,
    DeadlineExceededError,
    RejectedError,
    UnavailableError,
)
from hub.models import Change, Delivery, Receipt
from hub_mail import compose, headers, mapping
from hub_mail.caps import HourlyCaps
from hub_mail.client import Handed, ImapClient, SmtpClient
from hub_mail.compose import Outgoing
from hub_mail.line import Line
from hub_mail.mapping import Profile, Source
from hub_mail.settings import MailSettings, Uncertain

_REMEMBERED: Final = 10_000


class _Post:
    """The SMTP connection of one batch: opened when needed, given up when it can not be."""

    def __init__(self, settings: MailSettings) -> None:
        self._settings = settings
        self._client: SmtpClient | None = None
        self._unreachable: ConnectorError | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.hang_up()

    def client(self) -> SmtpClient:
        """Give the connection."""
        if self._unreachable is not None:
            raise self._unreachable
        if self._client is None:
            try:
                self._client = SmtpClient(self._settings)
            except ConnectorError as error:
                self._unreachable = error
                raise
        return self._client

    def hang_up(self) -> None:
        """End the connection; the next mail gets a new one."""
        client, self._client = self._client, None
        if client is not None:
            client.close()


class Sender:
    """Performs replies and notices.

    What is known of earlier tries is kept in memory and, where copies are saved, in the sent
    folder: the copy names the recipients that have been served.
    """

    def __init__(
        self, settings: MailSettings, profile: Profile, clock: Clock, archive: Line
    ) -> None:
        self._settings = settings
        self._profile = profile
        self._clock = clock
        self._archive = archive
        self._caps = HourlyCaps(settings.limits, clock)
        self._lock = Lock()
        self._known: OrderedDict[str, set[str]] = OrderedDict()
        self._unknown: set[str] = set()

    def apply(self, deliveries: Sequence[Delivery]) -> list[Outcome]:
        """Send mails over one connection; one that breaks it does not touch the others.

        A server that can not be reached is not tried again for each of them.
        """
        with _Post(self._settings) as post:
            return [self._outcome(post, delivery) for delivery in deliveries]

    def _outcome(self, post: _Post, delivery: Delivery) -> Outcome:
        try:
            mail = self._compose(delivery)
            rest = self._rest(delivery, mail)
            if rest:
                self._caps.check(rest, automatic=mail.may_loop)
            return self._send(post, delivery, mail, rest)
        except ConnectorError as error:
            post.hang_up()
            return error

    def _compose(self, delivery: Delivery) -> Outgoing:
        return compose.outgoing(
            delivery,
            address=self._settings.address,
            display_name=self._settings.display_name,
            now=self._clock.now(),
        )

    def _rest(self, delivery: Delivery, mail: Outgoing) -> list[str]:
        """Give the recipients that no earlier try has served."""
        served = self._served(delivery.key)
        if served is None and delivery.attempt > 1 and self._saves_copies:
            copy = self._archive.run(lambda client: self._copy(client, mail.message_id))
            served = _accepted(copy) if copy else None
        return [one for one in mail.recipients if one not in (served or ())]

    def _send(self, post: _Post, delivery: Delivery, mail: Outgoing, rest: list[str]) -> Receipt:
        handed = self._hand_over(post, delivery.key, mail, rest) if rest else Handed()
        self._remember(delivery.key, set(handed.accepted), unknown=False)
        served = self._served(delivery.key) or set()
        if not served and not handed.put_off and handed.refused:
            raise RejectedError(_listing("all refused", handed.refused), operation="send")
        note = self._keep_copy(mail, sorted(served)) if handed.accepted else ""
        if handed.put_off:
            raise UnavailableError(
                _listing(f"{len(served)} served, put off", handed.put_off), operation="send"
            )
        if handed.refused:
            note = "; ".join(filter(None, [_listing("refused", handed.refused), note]))
        return self._receipt(mail.raw, mail.message_id, note=note, refused=sorted(handed.refused))

    def _hand_over(self, post: _Post, key: str, mail: Outgoing, rest: list[str]) -> Handed:
        """Hand a mail over; what is known of its fate is remembered whatever happens."""
        client = post.client()
        self._remember(key, set(), unknown=True)
        try:
            handed = client.hand_over(
                mail, self._settings.address, rest, proof=self._settings.copy_to
            )
        except DeadlineExceededError:
            self._caps.count(rest, automatic=mail.may_loop)
            raise
        except ConnectorError:
            self._remember(key, set(), unknown=False)
            raise
        if handed.accepted:
            self._caps.count(handed.accepted, automatic=mail.may_loop)
        return handed

    def _keep_copy(self, mail: Outgoing, served: list[str]) -> str:
        """Put a copy into the sent folder; a failure is a remark, the mail is sent."""
        if not self._saves_copies:
            return ""
        raw = compose.with_accepted(mail.raw, served)
        folder = self._settings.imap.sent_folder
        try:
            self._archive.run(lambda client: client.append(folder, raw, self._clock.now()))
        except ConnectorError as error:
            return f"sent, but the copy could not be kept: {error}"
        return ""

    @property
    def _saves_copies(self) -> bool:
        return bool(self._settings.imap.sent_folder) and self._settings.imap.save_sent

    @property
    def _has_evidence(self) -> bool:
        """Say whether a mail that went out always leaves a copy that can be found."""
        provider_saves = self._settings.imap.sent_folder and not self._settings.imap.save_sent
        return bool(self._settings.copy_to or provider_saves)

    def find(self, delivery: Delivery) -> Receipt | None:
        """Look for the mail of an earlier try: in memory, in the sent folder, in the blind copy.

        Where no copy is certain to exist, its absence proves nothing, and the policy decides.
        """
        mail = self._compose(delivery)
        served = self._served(delivery.key)
        if served is not None and delivery.key not in self._unknown:
            if set(mail.recipients) <= served:
                return self._receipt(mail.raw, mail.message_id, found=True)
            return None
        copy = self._archive.run(lambda client: self._copy(client, mail.message_id))
        if copy is not None:
            accepted = _accepted(copy)
            self._remember(delivery.key, accepted or set(mail.recipients), unknown=False)
            if accepted and not set(mail.recipients) <= accepted:
                return None
            return self._receipt(copy, mail.message_id, found=True)
        return self._not_found(delivery, mail)

    def _not_found(self, delivery: Delivery, mail: Outgoing) -> Receipt | None:
        if self._has_evidence:
            began = delivery.tried_at or self._clock.now()
            if self._clock.now() < began + timedelta(seconds=self._settings.lookup_seconds):
                raise UnavailableError("no copy yet; it may still arrive", operation="find")
            self._remember(delivery.key, set(), unknown=False)
            return None
        if self._settings.uncertain is Uncertain.RESEND:
            self._remember(delivery.key, set(), unknown=False)
            return None
        note = "perhaps sent: the answer was lost, and no copy can prove it (policy: hold)"
        return self._receipt(mail.raw, mail.message_id, uncertain=True, note=note)

    def _copy(self, client: ImapClient, message_id: str) -> bytes | None:
        imap = self._settings.imap
        places = [imap.sent_folder] if imap.sent_folder else []
        places += [imap.folder] if self._settings.copy_to else []
        for folder in places:
            for uid in client.search_id(folder, message_id)[:5]:
                raw = client.contents([uid]).get(uid)
                if raw is not None and mapping.own_id(raw) == message_id:
                    return raw
        return None

    def _receipt(
        self,
        raw: bytes,
        message_id: str,
        *,
        uncertain: bool = False,
        found: bool = False,
        note: str = "",
        refused: Sequence[str] = (),
    ) -> Receipt:
        now = self._clock.now()
        source = Source(place=f"sent-{message_id}", received_at=now, seen_at=now)
        change = mapping.to_change(raw, source, self._profile)
        fields = change.fields if isinstance(change, Change) else {}
        return Receipt(
            ref=change.ref,
            version=change.version,
            at=now,
            fields=fields | ({"refused": list(refused)} if refused else {}),
            aliases=(f"message-id:{message_id}",),
            uncertain=uncertain,
            found=found,
            note=note,
        )

    def _served(self, key: str) -> set[str] | None:
        with self._lock:
            served = self._known.get(key)
            return set(served) if served is not None else None

    def _remember(self, key: str, served: set[str], *, unknown: bool) -> None:
        with self._lock:
            self._known[key] = self._known.get(key, set()) | served
            self._known.move_to_end(key)
            (self._unknown.add if unknown else self._unknown.discard)(key)
            while len(self._known) > _REMEMBERED:
                forgotten, _ = self._known.popitem(last=False)
                self._unknown.discard(forgotten)


def _accepted(copy: bytes) -> set[str]:
    """Read from a saved copy who has been served."""
    values = headers.raw_values(message_from_bytes(copy), compose.ACCEPTED_HEADER)
    return {word for value in values for word in headers.decoded(value).split()}


def _listing(title: str, answers: dict[str, str]) -> str:
    return f"{title}: " + "; ".join(f"{who}: {words}" for who, words in answers.items())
