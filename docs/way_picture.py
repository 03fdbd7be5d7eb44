"""The picture of ``explanation/way_of_an_order.rst``: who does what, from the call to its result.

``python docs/way_picture.py`` draws it anew. A test holds it against the steps below.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

PICTURE = Path(__file__).parent / "explanation" / "way_of_an_order.svg"

LANES = ("the program's thread", "the exchange", "the connection's thread", "the callbacks thread")
PROGRAM, EXCHANGE, CONNECTION, CALLBACKS = range(4)


class Step(NamedTuple):
    """What one of them does, or what it hands to another one."""

    lane: int
    text: str
    to: int | None = None


STEPS = (
    Step(PROGRAM, "checks the arguments"),
    Step(PROGRAM, "makes the future and the frame"),
    Step(PROGRAM, "with the lock: notes it as in flight"),
    Step(PROGRAM, "writes the frame", EXCHANGE),
    Step(PROGRAM, "writes what others have queued"),
    Step(PROGRAM, "result() waits"),
    Step(EXCHANGE, "answers", CONNECTION),
    Step(CONNECTION, "wakes, reads, decodes"),
    Step(CONNECTION, "finds the call by its id"),
    Step(CONNECTION, "settles the future", PROGRAM),
    Step(PROGRAM, "result() returns"),
    Step(CONNECTION, "hands over", CALLBACKS),
    Step(CALLBACKS, "done-callbacks"),
    Step(CALLBACKS, "the response event"),
)

_WIDTH, _HEIGHT, _TOP = 290, 26, 64  # of a lane, of a step, of the first step
_STYLE = "text{font:12px sans-serif;text-anchor:middle}rect{fill:#f4f6f8;stroke:#456}"
_STYLE += "line{stroke:#456;stroke-dasharray:3 4}path{stroke:#456;fill:none;marker-end:url(#a)}"
_ARROW = '<marker id="a" markerWidth="8" markerHeight="8" refX="7" refY="4" orient="auto">'
_ARROW += '<path d="M0 0L8 4L0 8z" style="fill:#456;marker-end:none"/></marker>'


def picture() -> str:
    """An SVG with a column for each of them, and time from top to bottom."""
    width, bottom = _WIDTH * len(LANES), _TOP + _HEIGHT * len(STEPS)
    parts = [f"<style>{_STYLE}</style><defs>{_ARROW}</defs>"]
    for lane, name in enumerate(LANES):
        x = _middle(lane)
        parts.append(f'<line x1="{x}" y1="38" x2="{x}" y2="{bottom}"/>')
        parts.append(
            f'<rect x="{x - 95}" y="8" width="190" height="30" rx="6"/><text x="{x}" y="28">{name}</text>'
        )
    for row, step in enumerate(STEPS):
        parts += _step(step, _TOP + _HEIGHT * row)
    body = "\n".join(parts)
    size = f'viewBox="0 0 {width} {bottom}" width="{width}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>\n{body}\n</svg>\n'


def _step(step: Step, y: int) -> Iterator[str]:
    x = _middle(step.lane)
    half = 4 + 3 * len(step.text)  # about what the letters take
    # The text hides the line of its lane.
    yield f'<rect x="{x - half}" y="{y - 13}" width="{2 * half}" height="18" style="fill:#fff;stroke:none"/>'
    yield f'<text x="{x}" y="{y}">{step.text}</text>'
    if step.to is not None:
        start = x + half if step.to > step.lane else x - half
        yield f'<path d="M{start} {y - 4}H{_middle(step.to)}"/>'


def _middle(lane: int) -> int:
    return _WIDTH * lane + _WIDTH // 2


if __name__ == "__main__":
    PICTURE.write_text(picture())
