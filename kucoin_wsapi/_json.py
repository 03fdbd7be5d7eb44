"""JSON as the exchange means it: with orjson where that is installed (the extra ``speed``), else with the standard
library, and with the same result: what orjson reads otherwise, or writes otherwise, is left to the standard library.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, NoReturn

try:
    import orjson
except ImportError:
    orjson = None  # type: ignore[assignment]  # the module is optional

__all__ = ["decode_json", "encode_json"]


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


# Numbers with a fraction become Decimal: a size must not pass through a binary float.
_decoder = json.JSONDecoder(parse_float=Decimal, parse_constant=_refuse_constant)
_encode = json.JSONEncoder(separators=(",", ":"), allow_nan=False, check_circular=True).encode

# What both write in the same way. orjson writes more than JSON has, and NaN as null, which would change an order.
_PLAIN = frozenset({str, int, bool, type(None)})


def decode_json(text: str) -> Any:
    """The value of a text. Raises ``ValueError``, ``ArithmeticError`` (a number that no ``Decimal`` holds) or
    ``RecursionError``.
    """
    if orjson is not None:
        try:
            value = orjson.loads(text)
        except ValueError:  # it is stricter
            return _decode(text)
        if type(value) is dict and not _holds_float(value.values()):
            return value
    return _decode(text)


def _decode(text: str) -> Any:
    # `decode` looks for blanks around the value, which costs a quarter of the decoding, and which nobody sends.
    try:
        value, end = _decoder.raw_decode(text)
    except json.JSONDecodeError:
        return _decoder.decode(text)
    return value if end == len(text) else _decoder.decode(text)


def _holds_float(values: Iterable[Any]) -> bool:
    """Also where a whole number is too large for orjson."""
    for value in values:
        kind = type(value)
        if kind is str or kind is int:
            continue
        if kind is float:
            return True
        if kind is dict:
            if _holds_float(value.values()):
                return True
        elif kind is list and _holds_float(value):
            return True
    return False


def encode_json(value: object) -> bytes:
    """The text of a value, in UTF-8. What is not JSON raises ``TypeError``, ``ValueError`` or ``RecursionError``."""
    if orjson is not None:
        try:
            if _is_plain(value):
                return orjson.dumps(value)
        except (TypeError, RecursionError):  # numbers of more than 64 bits, half a surrogate pair, a circle
            pass
    return _encode(value).encode()


def _is_plain(value: object) -> bool:
    kind = type(value)
    if kind is dict:
        items = value.values()  # type: ignore[attr-defined]  # a dict has them
    elif kind is list:
        items = value
    else:
        return kind in _PLAIN
    for item in items:  # noqa: SIM110  # a generator takes three times as long, for each order
        if type(item) not in _PLAIN and not _is_plain(item):
            return False
    return True
