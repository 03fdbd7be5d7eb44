"""Orders and executions of every private stream, typed: what each message of KuCoin's documentation means."""

from __future__ import annotations

from decimal import Decimal

import attrs
import pytest
from push_samples import push, update

from kucoin_wsapi import Execution, Fill, OrderUpdate
from kucoin_wsapi._push_messages import Push


def order(name: str) -> OrderUpdate:
    """The sample, typed."""
    data = update(push(name)).data
    assert isinstance(data, OrderUpdate)
    return data


def altered(name: str, **fields: object) -> OrderUpdate:
    """The sample with other values; None leaves a field out."""
    message = push(name)
    member = "data" if "data" in message.raw else "d"
    data = {**message.raw[member], **fields}
    data = {key: value for key, value in data.items() if value is not None}
    typed = update(Push(message.topic, message.subject, {**message.raw, member: data})).data
    assert isinstance(typed, OrderUpdate)
    return typed


def test_a_resting_order_of_spot_field_by_field():
    """Milliseconds of the gateway and nanoseconds of the engine become the same unit."""
    assert order("spot order open") == OrderUpdate(
        product="spot",
        symbol="BTC-USDT",
        order_id="6720ecd9ec71f4000747731a",
        client_oid="5c52e11203aa677f33e493fb",
        side="buy",
        type="limit",
        event="open",
        status="resting",
        price=Decimal("50000"),
        size=Decimal("0.00001"),
        funds=None,
        filled_size=Decimal(0),
        remaining_size=Decimal("0.00001"),
        canceled_size=Decimal(0),
        old_size=None,
        average_price=None,
        fill=None,
        fee=None,
        fee_currency=None,
        cancel_reason=None,
        source=None,
        position_side=None,
        margin_mode=None,
        order_time=1730211033305000000,
        event_time=1730211033335000000,
    )


def test_an_order_of_futures_field_by_field():
    """A match as the taker: the order is not in the book."""
    assert order("futures order match") == OrderUpdate(
        product="futures",
        symbol="XBTUSDTM",
        order_id="359065448081260544",
        client_oid="hQACydAB7TQAAQAAAAAA",
        side="buy",
        type="limit",
        event="match",
        status="accepted",
        price=Decimal("115600"),
        size=Decimal(1),
        funds=None,
        filled_size=Decimal(1),
        remaining_size=Decimal(0),
        canceled_size=Decimal(0),
        old_size=None,
        average_price=None,
        fill=Fill(
            price=Decimal("115549.8"),
            size=Decimal(1),
            trade_id="1873921404162",
            liquidity="taker",
            fee_type="taker",
        ),
        fee=None,
        fee_currency=None,
        cancel_reason=None,
        source="trade",
        position_side="BOTH",
        margin_mode="CROSS",
        order_time=1758421075935374001,
        event_time=1758421075974000000,
    )


def test_an_order_of_pro_field_by_field():
    """The last fill of an order brings all of it; the fee is that of the whole order."""
    assert order("pro order filled") == OrderUpdate(
        product="spot",
        symbol="BTC-USDT",
        order_id="409225265957388288",
        client_oid="39350f44-56ef-4b91-9788-708d9ed83e95",
        side="buy",
        type="market",
        event="filled",
        status="filled",
        price=None,
        size=Decimal("0.00001"),
        funds=None,
        filled_size=Decimal("0.00001"),
        remaining_size=Decimal(0),
        canceled_size=Decimal(0),
        old_size=None,
        average_price=Decimal(66421),
        fill=Fill(
            price=Decimal(66421),
            size=Decimal("0.00001"),
            trade_id="21105572357619712",
            liquidity="taker",
            fee_type="taker",
        ),
        fee=Decimal("0.00066421"),
        fee_currency="USDT",
        cancel_reason=None,
        source="user",
        position_side=None,
        margin_mode=None,
        order_time=1770380108442909926,
        event_time=1770380108526000000,
    )


@pytest.mark.parametrize(
    ("name", "product", "event", "status", "live"),
    [
        ("spot order received", "spot", "received", "accepted", True),
        ("spot order open", "spot", "open", "resting", True),
        ("spot order match", "spot", "match", "accepted", True),
        ("spot order update", "spot", "update", "resting", True),
        ("spot order filled", "spot", "filled", "filled", False),
        ("spot order canceled", "spot", "canceled", "cancelled", False),
        ("futures order open of one symbol", "futures", "open", "resting", True),
        ("futures order update", "futures", "update", "resting", True),
        ("futures order match", "futures", "match", "accepted", True),
        ("futures order done by a match", "futures", "match", "filled", False),
        ("futures order filled", "futures", "filled", "filled", False),
        ("futures order canceled", "futures", "canceled", "cancelled", False),
        ("pro order open", "futures", "open", "resting", True),
        ("pro order triggered", "spot", "triggered", "accepted", True),
        ("pro order filled", "spot", "filled", "filled", False),
        ("pro order canceled", "futures", "canceled", "cancelled", False),
    ],
)
def test_what_happened_and_where_the_order_stands(name, product, event, status, live):
    """The samples of KuCoin's tables of type and status."""
    told = order(name)

    assert (told.product, told.event, told.status, told.is_live) == (product, event, status, live)


@pytest.mark.parametrize(
    ("event", "status", "meaning"),
    [
        ("match", "open", "resting"),
        ("match", "match", "accepted"),
        ("update", "open", "resting"),
        ("update", "match", "accepted"),
        ("update", "done", "cancelled"),
        ("filled", "done", "filled"),
        ("canceled", "done", "cancelled"),
        ("open", "open", "resting"),
        ("match", "something new", None),
    ],
)
def test_status_of_v1(event, status, meaning):
    """A maker's fill leaves the order in the book, a taker's does not put it there; done is ended by something."""
    assert altered("spot order match", type=event, status=status).status == meaning


