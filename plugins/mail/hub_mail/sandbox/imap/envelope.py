"""ENVELOPE and BODYSTRUCTURE: a mail's outline as IMAP clients show it."""

from __future__ import annotations

from hub_mail.sandbox.imap.addresses import Address, read_addresses
from hub_mail.sandbox.imap.structure import Part
from hub_mail.sandbox.imap.wire import listing, nstring


def envelope(part: Part) -> bytes:
    """Give the ENVELOPE of a mail."""
    senders = _addresses(part, "from")
    reply_to = _addresses(part, "reply-to")
    sender = _addresses(part, "sender")
    return listing(
        [
            nstring(_header(part, "date")),
            nstring(_header(part, "subject")),
            senders,
            senders if sender == b"NIL" else sender,
            senders if reply_to == b"NIL" else reply_to,
            _addresses(part, "to"),
            _addresses(part, "cc"),
            _addresses(part, "bcc"),
            nstring(_header(part, "in-reply-to")),
            nstring(_header(part, "message-id")),
        ]
    )


def structure(part: Part, *, extended: bool) -> bytes:
    """Give the BODYSTRUCTURE (or, not extended, the BODY) of a part."""
    main, sub = part.content_type
    if part.children:
        pieces = b"".join(structure(child, extended=extended) for child in part.children)
        more = [_parameters(part, "content-type"), *_extension(part)] if extended else []
        return b"(" + b" ".join([pieces, nstring(sub.upper()), *more]) + b")"
    if main == "multipart":
        main, sub = "text", "plain"
    fields = [
        nstring(main.upper()),
        nstring(sub.upper()),
        _parameters(part, "content-type"),
        nstring(_header(part, "content-id")),
        nstring(_header(part, "content-description")),
        nstring((_header(part, "content-transfer-encoding") or "7BIT").upper()),
        b"%d" % len(part.body_bytes),
    ]
    if part.embedded is not None:
        inner = part.embedded
        fields += [envelope(inner), structure(inner, extended=extended)]
    if main == "text" or part.embedded is not None:
        fields.append(b"%d" % part.body_bytes.count(b"\n"))
    if extended:
        fields += [nstring(_header(part, "content-md5")), *_extension(part)]
    return listing(fields)


def _extension(part: Part) -> list[bytes]:
    disposition = b"NIL"
    if _header(part, "content-disposition"):
        kind = str(part.headers.get_content_disposition() or "attachment")
        disposition = listing([nstring(kind.upper()), _parameters(part, "content-disposition")])
    language = nstring(_header(part, "content-language"))
    return [disposition, language, nstring(_header(part, "content-location"))]


def _parameters(part: Part, header: str) -> bytes:
    pairs = part.parameters(header) if part.headers[header] is not None else []
    if header == "content-type" and not pairs and part.content_type[0] == "text":
        pairs = [("charset", "us-ascii")]
    if not pairs:
        return b"NIL"
    return listing([nstring(text) for name, value in pairs for text in (name.upper(), value)])


def _header(part: Part, name: str) -> str | None:
    value = next(iter(part.fields(name)), None)
    return " ".join(value.split()) if value is not None else None


def _addresses(part: Part, name: str) -> bytes:
    found = [_address(entry) for entry in read_addresses(part.fields(name))]
    return b"(" + b"".join(found) + b")" if found else b"NIL"


def _address(entry: Address) -> bytes:
    return listing([nstring(x) for x in (entry.name, entry.route, entry.local, entry.host)])
