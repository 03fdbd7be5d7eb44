"""The picture and the table of ``explanation/states.rst``, made from the transitions of a connection.

``python docs/states_picture.py`` writes both anew. A test holds them against the transitions.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from kucoin_wsapi._states import TRANSITIONS, Input
from kucoin_wsapi._states import ConnectionState as State

PAGE = Path(__file__).parent / "explanation" / "states.rst"
PICTURE = PAGE.with_suffix(".svg")

_BEGIN, _END = ".. The table begins: docs/states_picture.py makes it.\n\n", ".. The table ends.\n"
_CRASHES = (
    Input.CRASHED,
    Input.CRASHED_AGAIN,
)  # possible everywhere: told in words, else nothing else were seen

# Left edge, top and width. The two that can be reached from nearly everywhere are bars above and below the others.
_HEIGHT = 44
_BOXES: Mapping[State, tuple[int, int, int]] = MappingProxyType(
    {
        State.BACKOFF: (10, 10, 830),
        State.IDLE: (60, 150, 110),
        State.CONNECTING: (250, 150, 120),
        State.AUTHENTICATING: (470, 150, 150),
        State.READY: (730, 150, 110),
        State.CLOSING: (930, 150, 110),
        State.CLOSED: (10, 300, 1030),
    }
)
# Where an edge leaves the middle of the narrower of its two boxes, because another one is there.
_SHIFTS: Mapping[tuple[State, State], int] = MappingProxyType(
    {
        (State.CONNECTING, State.BACKOFF): -35,
        (State.BACKOFF, State.CONNECTING): 35,
        (State.BACKOFF, State.CLOSED): -400,
    }
)
_STYLE = (
    "text{font:12px sans-serif}rect{fill:#f4f6f8;stroke:#456}path{stroke:#456;fill:none;marker-end:url(#a)}"
)
_ARROW = '<marker id="a" markerWidth="8" markerHeight="8" refX="7" refY="4" orient="auto">'
_ARROW += '<path d="M0 0L8 4L0 8z" style="fill:#456;marker-end:none"/></marker>'


def table() -> str:
    """Each transition in a line of a simple table."""
    rows = [(state.name, given.value, target.name) for (state, given), target in TRANSITIONS.items()]
    rows.insert(0, ("from", "when", "to"))
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
    rule = "  ".join("=" * width for width in widths)
    return "\n".join([rule, lines[0], rule, *lines[1:], rule, "", ""])


def picture() -> str:
    """An SVG of all states and of what moves a connection between them, but for errors of the package."""
    edges: dict[tuple[State, State], list[Input]] = defaultdict(list)
    for (state, given), target in TRANSITIONS.items():
        if given not in _CRASHES:
            edges[state, target].append(given)
    parts = [f"<style>{_STYLE}</style><defs>{_ARROW}</defs>"]
    for state, (left, top, width) in _BOXES.items():
        parts.append(f'<rect x="{left}" y="{top}" width="{width}" height="{_HEIGHT}" rx="6"/>')
        names = [state.name, *(f"({given.name})" for given in edges.pop((state, state), []))]
        parts += _text(left + width // 2, top + _HEIGHT // 2 + 4, names, middle=True)
    for (state, target), inputs in edges.items():
        parts += _edge(state, target, [given.name for given in inputs])
    body = "\n".join(parts)
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1050 354" width="1050">\n{body}\n</svg>\n'


def _edge(state: State, target: State, labels: list[str]) -> Iterator[str]:
    left, top, width = _BOXES[state]
    other_left, other_top, other_width = _BOXES[target]
    if top == other_top:  # to the right
        start, end, y = left + width, other_left, top + _HEIGHT // 2
        yield f'<path d="M{start} {y}H{end}"/>'
        yield from _text((start + end) // 2, y - 12, labels, middle=True)
    else:
        middles = {width: left + width // 2, other_width: other_left + other_width // 2}
        x = middles[min(middles)] + _SHIFTS.get((state, target), 0)
        start, end = (top + _HEIGHT, other_top) if top < other_top else (top, other_top + _HEIGHT)
        yield f'<path d="M{x} {start}V{end}"/>'
        label_y = 252 if target is State.CLOSED else 106
        yield from _text(x + 6, label_y, labels)


def _text(x: int, y: int, lines: list[str], *, middle: bool = False) -> Iterator[str]:
    anchor = ' text-anchor="middle"' if middle else ""
    for number, line in enumerate(lines):
        yield f'<text x="{x}" y="{y + 15 * number - 7 * (len(lines) - 1)}"{anchor}>{line}</text>'


def page() -> str:
    """The page with the table of now in it."""
    pattern = f"(?<={re.escape(_BEGIN)}).*(?={re.escape(_END)})"
    return re.sub(pattern, lambda _: table(), PAGE.read_text(), flags=re.DOTALL)


if __name__ == "__main__":
    PICTURE.write_text(picture())
    PAGE.write_text(page())
