"""Intake: what an unlinked record is. A new case, part of one, or nothing, with its reason."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from hub.clock import ID_ALPHABET, ID_LENGTH
from hub.handbook import Handbook
from hub.handbook.lengths import DESCRIPTION, NAME, one_line, shortened
from hub.handbook.scribe import listed
from hub.hookspecs import hookimpl
from hub.models import Change, Context, Fields, Ignored, Item, Opening, Record

PLUGIN: Final = "rules.intake"
_TAGS: Final = re.compile(rf"\s*\[#[{ID_ALPHABET}]{{{ID_LENGTH}}}\]")
_PREFIX: Final = re.compile(r"^\s*((re|fw|fwd|aw|答复|回复|转发)\s*[:：]\s*)+", re.IGNORECASE)
_KEPT: Final = 50
_SAID: Final = ("contact_name", "contact_phone")
"""Who hands something in says best who they are and where they can be called."""


@dataclass(frozen=True, slots=True)
class _Customer:
    """Who the CRM says a sender is."""

    match: str
    contact: Record | None = None
    account: Record | None = None


class IntakeRules:
    """Opens cases for mails and for what people enter in the CRM; joins what belongs to them."""

    def __init__(self, handbook: Handbook) -> None:
        self._handbook = handbook
        self._free = {domain.lower() for domain in handbook.intake.free_mail_domains}

    @hookimpl
    def hub_open_item(self, change: Change, context: Context) -> Opening | Ignored | None:
        """Say what an unlinked record is."""
        handbook = self._handbook
        connector, kind = change.ref.connector, change.ref.kind
        if connector == handbook.mail and kind == "mail":
            return self._mail(change, context)
        if kind == "submission":
            return self._submitted(change, context)
        if change.parent is not None and connector in {handbook.cases, handbook.rnd}:
            return self._comment(change, context)
        if connector == handbook.cases and kind == "case":
            return self._case(change, context)
        if connector == handbook.rnd:
            return self._ignored(change, "unlinked_rnd")
        return None

    def _ignored(self, change: Change, provision: str, note: str = "") -> Ignored:
        inputs: Fields = {"ref": str(change.ref), "from_email": change.fields.get("from_email")}
        return Ignored(why=self._handbook.why(PLUGIN, provision, inputs, note))

    def _comment(self, change: Change, context: Context) -> Opening | Ignored:
        if not context.related:
            if change.ref.connector == self._handbook.rnd:
                return self._ignored(change, "unlinked_rnd")
            return self._ignored(change, "nothing_follows", "its record belongs to no item")
        why = self._handbook.why(PLUGIN, "comment_joins", {"parent": str(change.parent)})
        return Opening(join=context.related[0].id, part=f"comment:{change.ref}", why=why)

    # Mails.

    def _mail(self, change: Change, context: Context) -> Opening | Ignored:
        sender = _text(change, "from_email").lower()
        auto = _text(change, "auto")
        if auto == "bounce":
            return self._bounce(change, context)
        if auto or sender == self._handbook.about.service_address.lower():
            return self._ignored(change, "ignore_automatic", f"automatic: {auto or 'own'}")
        late: Item | None = None
        for item in context.related:
            if item.kind != "case":
                continue  # a summary that was mailed, say
            reason = self._belongs(sender, item, context)
            if reason and self._may_reopen(item, context.now):
                return self._join(change, item, sender, reason)
            late = late or (item if reason else None)
        if self._handbook.is_staff(sender):
            return self._ignored(change, "ignore_staff")
        provision = "mail_opens_case"
        if context.related:
            provision = "reopen_window" if late else "stranger_opens_case"
        return self._open(change, context, sender, provision)

    def _bounce(self, change: Change, context: Context) -> Opening | Ignored:
        if not context.related:
            return self._ignored(change, "bounce_marks", "a bounce of no mail of ours")
        inputs: Fields = {"recipient": change.fields.get("bounce_recipient")}
        why = self._handbook.why(PLUGIN, "bounce_marks", inputs)
        return Opening(join=context.related[0].id, part=f"mail:{change.ref.id}", why=why)

    def _belongs(self, sender: str, item: Item, context: Context) -> str:
        """Say why a sender belongs to an item; empty if they do not."""
        contact = item.text("contact_email").lower()
        domain, account = _domain(sender), item.text("account")
        if not sender:
            return ""
        if sender == contact or sender in listed(item.fields.get("participants")):
            return "has taken part before"
        if self._handbook.is_staff(sender):
            return "a colleague"
        if domain == _domain(contact) and domain not in self._free:
            return f"of the same domain {domain}"
        found = self._customer(sender, context).account
        return "of the same customer" if found and found.ref.id == account else ""

    def _may_reopen(self, item: Item, now: datetime) -> bool:
        closed = item.text("closed_at")
        if item.text("state") != "closed" or not closed:
            return True
        window = self._handbook.ending.closing.reopen
        return now <= self._handbook.working_time(datetime.fromisoformat(closed), window)

    def _join(self, change: Change, item: Item, sender: str, reason: str) -> Opening:
        fields: Fields = {}
        if not self._handbook.is_staff(sender):
            known = listed(item.fields.get("participants"))
            fields["participants"] = _merged(known, [sender, *self._copied(change)])
            thread = listed(item.fields.get("thread"))
            fields["thread"] = _merged(thread, [_text(change, "message_id")])
        inputs: Fields = {"from_email": sender, "sender": reason}
        why = self._handbook.why(PLUGIN, "join_by_sender", inputs)
        return Opening(join=item.id, part=f"mail:{change.ref.id}", fields=fields, why=why)

    def _copied(self, change: Change) -> list[str]:
        """Give whom a customer put in copy: they may answer as well."""
        copies = [address.lower() for address in listed(change.fields.get("cc"))]
        return [address for address in copies if not self._handbook.is_staff(address)]

    def _open(self, change: Change, context: Context, sender: str, provision: str) -> Opening:
        customer = self._customer(sender, context)
        standing = self._standing(customer, context.now)
        text = change.text.text.strip() if change.text else ""
        language = _text(change, "language") or self._handbook.about.language
        fields: Fields = {
            "state": "new",
            "channel": "mail",
            "subject": self._subject(change),
            "description": shortened(text, DESCRIPTION, language) or self._subject(change),
            "language": language,
            "contact_email": sender,
            "contact_name": _text(change, "from_name")[:NAME],
            "received_at": (change.at or change.seen_at).isoformat(),
            "participants": _merged([sender], self._copied(change)),
            "thread": _merged([], [_text(change, "message_id")]),
            **_known(customer),
            **standing,
        }
        inputs: Fields = {
            "from_email": sender,
            "match": customer.match,
            "customer_status": standing["customer_status"],
            "mentions": ", ".join(item.id for item in context.related),
        }
        why = self._handbook.why(PLUGIN, provision, inputs)
        known: Fields = {name: value for name, value in fields.items() if value not in (None, "")}
        return Opening(part=f"mail:{change.ref.id}", fields=known, why=why)

    def _subject(self, change: Change) -> str:
        subject = " ".join(_TAGS.sub("", _text(change, "subject")).split())
        language = _text(change, "language") or self._handbook.about.language
        return one_line(_PREFIX.sub("", subject)) or self._handbook.intake.no_subject.label(
            language
        )

    # What is handed in by form, by command or through the API.

    def _submitted(self, change: Change, context: Context) -> Opening:
        """Take what a person handed in; who the customer is, their form can only claim."""
        email = _text(change, "contact_email").lower()
        customer = self._customer(email, context)
        recorded_by_staff = change.actor != ""
        if customer.match == "none" and recorded_by_staff:
            customer = self._by_name(_text(change, "customer_name"), context)
        standing = self._standing(customer, context.now)
        given = {name: value for name, value in change.fields.items() if value not in (None, "")}
        text = change.text.text.strip() if change.text else ""
        subject = one_line(" ".join((_text(change, "subject") or text).split()))
        fields: Fields = {
            **given,
            "state": "new",
            "subject": subject,
            "description": text or subject,
            "contact_email": email,
            "received_at": (change.at or change.seen_at).isoformat(),
            "participants": [email] if email else [],
            **_known(customer),
            **standing,
        }
        fields |= {name: given[name] for name in _SAID if given.get(name)}
        inputs: Fields = {
            "channel": change.fields.get("channel"),
            "contact_email": email,
            "match": customer.match,
            "customer_status": standing["customer_status"],
            "by": change.actor,
        }
        why = self._handbook.why(PLUGIN, "submitted", inputs)
        known: Fields = {name: value for name, value in fields.items() if value not in (None, "")}
        return Opening(part=f"submission:{change.ref.id}", fields=known, why=why)

    def _by_name(self, name: str, context: Context) -> _Customer:
        """Find the account of exactly this name: a colleague entered it, who knows the customer."""
        found = self._found(context, "account", f"name:{name.casefold()}") if name else []
        if len(found) != 1:
            return _Customer("ambiguous" if found else "none")
        return _Customer("name", None, found[0])

    # Customers.

    def _customer(self, sender: str, context: Context) -> _Customer:
        """Find the customer by the sender's address, then by its domain."""
        contacts = self._found(context, "contact", f"email:{sender}")
        if contacts:
            accounts = {_text(record, "account"): record for record in contacts}
            account = self._account(context, next(iter(accounts))) if len(accounts) == 1 else None
            if len(contacts) > 1:
                return _Customer("ambiguous", None, account)
            return _Customer("contact", contacts[0], account)
        domain = _domain(sender)
        if not domain or domain in self._free:
            return _Customer("none")
        accounts_found = self._found(context, "account", f"domain:{domain}")
        if len(accounts_found) > 1:
            return _Customer("ambiguous")
        return _Customer("domain", None, accounts_found[0]) if accounts_found else _Customer("none")

    def _found(self, context: Context, kind: str, key: str = "") -> list[Record]:
        return [r for r in context.find(kind, key) if r.ref.connector == self._handbook.cases]

    def _account(self, context: Context, account_id: str) -> Record | None:
        accounts = self._found(context, "account")
        return next((r for r in accounts if r.ref.id == account_id), None)

    def _standing(self, customer: _Customer, now: datetime) -> Fields:
        """Settle by the handbook's table what the customer is to us."""
        account = customer.account.fields if customer.account else {}
        inputs: Fields = {
            "match": customer.match,
            "contract": self._contract(account, now),
            "contract_no": account.get("contract_no"),
        }
        answer = self._handbook.tables["senders"].decide(inputs)
        status = answer.text("customer_status") if answer else "unknown"
        fields: Fields = {**self._of_customer(account), "customer_status": status}
        if account.get("contract_no"):
            fields["contract_no"] = account["contract_no"]
        if status == "unknown" and answer:
            fields["desk_reason"] = answer.rule.label(self._handbook.about.language)
        return fields

    def _of_customer(self, account: Fields) -> Fields:
        """Give the fields that the handbook takes from the customer's record."""
        rows = (row for row in self._handbook.intake.fields if row.customer in account)
        return {row.id: account[row.customer] for row in rows}

    def _contract(self, account: Fields, now: datetime) -> str:
        text = str(account.get("service_until") or "")[:10]
        try:
            until = date.fromisoformat(text)
        except ValueError:
            return "unknown"
        today = now.astimezone(ZoneInfo(self._handbook.about.zone)).date()
        return "expired" if until < today else "valid"

    # Cases that people enter in the CRM.

    def _case(self, change: Change, context: Context) -> Opening | Ignored:
        if change.fields.get("closed") is True:
            return self._ignored(change, "closed_when_first_seen")
        account = self._account(context, _text(change, "account"))
        known = account is not None or _text(change, "account") or _text(change, "contact")
        customer = _Customer("contact" if known else "none", None, account)
        text = f"{_text(change, 'subject')} {_text(change, 'description')}"
        chinese = any("\u4e00" <= sign <= "\u9fff" for sign in text)
        email = _text(change, "contact_email").lower()
        fields: Fields = {
            "state": "new",
            "language": "zh" if chinese else "en",
            "received_at": (change.at or change.seen_at).isoformat(),
            "participants": [email] if email else [],
            **self._standing(customer, context.now),
        }
        why = self._handbook.why(PLUGIN, "crm_case_opens", {"actor": change.actor})
        return Opening(part="case", fields=fields, why=why)


def _text(source: Change | Record, name: str) -> str:
    value = source.fields.get(name)
    return "" if value is None else str(value).strip()


def _domain(address: str) -> str:
    return address.rpartition("@")[2] if "@" in address else ""


def _merged(known: list[str], more: list[str]) -> list[str]:
    """Add texts to a list, each once, the newest last; what is oldest falls out of a long one."""
    fresh = [text for text in more if text]
    kept = [text for text in known if text not in fresh]
    return [*kept, *dict.fromkeys(fresh)][-_KEPT:]


def _known(customer: _Customer) -> Fields:
    """Give what the CRM knows of a customer, as fields of the item."""
    fields: Fields = {}
    if customer.contact is not None:
        fields["contact"] = customer.contact.ref.id
        name, phone = customer.contact.fields.get("name"), customer.contact.fields.get("phone")
        fields |= {"contact_name": name} if name else {}
        fields |= {"contact_phone": phone} if phone else {}
    if customer.account is not None:
        fields["account"] = customer.account.ref.id
        fields["customer_name"] = customer.account.fields.get("name")
        fields["account_manager"] = customer.account.fields.get("owner")
    return fields
