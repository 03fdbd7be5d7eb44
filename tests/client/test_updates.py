"""What a subscription brings: the envelope, which types its data when they are asked for, and never raises."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from pathlib import Path

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from push_samples import PUSHES, SAMPLES, push, update

import kucoin_wsapi
from kucoin_wsapi import OrderUpdate, Ticker, Update, WsKey
from kucoin_wsapi._push_messages import Push, parse_push

HERE = Path(__file__).parent
RAW = {
    "cross margin status",
    "isolated margin",
    "spot stop order",
    "futures wallet of old",
    "futures risk limit",
    "futures margin mode",
    "futures funding rate",
    "spot candle",
    "pro leverage",
    "pro candle",
    "pro funding rates of all",
    "pro liquidation warning",
}


def test_an_update_says_where_it_came_from():
    """All that a handler needs to know before it looks at the data."""
    message = push("spot ticker")
    told = Update(WsKey.WS_API_SPOT_V1, "/market/ticker:BTC-USDT", message.subject, message.raw, 12.5)

    assert (told.ws_key, told.topic, told.subject, told.received_at) == (
        WsKey.WS_API_SPOT_V1,
        "/market/ticker:BTC-USDT",
        "trade.ticker",
        12.5,
    )
    assert told.raw is message.raw
    assert told.is_ws_api_response is False


def test_the_data_are_made_once():
    """The second look finds what the first has made."""
    told = update(push("spot order match"))

    assert isinstance(told.data, OrderUpdate)
    assert told.data is told.data


def test_data_that_nobody_looks_at_are_not_made():
    """Otherwise the reader would have seen the change that is made before the first look."""
    message = push("spot ticker")
    told = update(message)
    message.raw["data"]["price"] = "1"

    assert isinstance(told.data, Ticker)
    assert told.data.price == 1


@pytest.mark.parametrize("name", PUSHES)
def test_every_sample_is_typed_or_stays_as_it_came(name):
    """Which of them have no class is known."""
    message = push(name)
    data = update(message).data

    if name in RAW:
        assert data is message.raw.get("data", message.raw.get("d"))
    else:
        assert getattr(kucoin_wsapi, type(data).__name__) is type(data)


@pytest.mark.parametrize("name", [name for name in PUSHES if name not in RAW])
def test_fields_that_are_new_change_nothing(name):
    """KuCoin adds some without a word; they are in ``raw``."""
    message = json.loads(SAMPLES[name])
    message["data" if "data" in message else "d"]["zz"] = message["zz"] = [{"new": 1}]
    told = parse_push(json.dumps(message))

    assert isinstance(told, Push)
    assert told.raw["zz"] == [{"new": 1}]
    assert update(told).data == update(push(name)).data


@pytest.mark.parametrize("name", PUSHES)
def test_updates_pickle(name):
    """Looked at or not; the data are made on the other side."""
    told = update(push(name))
    unseen = pickle.loads(pickle.dumps(told))
    data = told.data
    seen = pickle.loads(pickle.dumps(told))

    assert unseen == seen == told
    assert unseen.data == seen.data == data


def test_updates_are_frozen():
    """They go through many hands."""
    told = update(push("spot ticker"))

    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        told.topic = "/other"
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        told.data.price = 1


def test_a_stream_that_this_release_does_not_know_stays_as_it_came():
    """Of both generations."""
    for text in (
        '{"topic":"/margin/fundingBook:BTC","type":"message","data":{"price":"1"}}',
        '{"T":"fresh.SPOT","d":{"price":"1"}}',
        '{"T":"fresh","d":{"price":"1"}}',
    ):
        message = parse_push(text)
        assert isinstance(message, Push)

        assert update(message).data == {"price": "1"}


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        ("spot order match", "matchPrice", None),
        ("spot order match", "matchPrice", "NaN"),
        ("spot order match", "side", "both"),
        ("spot order match", "status", []),
        ("spot order open", "orderId", ""),
        ("spot order open", "originSize", "much"),
        ("spot order open", "orderTime", "soon"),
        ("pro order open", "tT", "OPTION"),
        ("pro order open", "os", "x"),
        ("pro book", "a", [["1"]]),
        ("pro book", "a", ["12"]),
        ("pro book", "a", {"1": "2"}),
        ("futures book change", "change", "1,buy"),
        ("futures book change", "sequence", None),
        ("pro book change", "O", None),
        ("balance", "relationContext", "none"),
        ("balance", "total", True),
        ("cross margin debt", "debtList", []),
        ("spot ticker", "price", float("inf")),
    ],
)
def test_data_of_another_shape_stay_as_they_came(name, field, value):
    """Nothing is guessed and nothing raises: the program sees that they are not of the class."""
    message = push(name)
    data = message.raw["data"] if "data" in message.raw else message.raw["d"]
    data[field] = value

    assert update(message).data is data


def measured(figure: str) -> float:
    """A figure of ``push_speed``, in a process of its own, because whoever measures coverage makes everything slow."""
    program = f"import push_speed; print({figure})"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE), str(HERE.parents[1])])}
    command = [sys.executable, "-c", program]
    child = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert child.returncode == 0, child.stderr
    return float(child.stdout)


def test_an_update_costs_at_most_twice_what_json_and_a_call_cost():
    """From its text to its handler on the thread of the handlers; who is busy with something else is asked again."""
    names = ["spot ticker", "pro ticker"]
    ratios = [measured(f"max(map(push_speed.ratio, {names}))")]
    while ratios[-1] >= 2 and len(ratios) < 5:
        ratios.append(measured(f"max(map(push_speed.ratio, {names}))"))

    assert ratios[-1] < 2, f"it costs as many times as much: {ratios}"


def test_one_processor_keeps_up_with_20000_updates_a_second():
    """From a socket to the handler; the time of the processor counts, which a busy machine hardly changes."""
    assert measured("push_speed.processor_seconds(20_000)") * 20_000 < 1


def test_a_book_that_is_neither_whole_nor_a_change_stays_as_it_came():
    """To take one for the other would spoil the book."""
    message = push("pro book")

    assert update(Push(message.topic, "", message.raw)).data is message.raw["d"]


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 10**20)
    | st.sampled_from(["", "0", "1.5", "buy", "match", "done", "NaN", "1e400", "-1", "x", 10**400, 1.5])
    | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)


@settings(derandomize=True, max_examples=300, deadline=None)
@given(st.sampled_from(PUSHES), st.data())
def test_no_data_raise(name, draw):
    """Fuzz: real messages with some of their values replaced, and some left out."""
    raw = json.loads(SAMPLES[name])
    member = "data" if "data" in raw else "d"
    data = raw[member]
    if isinstance(data, dict):
        for key in draw.draw(st.lists(st.sampled_from(sorted(data)), max_size=4, unique=True)):
            if draw.draw(st.booleans()):
                data[key] = draw.draw(VALUES)
            else:
                del data[key]
    if draw.draw(st.integers(0, 9)) == 0:
        raw[member] = draw.draw(VALUES)
    message = parse_push(json.dumps(raw))
    assert isinstance(message, Push)
    told = update(message).data

    assert told is message.raw[member] or attrs.has(type(told))
