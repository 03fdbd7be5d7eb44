"""``client.track_order`` against the ledger of the sandbox."""

from __future__ import annotations

import threading
from decimal import Decimal
from typing import Any

import pytest
from desk import PATIENCE, Desk, open_desk
from scripted_exchange import eventually

from kucoin_wsapi import (
    InsufficientFundsError,
    InvalidRequestError,
    OrderTracker,
    TrackedOrder,
    TrackingTimeoutError,
    WebsocketAPIClient,
    WsKey,
)

RANKS = {"submitted": 0, "accepted": 1, "resting": 2, "filled": 3, "cancelled": 3, "never_placed": 3}


def shown(tracker: OrderTracker) -> list[TrackedOrder]:
    """Everything that is shown from now on."""
    orders: list[TrackedOrder] = []
    tracker.on_change(orders.append)
    return orders


@pytest.mark.parametrize("timing", ["before", "after", "random"])
def test_a_resting_order_is_followed_to_its_last_fill(timing: str) -> None:
    """Whether its updates come before its answer or after; with every fill, once."""
    with open_desk(push_timing=timing) as desk:
        tracker = desk.client.track_order(desk.buy("0.01"))
        orders = shown(tracker)
        assert tracker.wait("resting", PATIENCE).state == "resting"
        desk.fill("0.004")
        part = tracker.wait("partly_filled", PATIENCE)
        desk.fill("0.006")
        done = tracker.wait(timeout=PATIENCE)

        assert (part.filled_size, part.is_done) == (Decimal("0.004"), False)
        assert (done.state, done.filled_size, done.average_price) == ("filled", Decimal("0.01"), 50000)
        assert [fill.size for fill in done.fills] == [Decimal("0.004"), Decimal("0.006")]
        assert {fill.trade_id for fill in done.fills} == {fill.trade_id for fill in desk.sandbox.fills}
        assert done.unseen_size == 0
        ranks = [RANKS[order.state] for order in orders]
        assert ranks == sorted(ranks)


@pytest.mark.parametrize("ids", ["future", "client_oid", "order_id"])
@pytest.mark.parametrize("when", ["resting", "done"])
def test_an_order_is_found_by_whatever_names_it_even_when_all_is_over(
    desk: Desk, ids: str, when: str
) -> None:
    """What happened before it was tracked is looked up, fills included."""
    future = desk.buy("0.01")
    ack = future.result().data
    desk.fill("0.004")
    if when == "done":
        desk.fill("0.006")
    named: dict[str, dict[str, Any]] = {
        "future": {"order": future},
        "client_oid": {"order": ack.client_oid, "product": "spot", "symbol": "BTC-USDT"},
        "order_id": {"order_id": ack.order_id, "product": "spot", "symbol": "BTC-USDT"},
    }
    tracker = desk.client.track_order(**named[ids])
    tracker.wait("partly_filled", PATIENCE)
    if when == "resting":
        desk.fill("0.006")
    order = tracker.wait(timeout=PATIENCE)

    assert (order.state, order.order_id, order.filled_size) == ("filled", ack.order_id, Decimal("0.01"))
    assert [fill.size for fill in order.fills] == [Decimal("0.004"), Decimal("0.006")]


def futures_order(desk: Desk) -> Any:
    """One that rests."""
    return desk.client.submit_futures_order(
        symbol="XBTUSDTM", side="buy", type="limit", price="66000", size=3, leverage=3
    )


def margin_order(desk: Desk) -> Any:
    """One that rests."""
    return desk.client.submit_margin_order(
        symbol="BTC-USDT", side="buy", type="limit", price="50000", size="0.01"
    )


def uta_order(desk: Desk) -> Any:
    """One that rests."""
    return desk.client.submit_uta_order(
        trade_type="SPOT", symbol="BTC-USDT", side="BUY", order_type="LIMIT", price="50000", size="0.01"
    )


@pytest.mark.parametrize(
    ("place", "key"),
    [
        (futures_order, WsKey.FUTURES_PRIVATE_V1),
        (margin_order, WsKey.SPOT_PRIVATE_V1),
        (uta_order, WsKey.PRIVATE_PRO_V2),
    ],
)
def test_every_product_is_followed_on_its_own_stream(desk: Desk, place: Any, key: WsKey) -> None:
    """Margin orders are on the stream of spot; those of the unified account on Pro's."""
    tracker = desk.client.track_order(place(desk))
    assert tracker.wait("resting", PATIENCE).state == "resting"
    desk.client.get_ws_client().connect(key)
    if key is WsKey.FUTURES_PRIVATE_V1:
        desk.other.submit_futures_order(
            symbol="XBTUSDTM", side="sell", type="limit", price="66000", size=3, leverage=3
        ).result()
    else:
        desk.fill("0.01")
    order = tracker.wait(timeout=PATIENCE)

    truth = desk.truth(order.order_id)
    assert (order.state, order.filled_size) == ("filled", truth.filled_size)
    assert order.average_price == truth.average_price
    assert len(desk.client.get_ws_client().subscriptions(key)) == 1


