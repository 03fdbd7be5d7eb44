"""Requests as values: built from keywords, frozen, and named by a client_oid."""

import pickle
from typing import get_args

import attrs
import pytest
from order_samples import FUTURES_LIMIT, MINIMAL, SPOT_LIMIT, UTA_LIMIT

from kucoin_wsapi import orders
from kucoin_wsapi.exceptions import InvalidRequestError
from kucoin_wsapi.orders import (
    FuturesBatchOrder,
    FuturesOrder,
    MarginOrder,
    SpotOrder,
    UtaOrder,
    build,
    with_client_oid,
)


def test_uta_words_are_taken_in_any_letter_case():
    """The unified account spells its words in capitals, whatever the caller does."""
    order = UtaOrder(
        trade_type="futures",
        symbol="XBTUSDTM",
        side="buy",
        order_type="Limit",
        size="1",
        price="2",
        size_unit="unit",
        time_in_force="gtc",
        stp="cn",
        position_side="both",
        margin_mode="cross",
        trigger_direction="down",
        trigger_price="1",
        trigger_price_type="mp",
    )

    assert [order.trade_type, order.side, order.order_type, order.size_unit] == [
        "FUTURES",
        "BUY",
        "LIMIT",
        "UNIT",
    ]
    assert [order.time_in_force, order.stp, order.position_side] == ["GTC", "CN", "BOTH"]
    assert [order.margin_mode, order.trigger_direction, order.trigger_price_type] == ["CROSS", "DOWN", "MP"]


@pytest.mark.parametrize(("request_class", "fields"), MINIMAL)
def test_an_unknown_keyword_is_named_and_the_known_are_listed(request_class, fields):
    """A misspelt keyword never reaches the exchange, where it would be ignored."""
    with pytest.raises(InvalidRequestError, match="clientOid: no such field; the fields of ") as caught:
        build(request_class, fields | {"clientOid": "a"})

    assert caught.value.field == "clientOid"
    assert all(name in str(caught.value) for name in attrs.fields_dict(request_class))


@pytest.mark.parametrize(
    ("request_class", "fields", "missing"),
    [
        (request_class, fields, attribute.name)
        for request_class, fields in MINIMAL
        for attribute in attrs.fields(request_class)
        if attribute.default is attrs.NOTHING
    ],
)
def test_a_missing_required_keyword_is_named(request_class, fields, missing):
    """What is always needed is named when it is missing."""
    given = {name: value for name, value in fields.items() if name != missing}

    with pytest.raises(InvalidRequestError, match=f"^{missing}: needed, but it is missing") as caught:
        build(request_class, given)

    assert missing == caught.value.field


def test_a_failure_of_the_callers_iterable_is_passed_on():
    """A TypeError from the caller's own generator is not mistaken for a wrong keyword."""

    def broken():
        yield None + 1

    with pytest.raises(TypeError, match="unsupported operand"):
        build(FuturesBatchOrder, {"orders": broken()})


def test_a_batch_takes_any_iterable():
    """A generator of orders becomes a tuple."""
    order = FuturesOrder(**FUTURES_LIMIT)

    batch = FuturesBatchOrder(orders=(order for _ in range(20)))

    assert (order,) * 20 == batch.orders


@pytest.mark.parametrize(("request_class", "fields"), MINIMAL)
def test_requests_are_values(request_class, fields):
    """They are frozen, hash and compare by value, and survive pickling."""
    request = request_class(**fields)

    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        request.symbol = "ETH-USDT"
    with pytest.raises(TypeError, match="positional"):
        request_class("BTC-USDT")
    assert request_class(**fields) == request
    assert hash(request_class(**fields)) == hash(request)
    assert pickle.loads(pickle.dumps(request)) == request


@pytest.mark.parametrize(
    ("request_class", "fields"),
    [
        (SpotOrder, SPOT_LIMIT),
        (MarginOrder, SPOT_LIMIT),
        (FuturesOrder, FUTURES_LIMIT),
        (UtaOrder, UTA_LIMIT),
    ],
)
def test_a_missing_client_oid_is_filled_in_and_a_given_one_kept(request_class, fields):
    """The request given is not changed; the result differs in the id alone."""
    bare = request_class(**fields)
    named = request_class(**fields, client_oid="mine")

    filled = with_client_oid(bare, lambda: "made-up")

    assert request_class(**fields, client_oid="made-up") == filled
    assert bare.client_oid is None
    assert with_client_oid(named, lambda: "made-up") is named


def test_each_order_of_a_batch_gets_its_own_client_oid():
    """Ids are made in the order of the batch, and only for those that have none."""
    bare = FuturesOrder(**FUTURES_LIMIT)
    named = FuturesOrder(**FUTURES_LIMIT, client_oid="mine")
    new_ids = iter(["a", "b"])

    batch = with_client_oid(FuturesBatchOrder(orders=[bare, named, bare]), lambda: next(new_ids))

    assert [order.client_oid for order in batch.orders] == ["a", "mine", "b"]


@pytest.mark.parametrize(
    ("request_class", "fields"),
    [
        (c, f)
        for c, f in MINIMAL
        if c not in (SpotOrder, MarginOrder, FuturesOrder, UtaOrder, FuturesBatchOrder)
    ],
)
def test_changes_and_cancels_get_no_client_oid(request_class, fields):
    """There the id names an order that exists, so none is made up."""
    request = request_class(**fields)

    assert with_client_oid(request, lambda: "made-up") is request


@pytest.mark.parametrize("request_class", get_args(orders.Request))
def test_every_field_is_documented(request_class):
    """By its name, in the text of its class."""
    assert [name for name in attrs.fields_dict(request_class) if name not in request_class.__doc__] == []


def test_all_names_are_exported():
    """Every request class and helper is importable by name from the public module."""
    assert sorted(orders.__all__) == orders.__all__
    assert {request_class.__name__ for request_class in get_args(orders.Request)} < set(orders.__all__)
    assert all(hasattr(orders, name) for name in orders.__all__)
