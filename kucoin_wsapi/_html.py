"""Tables for notebooks, which show to a person what ``repr`` would make him read.

What an exchange has written may be any text: every cell is escaped, and cut where it is long.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from enum import Enum
from typing import Any

from attrs import fields, has

__all__ = ["facts_of", "facts_table", "table"]

_LONGEST = 300  # characters of a cell
_DEEPEST = 3  # values within values
_WIDEST = 30  # digits before or after the point: a short text may mean a number that fills the memory


def table(head: Sequence[str], rows: Iterable[Sequence[object]], *, texts: int = 0, caption: str = "") -> str:
    """The first ``texts`` columns stand to the left; those after them, the numbers, to the right."""
    body = "".join(_line("td", row, texts) for row in rows)
    return _table(caption, f"<thead>{_line('th', head, texts)}</thead><tbody>{body}</tbody>")


def facts_table(caption: str, facts: Mapping[str, object]) -> str:
    """A line for each value that is not None, with its name."""
    lines = (
        f"<tr>{_cell('th', name, 'left')}{_cell('td', value, 'left')}</tr>"
        for name, value in facts.items()
        if value is not None
    )
    return _table(caption, f"<tbody>{''.join(lines)}</tbody>")


def facts_of(value: Any) -> dict[str, object]:
    """What an object of attrs shows of itself, or what a mapping has, by name."""
    if isinstance(value, Mapping):
        return {str(name): item for name, item in value.items()}
    return {one.name: getattr(value, one.name) for one in fields(type(value)) if one.repr}


def _table(caption: str, body: str) -> str:
    told = f"<caption>{_escaped(caption)}</caption>" if caption else ""
    # Notebooks read what stands between two dollars as a formula, but for this class.
    return f'<table class="tex2jax_ignore">{told}{body}</table>'


def _line(kind: str, cells: Sequence[object], texts: int) -> str:
    sides = ["left"] * texts + ["right"] * (len(cells) - texts)
    return f"<tr>{''.join(map(_cell, [kind] * len(cells), cells, sides))}</tr>"


def _cell(kind: str, value: object, side: str) -> str:
    return f'<{kind} style="text-align: {side}">{_escaped(_text(value))}</{kind}>'


def _escaped(text: str) -> str:
    import html  # milliseconds, which a client that is not looked at need not wait for

    short = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
    return html.escape(short.encode("utf-8", "replace").decode())  # half a character cannot be sent to a page


def _text(value: object, depth: int = 0) -> str:
    """Without quotes, exponents and names of classes."""
    if value is None:
        return ""
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, Decimal):
        is_short = value.is_finite() and abs(value.adjusted()) < _WIDEST
        return format(value, "f") if is_short else str(value)
    if isinstance(value, Mapping) or has(type(value)):
        known = {name: item for name, item in facts_of(value).items() if item is not None}
        return _joined((f"{name} {_text(item, depth + 1)}" for name, item in known.items()), depth)
    if isinstance(value, list | tuple):
        return _joined((_text(item, depth + 1) for item in value), depth)
    return str(value)


def _joined(texts: Iterable[str], depth: int) -> str:
    """``texts`` are made here only, so that nothing follows values within values without end."""
    return ", ".join(texts) if depth < _DEEPEST else "…"
