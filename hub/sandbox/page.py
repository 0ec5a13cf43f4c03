"""The page at the control API's address: the systems' records side by side, and what was called.

Rendered here, without a build; all that strangers wrote is escaped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2s
from html import escape
from importlib.resources import files
from typing import Any, Final

import msgspec

from hub.sandbox.board import Board, Card, Matter, Remark
from hub.sandbox.traffic import Entry, Tally
from hub.sandbox.words import Say, words

ASSETS: Final = {"page.css": "text/css", "page.js": "text/javascript"}
POLICY: Final = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; script-src 'self'; connect-src 'self'"
)
"""What a browser may load for this page: its own two files."""

CALLS: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """All that the page shows."""

    started: Mapping[str, Mapping[str, Any]]
    board: Board
    calls: Sequence[Entry]
    tallies: Mapping[str, Tally]
    faults: Mapping[str, Sequence[Mapping[str, Any]]]


def asset(name: str) -> bytes:
    """Give the content of one of `ASSETS`."""
    return (files("hub.sandbox") / name).read_bytes()


def render(sight: Sight, language: str) -> str:
    """Give the whole page."""
    say = words(language)
    other = "en" if language == "zh" else "zh"
    shown = {"zh": "中文", "en": "English"}[other]
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        f"<title>{say('title')}</title>"
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<link rel="stylesheet" href="/page.css"></head><body>'
        '<input type="checkbox" id="only-failed" class="switch">'
        f"<header><h1>{say('title')}</h1><p>{say('subtitle')}</p>"
        f'<a href="/?lang={other}" lang="{other}">{shown}</a></header>'
        f'<main id="live">{render_live(sight, language)}</main>'
        '<script src="/page.js"></script></body></html>'
    )


def render_live(sight: Sight, language: str) -> str:
    """Give the part of the page that changes."""
    say = words(language)
    return "".join(
        [
            '<section class="systems">',
            *(_system(name, sight, say) for name in sight.started),
            "</section>",
            *_traffic(sight.calls, say),
            *_matters(sight, say),
            *_others(sight.board, say),
        ]
    )


def _system(name: str, sight: Sight, say: Say) -> str:
    told = sight.started[name]
    tally = sight.tallies.get(name, Tally())
    where = told.get("url") or " · ".join(
        f"{key.removesuffix('_port')} {value}" for key, value in told.items() if "port" in key
    )
    login = "".join(
        f"<dt>{escape(key)}</dt><dd><code>{escape(str(value))}</code></dd>"
        for key, value in told.items()
    )
    bad = ' class="bad"' if tally.failed else ""
    return (
        f'<article class="system"><h3>{escape(name)}</h3>'
        f'<div class="where mono">{escape(str(where))}</div>'
        f'<div class="counts"><span><b>{tally.calls:,}</b> {say("calls")}</span>'
        f"<span{bad}><b>{tally.failed:,}</b> {say('failed')}</span></div>"
        + "".join(_fault(fault, say) for fault in sight.faults.get(name, ()))
        + f'<details id="at-{escape(name)}"><summary>{say("login")}</summary>'
        f'<dl class="login">{login}</dl></details></article>'
    )


def _fault(fault: Mapping[str, Any], say: Say) -> str:
    kind, operation = escape(str(fault["kind"])), escape(str(fault["operation"]))
    count = f"<span>{say('struck').format(fault['struck'])}</span>"
    return f'<div class="fault"><span>⚡ {kind} <code>{operation}</code></span>{count}</div>'


def _matters(sight: Sight, say: Say) -> Iterator[str]:
    board = sight.board
    yield f"<h2>{say('matters')} <span class='soft'>{say('in all')} {board.total}"
    yield f" · {say('older')}" if board.total > len(board.matters) else ""
    yield "</span></h2>"
    if not board.matters:
        yield f'<p class="empty">{say("nothing")}</p>'
        return
    yield f'<p class="soft hint">{say("hint")}</p>'
    used = [name for name in sight.started if any(name in m.cells for m in board.matters)]
    yield f'<div style="--columns: {len(used)}"><div class="columns">'
    yield "".join(f"<span>{escape(name)}</span>" for name in used)
    yield "</div>"
    for matter in board.matters:
        yield _row(matter, used, say)
    yield "</div>"


def _row(matter: Matter, names: Sequence[str], say: Say) -> str:
    cells = ("".join(_card(card, say) for card in matter.cells.get(name, ())) for name in names)
    return f'<div class="row">{"".join(f"<div class=cell>{cell}</div>" for cell in cells)}</div>'


def _card(card: Card, say: Say) -> str:
    meta = [
        f'<span class="key mono">{escape(card.key)}</span>',
        f'<span class="state">{escape(card.state)}</span>' if card.state else "",
        f"<span>{escape(card.who)}{_receiver(card.kind)}</span>" if card.who else "",
        _time(card.at),
    ]
    text = _text(card.text) if card.text else ""
    remarks = "".join(map(_remark, card.remarks))
    return (
        f'<article class="card"><h4>{escape(card.title)}</h4>'
        f'<div class="meta">{"".join(meta)}</div>{text}{remarks}'
        f"{_raw(card.sandbox + card.kind + card.key, say('raw'), card.raw)}</article>"
    )


def _text(text: str) -> str:
    """Give a text's beginning, its empty lines left out."""
    lines = (stripped for each in text[:2000].splitlines() if (stripped := each.strip()))
    return f'<p class="text">{escape(chr(10).join(lines))}</p>'