@pytest.mark.parametrize(
    ("place", "named"),
    [
        (futures_order, {"product": "futures"}),
        (margin_order, {"product": "margin", "symbol": "BTC-USDT"}),
        (uta_order, {"product": "uta", "symbol": "BTC-USDT", "trade_type": "SPOT"}),
    ],
)
def test_an_order_of_every_product_that_is_over_is_looked_up_with_its_fills(
    desk: Desk, place: Any, named: dict[str, Any]
) -> None:
    """REST has no fills of the unified account: how much is missing is said."""
    order_id = place(desk).result().data.order_id
    if named["product"] == "futures":
        desk.other.submit_futures_order(
            symbol="XBTUSDTM", side="sell", type="limit", price="66000", size=3, leverage=3
        ).result()
    else:
        desk.fill("0.01")
    order = desk.client.track_order(order_id=order_id, **named).wait(timeout=PATIENCE)

    truth = desk.truth(order_id)
    assert (order.state, order.filled_size, order.average_price) == (
        "filled",
        truth.filled_size,
        truth.average_price,
    )
    assert (order.fee, order.fee_currency) == (truth.fee, truth.fee_currency)
    assert (order.side, order.type, order.price) == ("buy", "limit", truth.terms.price)
    assert order.unseen_size == (truth.filled_size if named["product"] == "uta" else 0)


def test_an_order_that_is_answered_when_it_is_matched_is_as_far_as_that_at_once(desk: Desk) -> None:
    """The sizes of a synchronous order; its fills follow."""
    desk.other.submit_sync_spot_order(
        symbol="BTC-USDT", side="sell", type="limit", price="50000", size="0.01"
    ).result()
    future = desk.client.submit_sync_spot_order(
        symbol="BTC-USDT", side="buy", type="limit", price="50000", size="0.01"
    )
    tracker = desk.client.track_order(future)
    order = tracker.wait(timeout=PATIENCE)
    eventually(lambda: not tracker.order.unseen_size)

    assert (order.state, order.filled_size) == ("filled", Decimal("0.01"))
    assert len(tracker.order.fills) == 1


def test_raw_requests_are_followed_too(desk: Desk) -> None:
    """Their answers are raw, under the exchange's names; without a client id they are known by the answer."""
    args = {"symbol": "BTC-USDT", "side": "buy", "type": "limit", "price": "50000", "size": "0.01"}
    ws_client = desk.client.get_ws_client()
    tracker = ws_client.track_order(ws_client.send_ws_api_request("wsApiSpotV1", "spot.order", args))
    order = tracker.wait("resting", PATIENCE)
    desk.fill("0.01")

    assert (order.client_oid, order.side, order.type) == (None, "buy", "limit")
    assert tracker.wait(timeout=PATIENCE).state == "filled"


def test_one_subscription_serves_all(desk: Desk) -> None:
    """However many are followed; and it is told once to whoever listens to updates."""
    trackers = [desk.client.track_order(desk.buy("0.001", str(40000 + number))) for number in range(20)]
    ids = {tracker.wait("resting", PATIENCE).order_id for tracker in trackers}

    assert len(ids) == 20
    assert desk.client.get_ws_client().subscriptions("spotPrivateV1") == ("/spotMarket/tradeOrdersV2",)


def test_an_order_that_was_refused_was_never_placed(desk: Desk) -> None:
    """The reason is with it; nothing is asked for."""
    tracker = desk.client.track_order(desk.buy("9000"))
    order = tracker.wait(timeout=PATIENCE)

    assert order.state == "never_placed"
    assert isinstance(order.error, InsufficientFundsError)


def test_a_cancel_that_meets_a_fill_ends_in_what_the_exchange_did(desk: Desk) -> None:
    """Both are on their way at once, again and again; the ledger decides."""
    for _ in range(12):
        tracker = desk.client.track_order(desk.buy("0.01"))
        order_id = tracker.wait("accepted", PATIENCE).order_id
        filler = threading.Thread(target=desk.fill, args=("0.006",))
        filler.start()
        desk.client.cancel_spot_order(symbol="BTC-USDT", order_id=order_id)
        order = tracker.wait(timeout=PATIENCE)
        filler.join()
        desk.other.submit_sync_spot_order(
            symbol="BTC-USDT", side="buy", type="market", funds="1000"
        ).exception()

        truth = desk.truth(order_id)
        assert order.state == "cancelled"
        assert (order.filled_size, order.canceled_size) == (truth.filled_size, truth.canceled_size)


