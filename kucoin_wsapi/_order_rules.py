"""The checks that requests share: one value at a time first, then rules between the fields of a request.

Converters normalise what is plainly right and let everything else through; validators, which know the field's
name, refuse it. All refusals are ``InvalidRequestError`` and name field, rule and value.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, get_args

from attrs import Attribute

from ._vocabulary import Amount
from .exceptions import InvalidRequestError

Validator = Callable[[Any, "Attribute[Any]", Any], None]

# Far beyond any price or size; without limits, 1E+999999 would go out as a megabyte of zeros.
_SMALLEST = Decimal("1E-30")
_LARGEST = Decimal("1E+30")
_LONGEST_SHOWN = 60
_NUMBER = re.compile(r"-?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_CLIENT_OID = re.compile(r"[A-Za-z0-9_-]{1,40}")


def refusal(field: str, rule: str, value: object) -> InvalidRequestError:
    """The error for a value that breaks a rule; ``field`` is the Python name."""
    return InvalidRequestError(f"{field}: {rule}, not {_shown(value)}", field=field)


def _shown(value: object) -> str:
    try:
        text = repr(value)
    except ValueError:  # CPython refuses to print an int of more than 4300 digits
        text = f"a very long {type(value).__name__}"
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."


def amount(value: Amount | None) -> Any:
    """Converter: a ``Decimal`` with the digits as they were given, where the value is of a right type."""
    if isinstance(value, str):
        return Decimal(value) if _NUMBER.fullmatch(value) else value
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    return value


def whole_number(value: Amount | None) -> Any:
    """Converter: an ``int``, where the value is a whole number of a few digits."""
    number = amount(value)
    if isinstance(number, Decimal) and number.is_finite() and abs(number) <= _LARGEST:
        return int(number) if number == number.to_integral_value() else value
    return value


def upper_case(value: str | None) -> Any:
    """Converter: the exchange spells these words in capitals; any letter case is taken."""
    return value.upper() if isinstance(value, str) else value


def optional(check: Validator) -> Validator:
    """Validator: what may be left out is checked where it is given (attrs' own takes twice as long)."""

    def check_if_given(owner: Any, attribute: Attribute[Any], value: object) -> None:
        if value is not None:
            check(owner, attribute, value)

    return check_if_given


def is_amount(_: Any, attribute: Attribute[Any], value: object) -> None:
    """Validator: a positive decimal number."""
    if not isinstance(value, Decimal):
        raise _not_an_amount(attribute.name, value)
    if not value.is_finite() or not _SMALLEST <= value <= _LARGEST:
        if not value.is_finite() or value <= 0:
            raise refusal(attribute.name, "a number above zero is needed", value)
        raise refusal(attribute.name, f"a number from {_SMALLEST} to {_LARGEST} is needed", value)


def _not_an_amount(field: str, value: object) -> InvalidRequestError:
    # A float, also one of numpy's; what is an integer underneath has __index__ too.
    if hasattr(value, "__float__") and not hasattr(value, "__index__"):
        fix = f'use "{value}" or Decimal("{value}")' if _NUMBER.fullmatch(str(value)) else "use a Decimal"
        return refusal(field, f"a {type(value).__name__} cannot hold a decimal number exactly; {fix}", value)
    return refusal(
        field, 'a Decimal, an int or plain digits are needed, such as "0.1" or Decimal("0.1")', value
    )


def whole_from(smallest: int, largest: int | None = None, *, or_else: int | None = None) -> Validator:
    """Validator: an ``int`` of at least ``smallest`` and at most ``largest``, or exactly ``or_else``."""
    limit = f"of at least {smallest}" if largest is None else f"from {smallest} to {largest}"
    rule = f"a whole number {limit}{'' if or_else is None else f', or {or_else},'} is needed"

    def check(_: Any, attribute: Attribute[Any], value: object) -> None:
        if not isinstance(value, int) or isinstance(value, bool):
            raise refusal(attribute.name, rule, value)
        if value != or_else and (value < smallest or (largest is not None and value > largest)):
            raise refusal(attribute.name, rule, value)

    return check


def one_of(words: Any) -> Validator:
    """Validator: one of the words of a ``Literal``."""
    choices = frozenset(get_args(words))
    rule = f"one of {', '.join(map(repr, get_args(words)))} is needed"

    def check(_: Any, attribute: Attribute[Any], value: object) -> None:
        if not isinstance(value, str) or value not in choices:
            raise refusal(attribute.name, rule, value)

    return check


def is_flag(_: Any, attribute: Attribute[Any], value: object) -> None:
    """Validator: True or False."""
    if not isinstance(value, bool):
        raise refusal(attribute.name, "True or False is needed", value)


def is_name(_: Any, attribute: Attribute[Any], value: object) -> None:
    """Validator: a symbol or the id of an existing order: text without blanks around it."""
    if not isinstance(value, str) or not value or value != value.strip():
        raise refusal(attribute.name, "a non-empty str without blanks around it is needed", value)


def is_client_oid(_: Any, attribute: Attribute[Any], value: object) -> None:
    """Validator: the client id of a new order."""
    if not isinstance(value, str) or not _CLIENT_OID.fullmatch(value):
        raise refusal(attribute.name, "1 to 40 letters, digits, '_' or '-' are needed", value)


def text_up_to(most: int, *, ascii_only: bool) -> Validator:
    """Validator: a note of at most ``most`` characters."""
    rule = f"at most {most} {'ASCII ' if ascii_only else ''}characters are needed"

    def check(_: Any, attribute: Attribute[Any], value: object) -> None:
        if not isinstance(value, str) or len(value) > most or (ascii_only and not value.isascii()):
            raise refusal(attribute.name, rule, value)

    return check


def require_exactly_one(request: object, *fields: str) -> None:
    """Of several alternatives one is given, neither none nor two."""
    given = [name for name in fields if getattr(request, name) is not None]
    if len(given) != 1:
        found = " and ".join(given) or "none"
        raise InvalidRequestError(
            f"{fields[0]}: exactly one of {', '.join(fields)} is needed, not {found}", field=fields[0]
        )


def require_any(request: object, *fields: str) -> None:
    """Of several changes at least one is asked for."""
    if all(getattr(request, name) is None for name in fields):
        raise InvalidRequestError(
            f"{fields[0]}: at least one of {', '.join(fields)} is needed", field=fields[0]
        )


def require_with(request: object, field: str, partner: str) -> None:
    """Who gives ``field`` gives ``partner`` too."""
    if getattr(request, field) is not None and getattr(request, partner) is None:
        raise InvalidRequestError(
            f"{partner}: needed where {field} is given, but it is missing", field=partner
        )


def require_price_for_limit(order: Any, *, is_limit: bool) -> None:
    """A limit order has a price, a market order has none."""
    if is_limit:
        if order.price is None:
            raise InvalidRequestError("price: needed for a limit order, but it is missing", field="price")
    elif order.price is not None:
        raise refusal("price", "a market order takes no price", str(order.price))


def refuse_resting_flags(order: Any, *fields: str) -> None:
    """A market order never rests in the book, so nothing can say how it should rest."""
    for name in fields:
        if getattr(order, name):
            raise refusal(name, "only a limit order takes this", getattr(order, name))


def require_visible_size_for_iceberg(order: Any) -> None:
    """An iceberg order says what may be seen of it, and no other order does."""
    if order.iceberg and order.visible_size is None:
        raise InvalidRequestError(
            "visible_size: needed for an iceberg order, but it is missing", field="visible_size"
        )
    if order.visible_size is not None and not order.iceberg:
        raise refusal("visible_size", "only an order with iceberg=True takes this", str(order.visible_size))


def require_cancel_after_for_gtt(order: Any) -> None:
    """Good till time needs the time, and the time means nothing without it."""
    if order.time_in_force == "GTT" and order.cancel_after is None:
        raise InvalidRequestError(
            "cancel_after: needed for time_in_force GTT, but it is missing", field="cancel_after"
        )
    if order.cancel_after is not None and order.time_in_force != "GTT":
        raise refusal("cancel_after", 'only an order with time_in_force="GTT" takes this', order.cancel_after)