def _receiver(kind: str) -> str:
    """Give whose mailbox a kind is, if it is one."""
    return f" → {escape(kind)}" if "@" in kind else ""


def _time(at: str) -> str:
    """Give an instant without its year, which nobody needs to watch a sync."""
    return f'<time title="{escape(at)} UTC">{escape(at[5:].replace("T", " "))}</time>' if at else ""


def _remark(remark: Remark) -> str:
    sort = {True: " public", False: " internal", None: ""}[remark.public]
    return (
        f'<div class="remark{sort}"><div class="meta"><span>{escape(remark.who)}</span>'
        f"{_time(remark.at)}</div>"
        f"{_text(remark.text)}</div>"
    )


def _raw(name: str, title: str, value: object) -> str:
    """Give a value to unfold; its place in the page keeps its id, so that it stays unfolded."""
    mark = blake2s(name.encode(), digest_size=6).hexdigest()
    text = msgspec.json.format(msgspec.json.encode(value, enc_hook=str)).decode()
    return (
        f'<details id="r{mark}"><summary>{escape(title)}</summary>'
        f'<pre class="mono">{escape(text)}</pre></details>'
    )


def _traffic(calls: Sequence[Entry], say: Say) -> Iterator[str]:
    yield f'<h2>{say("traffic")} <label for="only-failed">{say("only failed")}</label></h2>'
    if not calls:
        yield f'<p class="empty">{say("no calls")}</p>'
        return
    yield '<div class="traffic"><table><thead><tr>'
    for name in ("time", "system", "operation", "answer", "took", "about"):
        yield f"<th>{say(name)}</th>"
    yield "</tr></thead><tbody>"
    for entry in reversed(calls[-CALLS:]):
        yield _call(entry)
    yield "</tbody></table></div>"


def _call(entry: Entry) -> str:
    call = entry.call
    struck = (
        f' <span class="struck">⚡ {escape(", ".join(call.faults))}</span>' if call.faults else ""
    )
    arrow = "→ " if call.outgoing else ""
    return (
        f'<tr class="{"bad" if call.failed else "good"}">'
        f'<td class="number">{entry.at:%H:%M:%S}</td><td>{escape(entry.sandbox)}</td>'
        f'<td class="operation mono">{arrow}{escape(call.operation)}{struck}</td>'
        f'<td class="status">{escape(call.status)}</td>'
        f'<td class="number">{call.seconds * 1000:.0f} ms</td>'
        f'<td class="about">{escape(call.about)}</td></tr>'
    )


def _others(board: Board, say: Say) -> Iterator[str]:
    if not board.others:
        return
    yield f'<h2>{say("others")}</h2><section class="others">'
    for sandbox, kinds in board.others.items():
        for kind, rows in kinds.items():
            title = f"{sandbox} · {kind} ({len(rows)})"
            yield _raw(sandbox + kind, title, rows[:CALLS])
    yield "</section>"
