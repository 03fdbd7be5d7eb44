"""Checks of what is chosen about a sandbox, whose messages say what is needed and what was given; for attrs."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from typing import Any

from attrs import Attribute

__all__ = ["Check", "instances_of", "non_empty", "number", "one_of"]

Check = Callable[[Any, "Attribute[Any]", Any], None]


def non_empty(_: object, attribute: Attribute[Any], value: object) -> None:
    """A text; what was given instead may be a secret."""
    if not isinstance(value, str) or not value:
        raise ValueError(f"{attribute.name}: a text that is not empty is needed")


def one_of(*choices: object) -> Check:
    """One of a few values."""

    def check(_: object, attribute: Attribute[Any], value: object) -> None:
        if value not in choices:
            listed = ", ".join(map(str, choices))
            raise ValueError(f"{attribute.name}: one of {listed} is needed, not {value!r}")

    return check


def number(
    smallest: float = -math.inf,
    largest: float = math.inf,
    *,
    above: float | None = None,
    whole: bool = False,
    optional: bool = False,
) -> Check:
    """A finite number from ``smallest`` to ``largest``, or ``above`` another one; ``optional`` ones may be None."""
    needed = f"a {'whole' if whole else 'finite'} number"
    if above is not None:
        needed += f" above {above:g}"
    elif largest < math.inf:
        needed += f" from {smallest:g} to {largest:.0f}"
    elif smallest > -math.inf:
        needed += f" of at least {smallest:g}"

    def check(_: object, attribute: Attribute[Any], value: object) -> None:
        if optional and value is None:
            return
        kinds: tuple[type[Any], ...] = (int,) if whole else (int, float)
        fits = isinstance(value, kinds) and not isinstance(value, bool) and math.isfinite(value)
        if not fits or not smallest <= value <= largest or (above is not None and value <= above):  # type: ignore[operator]  # a number
            raise ValueError(f"{attribute.name}: {needed} is needed, not {value!r}")

    return check


def instances_of(kind: type[Any]) -> Check:
    """A collection of objects of one class."""

    def check(_: object, attribute: Attribute[Any], values: Collection[object]) -> None:
        for value in values:
            if not isinstance(value, kind):
                raise TypeError(f"{attribute.name}: each must be a {kind.__name__}, not {value!r}")

    return check
