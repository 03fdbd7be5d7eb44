"""orjson and the standard library read and write the same, so that nothing depends on which of them is installed."""

import json
import math
import uuid
from decimal import Decimal
from enum import Enum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kucoin_wsapi import _json
from kucoin_wsapi._json import decode_json, encode_json

READ = (ValueError, ArithmeticError, RecursionError)
WRITTEN = (TypeError, ValueError, RecursionError)
NUMBERS = st.integers() | st.decimals(allow_nan=False, allow_infinity=False, places=8)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)


@pytest.fixture
def standard(monkeypatch):
    """Runs something as if orjson were not installed."""

    def run(function, *arguments):
        with monkeypatch.context() as patched:
            patched.setattr(_json, "orjson", None)
            return function(*arguments)

    return run


def outcome(function, argument, failures):
    """What comes of it: a value, or that it was refused."""
    try:
        return repr(function(argument))  # which tells a float from a Decimal, and 1 from True
    except failures:
        return "refused"


@pytest.fixture(autouse=True)
def _orjson_is_there():
    assert _json.orjson is not None, "the tests compare it with the standard library"


@pytest.mark.parametrize(
    "text",
    [
        '{"size":0.1}',
        '{"data":{"size":1e-5}}',
        '{"items":[{"fee":0.30000000000000004}]}',
        '{"list":[[1.5]]}',
        '{"number":18446744073709551616}',
        '{"number":-9223372036854775809}',
        '{"number":1E400}',
        '{"number":NaN}',
        '{"half":"\\ud800"}',
        '{"a":1,"a":2}',
        "[0.1]",
        "0.1",
        "[" * 2000,
        "[" * 200_000,
        '{"a":' * 2000 + "1.5" + "}" * 2000,
        "",
        "{",
        "\ufeff{}",
        '{"a":1}x',
        '{"tab":"\t"}',
        '{"number":01}',
        '{"number":1E999999999999999999999}',
    ],
    ids=lambda text: text[:20],
)
def test_a_text_means_the_same_to_both(text, standard):
    """Numbers with a fraction are exact, and what one refuses the other one refuses."""
    assert outcome(decode_json, text, READ) == standard(outcome, decode_json, text, READ)


@given(VALUES)
def test_any_text_means_the_same_to_both(value):
    """What the standard library has written, and with exact numbers."""
    text = json.dumps(value)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(_json, "orjson", None)
        expected = outcome(decode_json, text, READ)
    assert outcome(decode_json, text, READ) == expected


def test_a_number_with_a_fraction_is_exact():
    """Wherever it stands."""
    assert decode_json('{"a":[{"b":0.1}]}') == {"a": [{"b": Decimal("0.1")}]}


class _Word(Enum):
    BUY = "buy"


class _Text(str):
    pass


circle: list[object] = []
circle.append(circle)


@pytest.mark.parametrize(
    "value",
    [
        {"price": math.nan},
        {"price": 1e-05},
        {"size": 2**64},
        {"size": Decimal("1")},
        {"side": _Word.BUY},
        {"side": _Text("buy")},
        {"id": uuid.UUID(int=1)},
        {"half": "\ud800"},
        {1: "a"},
        {None: "a"},
        {(1, 2): "a"},
        {"bytes": b"x"},
        {"nested": [{"price": math.inf}]},
        {"tuple": (1, 2)},
        circle,
    ],
    ids=lambda value: repr(value)[:20],
)
def test_a_value_is_written_by_both_or_by_none(value, standard):
    """A raw request is sent as it is: nothing becomes null, and nothing is sent that JSON has not."""

    def read_back(given):
        return json.loads(encode_json(given))

    assert outcome(read_back, value, WRITTEN) == standard(outcome, read_back, value, WRITTEN)


@given(VALUES)
def test_any_value_is_written_by_both_or_by_none(value):
    """Read back, it is the same."""

    def read_back(given):
        return json.loads(encode_json(given))

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(_json, "orjson", None)
        expected = outcome(read_back, value, WRITTEN)
    assert outcome(read_back, value, WRITTEN) == expected
