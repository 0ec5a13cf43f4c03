"""Draws a handbook's graph as SVG: routing above, hand-offs below it, ladders as time lines.

The layout is reckoned here, with the width of texts taken from their signs: no program draws it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from hub.handbook.graph import Climb, Graph, HandOver, Rung, Way
from hub.handbook.naming import WORDS

WIDTH: Final = 1180
MARGIN: Final = 30
LINE: Final = 18
_ROW: Final = 640
_ROLE: Final = 220
_GAP: Final = 12
_SIZE: Final = 13
BOLD: Final = 1.1
"""So much wider are bold letters."""
_COLOURS: Final = (
    "#2f6fde", "#c2571a", "#2f9e6b", "#a6790a", "#7a5bc7", "#b93a6b", "#1f8a9e", "#5d6b82",
    "#8a5a2b", "#3c6e3f",
)  # fmt: skip


@dataclass(slots=True)
class _Canvas:
    """Shapes from above to below; `y` is where the next part begins."""

    shapes: list[str]
    y: float = MARGIN

    def text(self, x: float, y: float, text: str, kind: str = "", end: bool = False) -> None:
        anchor = ' text-anchor="end"' if end else ""
        style = f' class="{kind}"' if kind else ""
        self.shapes.append(f'<text x="{x:g}" y="{y:g}"{style}{anchor}>{escape(text)}</text>')

    def box(self, x: float, y: float, width: float, height: float, colour: str) -> None:
        self.shapes.append(
            f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="6" '
            f'fill="#fff" stroke="{colour}"/>'
        )

    def curve(self, start: tuple[float, float], end: tuple[float, float], colour: str) -> None:
        (x1, y1), (x2, y2) = start, end
        middle = (x1 + x2) / 2
        self.shapes.append(
            f'<path d="M{x1:g} {y1:g}C{middle:g} {y1:g} {middle:g} {y2:g} {x2 - 7:g} {y2:g}" '
            f'fill="none" stroke="{colour}" stroke-width="1.6" marker-end="url(#to)"/>'
        )

    def heading(self, text: str) -> None:
        self.text(MARGIN, self.y + 16, text, "head")
        self.y += 36


def svg(graph: Graph) -> str:
    """Give the drawing, one document that needs nothing else."""
    say, canvas = WORDS[graph.language], _Canvas([])
    canvas.text(MARGIN, canvas.y + 18, f"{graph.title} {graph.version}", "title")
    canvas.y += 50
    colours = {role: _COLOURS[n % len(_COLOURS)] for n, role in enumerate(graph.roles)}
    canvas.heading(f"{say['routing']} ({say['first']})")
    _routing(canvas, graph, colours)
    canvas.heading(say["paths"])
    _handoffs(canvas, graph, colours)
    canvas.heading(say["ladders"])
    for climb in graph.ladders:
        _ladder(canvas, climb)
    height = canvas.y + MARGIN
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:g}" '
        f'width="{WIDTH}" height="{height:g}" lang="{graph.language}">'
        f"<title>{escape(graph.title)}</title><style>{_STYLE}</style>{_MARKER}"
        f'<rect width="100%" height="100%" fill="#fbfcfe"/>{"".join(canvas.shapes)}</svg>\n'
    )


# Routing: a box for each row, in their order, and a line to the role that receives.


def _routing(canvas: _Canvas, graph: Graph, colours: dict[str, str]) -> None:
    say, places = WORDS[graph.language], list[tuple[float, Way]]()
    top = canvas.y
    for number, way in enumerate(graph.routing, 1):
        lines = wrapped(" · ".join(way.when) or say["any"], _ROW - 24)
        told = f"{say['told']}: {say['list'].join(way.told)}" if way.told else ""
        height = LINE * (1 + len(lines) + bool(told)) + 14
        canvas.box(MARGIN, canvas.y, _ROW, height, colours[way.to])
        canvas.text(MARGIN + 12, canvas.y + 20, f"{number}. {way.label}", "strong")
        for row, line in enumerate(lines, 1):
            canvas.text(MARGIN + 12, canvas.y + 20 + row * LINE, line)
        if told:
            canvas.text(MARGIN + 12, canvas.y + 20 + (len(lines) + 1) * LINE, told, "faint")
        places.append((canvas.y + height / 2, way))
        canvas.y += height + _GAP
    roles = _by_middle([(y, way.to) for y, way in places])
    centres = _spread(canvas, graph, roles, colours, top, canvas.y - _GAP)
    for y, way in places:
        end = (WIDTH - MARGIN - _ROLE, centres[way.to])
        canvas.curve((MARGIN + _ROW, y), end, colours[way.to])
    canvas.y += 30


def _by_middle(ends: Sequence[tuple[float, str]]) -> list[str]:
    """Give roles in the order of the middle of what leads to them, so that few lines cross."""
    heights: dict[str, list[float]] = {}
    for y, role in ends:
        heights.setdefault(role, []).append(y)
    return sorted(heights, key=lambda role: sum(heights[role]) / len(heights[role]))


def _spread(
    canvas: _Canvas,
    graph: Graph,
    roles: Sequence[str],
    colours: dict[str, str],
    top: float,
    bottom: float,
) -> dict[str, float]:
    """Draw boxes of roles evenly between two heights; give their middles."""
    x = WIDTH - MARGIN - _ROLE
    step, centres = (bottom - top) / max(len(roles), 1), dict[str, float]()
    for number, role in enumerate(roles):
        centre = top + step * (number + 0.5)
        lines = wrapped(graph.roles.get(role, role), _ROLE - 20)
        height = LINE * len(lines) + 14
        canvas.box(x, centre - height / 2, _ROLE, height, colours.get(role, "#5d6b82"))
        for row, line in enumerate(lines):
            canvas.text(x + 10, centre - height / 2 + 20 + row * LINE, line, "strong")
        centres[role] = centre
    return centres


# Hand-offs: who gives on the left, who takes above, a mark where one may give to the other.


def _handoffs(canvas: _Canvas, graph: Graph, colours: dict[str, str]) -> None:
    givers = list(dict.fromkeys(each.from_role for each in graph.handoffs))
    takers = [role for role in graph.roles if any(x.to_role == role for x in graph.handoffs)]
    pairs = {(each.from_role, each.to_role): each for each in graph.handoffs}
    room = (WIDTH - 2 * MARGIN - _ROLE) / max(len(takers), 1)
    heads = [wrapped(f"→ {graph.roles[role]}", (room - 12) / BOLD) for role in takers]
    deep = max((len(lines) for lines in heads), default=1)
    for number, lines in enumerate(heads):
        for row, line in enumerate(lines):
            x, y = MARGIN + _ROLE + room * number, canvas.y + 14 + LINE * row
            canvas.text(x, y, line, "strong")
    canvas.y += LINE * deep + 8
    for giver in givers:
        canvas.shapes.append(
            f'<path d="M{MARGIN} {canvas.y:g}H{WIDTH - MARGIN}" stroke="#e3e8f0"/>'
        )
        canvas.text(MARGIN, canvas.y + 20, graph.roles[giver], "strong")
        for number, taker in enumerate(takers):
            pair = pairs.get((giver, taker))
            if pair is not None:
                _mark_pair(canvas, MARGIN + _ROLE + room * number + 10, pair, colours[taker])
        canvas.y += 30
    canvas.y += 20


def _mark_pair(canvas: _Canvas, x: float, pair: HandOver, colour: str) -> None:
    canvas.shapes.append(
        f'<circle cx="{x:g}" cy="{canvas.y + 15:g}" r="6" fill="{colour}">'
        f"<title>{escape(pair.label)} ({escape(pair.source)})</title></circle>"
    )


# Ladders: a line of time, a mark for each rung.


def _ladder(canvas: _Canvas, climb: Climb) -> None:
    left, right = MARGIN + 260, WIDTH - MARGIN - 20
    longest = max(1, *(rung.at for rung in climb.rungs))
    lines = [(line, "strong") for line in wrapped(climb.label, 230 / BOLD)]
    lines += [(line, "faint") for line in wrapped(" / ".join(climb.targets), 230)]
    for number, (line, kind) in enumerate(lines):
        canvas.text(MARGIN, canvas.y + 20 + number * LINE, line, kind)
    room = (right - left) / (len(climb.rungs) + 1)
    y = canvas.y + 22
    canvas.shapes.append(
        f'<path d="M{left:g} {y:g}H{right:g}" stroke="#9aa7bd" stroke-width="2" '
        'marker-end="url(#to)"/>'
    )
    depth = LINE * len(lines)
    for number, rung in enumerate(climb.rungs, 1):
        depth = max(depth, _mark(canvas, left + room * number, y, rung, room - 10, longest))
    canvas.y += depth + 56


def _mark(canvas: _Canvas, x: float, y: float, rung: Rung, room: float, longest: int) -> int:
    """Draw a rung below its mark; give how deep it goes."""
    late = rung.at >= 100
    colour = "#c2341a" if late else "#2f6fde"
    radius = 5 + 3 * rung.at / longest
    canvas.shapes.append(f'<circle cx="{x:g}" cy="{y:g}" r="{radius:g}" fill="{colour}"/>')
    canvas.text(x + radius + 4, y - 6, f"{rung.at} %", "strong")
    lines = list(_rung_lines(rung, room))
    for number, (line, kind) in enumerate(lines, 1):
        canvas.text(x - radius, y + 8 + number * LINE, line, kind)
    return LINE * len(lines)


def _rung_lines(rung: Rung, room: float) -> Iterator[tuple[str, str]]:
    for line in wrapped(f"→ {' + '.join(rung.tell)}", room / BOLD):
        yield line, "strong"
    only = f"({', '.join(rung.only)})" if rung.only else ""
    for line in wrapped(" ".join(part for part in (rung.label, only, rung.again) if part), room):
        yield line, "faint"


# Text.


def width(text: str) -> float:
    """Give how wide a text is about: a wide sign takes an em, a narrow one a bit more than half."""
    wide = sum(unicodedata.east_asian_width(sign) in "WF" for sign in text)
    return _SIZE * (wide + 0.56 * (len(text) - wide))


def wrapped(text: str, room: float) -> list[str]:
    """Break a text into lines that fit: between words, or between Chinese signs."""
    lines = [""]
    for piece in _pieces(text):
        if lines[-1] and width(lines[-1] + piece.rstrip()) > room:
            lines.append("")
        lines[-1] += piece if lines[-1] else piece.lstrip()
    return [line.rstrip() for line in lines if line.strip()]


def _pieces(text: str) -> Iterator[str]:
    piece = ""
    for sign in text:
        if unicodedata.east_asian_width(sign) in "WF" and sign not in "，。；：、）":
            if piece:
                yield piece
            piece = sign
        else:
            piece += sign
            if sign == " ":
                yield piece
                piece = ""
    if piece:
        yield piece


_STYLE: Final = (
    f'text{{font:{_SIZE}px "Noto Sans CJK SC","PingFang SC","Microsoft YaHei",system-ui,sans-serif;'
    "fill:#1c2536}.title{font-size:22px;font-weight:700}.head{font-size:16px;font-weight:700;"
    "fill:#33415c}.strong{font-weight:600}.faint{fill:#66728a}"
)
_MARKER: Final = (
    '<defs><marker id="to" viewBox="0 0 8 8" refX="1" refY="4" markerWidth="7" markerHeight="7" '
    'markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0L8 4L0 8z" fill="context-stroke"/>'
    "</marker></defs>"
)