@pytest.mark.parametrize(
    ("number", "meaning"),
    [
        (0, "accepted"),
        (1, "accepted"),
        (2, "resting"),
        (3, "filled"),
        (4, "resting"),
        (5, "cancelled"),
        (6, "cancelled"),
        (7, None),
        ("2", "resting"),
    ],
)
def test_status_of_pro(number, meaning):
    """KuCoin documentation, "Order" of the unified account; a new number is not guessed."""
    assert altered("pro order open", os=number).status == meaning


@pytest.mark.parametrize(
    ("word", "event"),
    [
        ("MATCH", "match"),
        ("FILL", "filled"),
        ("CANCEL", "canceled"),
        ("UPDATE", "update"),
        ("NEW_ONE", "new_one"),
    ],
)
def test_events_of_pro_are_named_as_those_of_v1(word, event):
    """A new one is passed on."""
    assert altered("pro order filled", eT=word).event == event


@pytest.mark.parametrize("event", ["CANCEL", "UPDATE", "OPEN", "TRIGGER", None])
def test_only_a_fill_has_a_fill(event):
    """Other events of Pro may repeat the last one: who adds fills up would count it twice."""
    assert altered("pro order filled", eT=event).fill is None


def test_a_fill_of_pro_without_a_size_is_none():
    """Zero stands for absent."""
    assert altered("pro order filled", lS="0").fill is None


def test_the_filled_of_v1_has_no_fill():
    """Its fills came before, each in a match."""
    assert order("spot order filled").fill is None
    assert order("futures order filled").fill is None


def test_the_rate_of_a_fee_is_told_apart_from_the_liquidity():
    """A maker whose counterparty was hidden is told as a taker, and pays a maker's fee."""
    fill = altered("spot order match", liquidity="taker", feeType="makerFee").fill

    assert fill is not None
    assert (fill.liquidity, fill.fee_type) == ("taker", "maker")


def test_what_was_asked_for_stays_when_a_part_is_cancelled():
    """The size before the update is told too."""
    told = order("spot order update")

    assert (told.size, told.old_size, told.remaining_size, told.canceled_size) == (
        Decimal("0.00002"),
        Decimal("0.00002"),
        Decimal("0.00001"),
        Decimal("0.00001"),
    )


def test_an_order_by_funds_has_no_sizes_but_what_was_filled():
    """What remains of it is no size; both generations."""
    v1 = altered("spot order filled", originSize="0", size="0", originFunds="100", remainSize="0")
    pro = altered("pro order filled", qU="QUOTECCY", q="100")

    for told in (v1, pro):
        assert (told.size, told.funds) == (None, Decimal(100))
        assert (told.remaining_size, told.canceled_size) == (None, None)
        assert told.filled_size == Decimal("0.00001")


def test_a_received_order_has_filled_nothing():
    """It is told before it is matched, without sizes."""
    told = order("spot order received")

    assert (told.size, told.filled_size, told.remaining_size) == (Decimal("0.00001"), Decimal(0), None)


def test_margin_orders_say_so_where_the_exchange_does():
    """V1 by their trade type, if it is there; Pro always."""
    assert altered("spot order open", tradeType="MARGIN_TRADE").product == "margin"
    for trade_type in ("MARGIN", "CROSS", "ISOLATED"):
        assert altered("pro order open", tT=trade_type).product == "margin"


def test_a_liquidation_says_so():
    """Nobody ordered it."""
    assert order("futures liquidation").source == "liquid"


def test_an_order_without_a_type_is_an_order():
    """KuCoin's example of futures has none."""
    assert order("futures order open of one symbol").type is None


def test_the_reason_of_a_cancel_is_as_the_exchange_writes_it():
    """The list of reasons is open."""
    told = order("pro order canceled")

    assert (told.cancel_reason, told.canceled_size, told.remaining_size) == ("USER", Decimal(1), Decimal(0))


@pytest.mark.parametrize(
    "sent", [1730211033, 1730211033000, 1730211033000000, 1730211033000000000, "1730211033000"]
)
def test_a_time_is_nanoseconds_whatever_it_was(sent):
    """It was captured as milliseconds and as nanoseconds."""
    assert altered("spot order open", orderTime=sent).order_time == 1730211033000000000


def test_an_execution_field_by_field():
    """A spot fill as Pro tells it."""
    assert update(push("pro execution")).data == Execution(
        symbol="BTC-USDT",
        order_id="6981b2a91c6fcb0007422784",
        client_oid=None,
        side="buy",
        type="market",
        price=Decimal("78823.6"),
        size=Decimal("0.00001"),
        trade_id="21002796345212928",
        liquidity="taker",
        fee=Decimal("0.000788236"),
        fee_currency="USDT",
        kind=None,
        time=1770107561258000000,
    )


def test_an_execution_without_an_order_and_one_without_a_fee():
    """Auto-deleveraging has no type; the lite stream has neither fee nor kind, and a number for an id."""
    adl, lite = update(push("pro adl")).data, update(push("pro execution, lite")).data

    assert isinstance(adl, Execution)
    assert (adl.kind, adl.order_id, adl.type, adl.liquidity, adl.fee) == ("adl", "0", None, None, Decimal(0))
    assert isinstance(lite, Execution)
    assert (lite.trade_id, lite.fee, lite.kind) == ("22075878662488064", None, None)


def test_no_field_of_an_order_is_a_float():
    """Money does not pass through a binary number."""
    values = [
        value for name in ("spot order match", "pro order filled") for value in attrs.astuple(order(name))
    ]

    assert not [value for value in values if isinstance(value, float)]
