"""Prices, sizes and sums: what is taken, what is refused, and how the refusal explains itself."""

import enum
from decimal import Decimal
from fractions import Fraction
from typing import Any, get_args, get_type_hints

import pytest
from order_samples import (
    FUTURES_LIMIT,
    SPOT_CHANGE,
    SPOT_LIMIT,
    SPOT_MARKET,
    STOP,
    UTA_CHANGE,
    UTA_LIMIT,
)

from kucoin_wsapi import orders
from kucoin_wsapi.exceptions import InvalidRequestError
from kucoin_wsapi.orders import (
    FuturesOrder,
    MarginOrder,
    SpotModify,
    SpotOrder,
    UtaAmend,
    UtaOrder,
)


class FloatOfNumpy:
    """Stands for a floating number that is no ``float``, as numpy's ``float32``."""

    def __float__(self):
        return 0.5

    def __repr__(self):
        return "0.5"


class IntegerOfNumpy(FloatOfNumpy):
    """Stands for an integer that is no ``int``, as numpy's ``int64``."""

    def __index__(self):
        return 5


NOT_AMOUNTS: list[tuple[object, str]] = [
    (0.1, 'a float cannot hold a decimal number exactly; use "0.1" or Decimal("0.1"), not 0.1'),
    (1e-05, 'use "1e-05" or Decimal("1e-05")'),
    (FloatOfNumpy(), 'use "0.5" or Decimal("0.5")'),
    (IntegerOfNumpy(), "a Decimal, an int or plain digits are needed"),
    (Fraction(1, 3), "use a Decimal"),
    (float("nan"), "use a Decimal"),
    (True, "not True"),
    (b"1", "not b'1'"),
    ("", 'such as "0.1" or Decimal("0.1"), not \'\''),
    (" 1", "not ' 1'"),
    ("1 ", "not '1 '"),
    ("1\n", "not '1\\n'"),
    ("1,000", "not '1,000'"),
    ("1_000", "not '1_000'"),
    ("+1", "not '+1'"),
    (".", "not '.'"),
    ("1e", "not '1e'"),
    ("٣", "plain digits"),
    ("NaN", "plain digits"),
    ("Infinity", "plain digits"),
    ("-1", "above zero"),
    ("-0", "above zero"),
    ("0", "above zero"),
    ("0.000", "above zero"),
    (0, "above zero"),
    (-1, "above zero"),
    (Decimal("-1"), "above zero"),
    (Decimal("NaN"), "above zero"),
    (Decimal("sNaN"), "above zero"),
    (Decimal("Infinity"), "above zero"),
    (Decimal("1E+999999"), "from 1E-30 to 1E+30"),
    ("1e-31", "from 1E-30 to 1E+30"),
    ("1e1000", "plain digits"),
    (10**31, "from 1E-30 to 1E+30"),
    pytest.param(10**5000, "from 1E-30", id="huge"),
]

AMOUNT_FIELDS: list[tuple[type, dict[str, Any], str]] = [
    (SpotOrder, SPOT_LIMIT, "price"),
    (SpotOrder, SPOT_LIMIT, "size"),
    (SpotOrder, SPOT_MARKET, "funds"),
    (SpotOrder, SPOT_LIMIT | {"iceberg": True}, "visible_size"),
    (SpotModify, SPOT_CHANGE, "new_price"),
    (SpotModify, SPOT_CHANGE, "new_size"),
    (MarginOrder, SPOT_LIMIT, "price"),
    (MarginOrder, SPOT_LIMIT, "size"),
    (MarginOrder, SPOT_MARKET, "funds"),
    (MarginOrder, SPOT_LIMIT | {"iceberg": True}, "visible_size"),
    (FuturesOrder, FUTURES_LIMIT, "price"),
    (FuturesOrder, FUTURES_LIMIT, "qty"),
    (FuturesOrder, FUTURES_LIMIT, "value_qty"),
    (FuturesOrder, FUTURES_LIMIT | {"iceberg": True}, "visible_size"),
    (FuturesOrder, FUTURES_LIMIT | STOP, "stop_price"),
    (UtaOrder, UTA_LIMIT, "price"),
    (UtaOrder, UTA_LIMIT, "size"),
    (UtaOrder, UTA_LIMIT, "leverage"),
    (UtaOrder, UTA_LIMIT, "trigger_price"),
    (UtaOrder, UTA_LIMIT, "tp_trigger_price"),
    (UtaOrder, UTA_LIMIT, "sl_trigger_price"),
    (UtaAmend, UTA_CHANGE, "new_price"),
    (UtaAmend, UTA_CHANGE, "new_size"),
    (UtaAmend, UTA_CHANGE, "tp_trigger_price"),
    (UtaAmend, UTA_CHANGE, "sl_trigger_price"),
]


@pytest.mark.parametrize(("value", "explanation"), NOT_AMOUNTS)
def test_what_is_no_positive_plain_number_is_refused(value, explanation):
    """A price is refused with the reason, and a float with the way to write it."""
    with pytest.raises(InvalidRequestError) as caught:
        SpotOrder(**SPOT_LIMIT | {"price": value})

    assert caught.value.field == "price"
    assert explanation in str(caught.value)


@pytest.mark.parametrize(("request_class", "fields", "name"), AMOUNT_FIELDS)
def test_every_amount_is_checked(request_class, fields, name):
    """No price, size or sum of any request takes a float, a word, a negative, NaN or a bool."""
    for value in (0.1, "abc", "-1", Decimal("NaN"), True):
        with pytest.raises(InvalidRequestError) as caught:
            request_class(**fields | {name: value})

        assert caught.value.field == name


def test_every_decimal_field_is_in_the_table_of_amounts():
    """A new amount cannot be forgotten by the test above."""
    amounts = {
        (request_class, name)
        for request_class in get_args(orders.Request)
        for name, hint in get_type_hints(request_class).items()
        if Decimal in get_args(hint)
    }

    assert {(request_class, name) for request_class, _, name in AMOUNT_FIELDS} == amounts


class Ticks(enum.IntEnum):
    """An ``int`` with a name."""

    TEN = 10


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1e-5", "0.00001"),
        ("0.10", "0.10"),
        (".5", "0.5"),
        ("5.", "5"),
        (7, "7"),
        (Ticks.TEN, "10"),
        ("007", "7"),
    ],
)
def test_an_amount_is_kept_as_the_decimal_that_was_written(value, expected):
    """Trailing zeros and exponents are kept in value, and the object holds a ``Decimal``."""
    price = SpotOrder(**SPOT_LIMIT | {"price": value}).price

    assert Decimal(expected) == price
    assert expected == format(price, "f")


def test_the_shown_value_is_cut_short():
    """A mistaken megabyte does not fill the log."""
    with pytest.raises(InvalidRequestError) as caught:
        SpotOrder(**SPOT_LIMIT | {"symbol": " " * 1_000_000})

    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("value", [10**5000, [10**5000]], ids=["int", "list"])
def test_an_integer_too_long_to_print_is_still_explained(value):
    """CPython refuses to print huge integers; the refusal does not break on it."""
    with pytest.raises(InvalidRequestError, match=r"symbol: .* not a very long"):
        SpotOrder(**SPOT_LIMIT | {"symbol": value})