def test_a_modify_is_followed_by_client_id_and_named_by_order_id(desk: Desk) -> None:
    """The same client id, another order id."""
    future = desk.buy("0.01")
    by_client_id = desk.client.track_order(future)
    order_id = by_client_id.wait("resting", PATIENCE).order_id
    by_order_id = desk.client.track_order(order_id=order_id, product="spot", symbol="BTC-USDT")
    by_order_id.wait("resting", PATIENCE)
    orders = shown(by_client_id)
    answer = desk.client.modify_spot_order(symbol="BTC-USDT", order_id=order_id, new_price="51000").result()
    by_order_id.wait(timeout=PATIENCE)
    eventually(lambda: by_order_id.order.replaced_by)
    old = by_order_id.order
    desk.fill("0.01", "51000")
    new = by_client_id.wait(timeout=PATIENCE)

    assert (old.state, old.order_id, old.replaced_by) == ("cancelled", order_id, answer.data.new_order_id)
    assert (new.state, new.order_id, new.average_price) == ("filled", answer.data.new_order_id, 51000)
    assert new.previous is not None
    assert new.previous.order_id == order_id
    assert "cancelled" not in {order.state for order in orders}


@pytest.mark.parametrize("by", ["client_oid", "order_id"])
def test_a_modify_by_another_program_is_named_and_not_followed(desk: Desk, by: str) -> None:
    """It cannot be told from a cancel, and a new order that uses the client id again."""
    ack = desk.buy("0.01").result().data
    named = {"order": ack.client_oid} if by == "client_oid" else {"order_id": ack.order_id}
    tracker = desk.client.track_order(**named, product="spot", symbol="BTC-USDT")
    tracker.wait("resting", PATIENCE)
    eventually(lambda: tracker.is_streamed)
    with WebsocketAPIClient(**desk.sandbox.client_options(), attach_event_listeners=False) as program:
        answer = program.modify_spot_order(
            symbol="BTC-USDT", order_id=ack.order_id, new_price="51000"
        ).result()
    eventually(lambda: tracker.order.replaced_by)

    assert (tracker.order.state, tracker.order.order_id) == ("cancelled", ack.order_id)
    assert tracker.order.replaced_by == answer.data.new_order_id


def test_a_wait_that_is_over_says_how_far_the_order_is(desk: Desk) -> None:
    """And can be done again."""
    tracker = desk.client.track_order(desk.buy("0.01"))
    tracker.wait("resting", PATIENCE)
    with pytest.raises(TrackingTimeoutError, match=r"not done after 0\.05 s.*resting") as caught:
        tracker.wait(timeout=0.05)
    desk.fill("0.01")

    assert caught.value.order.state == "resting"
    assert tracker.wait(timeout=PATIENCE).state == "filled"


def test_iterating_ends_with_the_order(desk: Desk) -> None:
    """Each is newer than the one before."""
    tracker = desk.client.track_order(desk.buy("0.01"))
    states = []
    for order in tracker:
        states.append(order.state)
        if order.state == "resting" and states.count("resting") == 1:
            desk.fill("0.01")

    assert states[-1] == "filled"
    assert [RANKS[state] for state in states] == sorted(RANKS[state] for state in states)


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        ({}, "is needed, one of them"),
        ({"order": "a", "order_id": "b", "product": "spot", "symbol": "BTC-USDT"}, "one of them"),
        ({"order": "a"}, "product: needed"),
        ({"order": 5, "product": "spot"}, "order: a text"),
        ({"order_id": "", "product": "spot"}, "order_id: a text"),
        ({"order": "a", "product": "stocks", "symbol": "X"}, "product: one of"),
        ({"order": "a", "product": "spot"}, "symbol: needed"),
        ({"order": "a", "product": "uta", "symbol": "BTC-USDT"}, "trade_type: needed"),
    ],
)
def test_what_names_no_order_is_refused_at_once(desk: Desk, arguments: dict[str, Any], what: str) -> None:
    """With the rule."""
    with pytest.raises(InvalidRequestError, match=what):
        desk.client.track_order(**arguments)


def test_a_batch_or_a_cancel_is_no_new_order(desk: Desk) -> None:
    """Its orders have client ids."""
    cancel = desk.client.cancel_spot_order(symbol="BTC-USDT", client_oid="nothing")
    with pytest.raises(InvalidRequestError, match="client_oid"):
        desk.client.track_order(cancel)
    cancel.exception()


def test_a_stage_that_there_is_not_is_refused(desk: Desk) -> None:
    """The known ones are named."""
    tracker = desk.client.track_order(desk.buy("0.01"))
    with pytest.raises(InvalidRequestError, match="accepted, resting, partly_filled, done"):
        tracker.wait("filed")  # type: ignore[arg-type]  # the mistake
