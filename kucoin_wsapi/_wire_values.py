"""Values as the push sockets write them, of which the same one may come as text or as a number.

Each function raises ``TypeError`` or ``ValueError`` (or ``ArithmeticError``) for what is no such value.
"""

from __future__ import annotations

import reprlib
from decimal import Decimal
from typing import Any, Literal

__all__ = [
    "amount",
    "amount_or_none",
    "lower_or_none",
    "nanoseconds",
    "positive_or_none",
    "side",
    "text",
    "text_or_none",
    "whole",
]


def amount(value: Any) -> Decimal:
    """A price, a size or a sum."""
    if type(value) is str or type(value) is int or type(value) is Decimal:
        number = Decimal(value)
        if number.is_finite():
            return number
    raise TypeError(f"a decimal number is documented, not {reprlib.repr(value)}")


def amount_or_none(value: Any) -> Decimal | None:
    """The same; None where it is absent, null or empty text."""
    return None if value is None or value == "" else amount(value)


def positive_or_none(value: Any) -> Decimal | None:
    """The same, where zero stands for absent too."""
    return None if value is None or value == "" else amount(value) or None


def text(value: Any) -> str:
    """A name or an id, which is not empty."""
    if type(value) is str and value:
        return value
    if type(value) is int:
        return str(value)
    raise TypeError(f"text is documented, not {reprlib.repr(value)}")


def text_or_none(value: Any) -> str | None:
    """The same; None where it is absent, null or empty."""
    return None if value is None or value == "" else text(value)


def lower_or_none(value: Any) -> str | None:
    """The same in lower case: one generation writes its words in capitals."""
    return None if value is None or value == "" else text(value).lower()


def side(value: Any) -> Literal["buy", "sell"]:
    """The side of an order or a trade."""
    word = text(value).lower()
    if word == "buy":
        return "buy"
    if word == "sell":
        return "sell"
    raise ValueError(f"a side is buy or sell, not {reprlib.repr(value)}")


def whole(value: Any) -> int | None:
    """A sequence or version number; None where it is absent."""
    if type(value) is int or value is None:
        return value
    if type(value) is str and value.isdecimal():
        return int(value)
    raise TypeError(f"a whole number is documented, not {reprlib.repr(value)}")


# The unit of a Unix time is told by its size: seconds until the year 5138, then ms, then microseconds, each as long.
_FIRST_MS, _FIRST_US, _FIRST_NS = 10**11, 10**14, 10**17


def nanoseconds(value: Any) -> int | None:
    """A Unix time in nanoseconds, whatever unit it was sent in; None where it is absent or zero."""
    time = whole(value or None)
    if time is None or time <= 0:
        return None
    if time < _FIRST_MS:
        return time * 1_000_000_000
    if time < _FIRST_US:
        return time * 1_000_000
    return time if time >= _FIRST_NS else time * 1_000
