"""``client.resolve`` against the ledger of the sandbox, with replies, requests and connections that get lost."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import Any

import pytest
from attrs import frozen
from relay import Relay

from kucoin_wsapi import (
    AuthenticationError,
    CallError,
    ConnectionLostError,
    FuturesOrder,
    InvalidRequestError,
    LookUpError,
    NotSentError,
    OrderNotCancellableError,
    OutcomeUnknownError,
    ReplyTimeoutError,
    ResponseFuture,
    WebsocketAPIClient,
    _resolving,
)
from kucoin_wsapi.sandbox import Sandbox

LIMIT: dict[str, Any] = {
    "symbol": "BTC-USDT",
    "side": "buy",
    "type": "limit",
    "price": "50000",
    "size": "0.001",
}
PERPETUAL: dict[str, Any] = {
    "symbol": "XBTUSDTM",
    "side": "buy",
    "type": "limit",
    "price": "50000",
    "size": 1,
}


@frozen
class World:
    """A sandbox, a relay in front of it, and a client that goes through the relay; REST goes straight."""

    sandbox: Sandbox
    relay: Relay
    client: WebsocketAPIClient


@pytest.fixture
def world() -> Iterator[World]:
    """Connected, with timeouts that a test can wait for."""
    with open_world() as opened:
        yield opened


@contextmanager
def open_world(*, clock_offset: float = 0.0) -> Iterator[World]:
    """The clock of the sandbox is ahead by an offset in seconds."""
    with ExitStack() as stack:
        sandbox = stack.enter_context(Sandbox(clock_offset=clock_offset))
        options: dict[str, Any] = {**sandbox.client_options()}
        relay = stack.enter_context(closing(Relay(int(options["ws_url"].rpartition(":")[2]))))
        options["ws_url"] = f"ws://127.0.0.1:{relay.port}"
        client = stack.enter_context(
            WebsocketAPIClient(**options, pong_timeout=0.3, close_timeout=0.1, attach_event_listeners=False)
        )
        client.connect_ws_api("wsApiSpotV1")
        client.connect_ws_api("wsApiFuturesV1")
        yield World(sandbox, relay, client)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The 8 s of KuCoin are 0.6 s here: the sandbox's look-ups do not lag. `test_resolving` holds the rule itself."""
    monkeypatch.setattr(_resolving, "_UNTIL_CERTAIN", 0.6)
    monkeypatch.setattr(_resolving, "_PAUSES", (0.1,))


def unknown(future: ResponseFuture[Any]) -> OutcomeUnknownError:
    """The outcome that is not known."""
    with pytest.raises(OutcomeUnknownError) as caught:
        future.result()
    return caught.value


Place = Callable[[WebsocketAPIClient], ResponseFuture[Any]]


@pytest.mark.parametrize(
    "place",
    [
        lambda client: client.submit_new_spot_order(**LIMIT, timeout=0.3),
        lambda client: client.submit_sync_spot_order(**LIMIT, timeout=0.3),
        lambda client: client.submit_margin_order(**LIMIT, timeout=0.3),
        lambda client: client.submit_futures_order(**PERPETUAL, timeout=0.3),
        lambda client: client.submit_uta_order(
            trade_type="SPOT",
            symbol="BTC-USDT",
            side="BUY",
            order_type="LIMIT",
            price="50000",
            size="0.001",
            timeout=0.3,
        ),
    ],
    ids=["spot", "spot-sync", "margin", "futures", "uta"],
)
def test_an_order_whose_answer_was_lost_is_found(world: World, place: Place) -> None:
    """The call timed out; the order rests, as the ledger has it."""
    world.relay.replies_lost.set()
    error = unknown(place(world.client))

    report = world.client.resolve(error).order

    assert isinstance(error, (ReplyTimeoutError, ConnectionLostError))
    (order,) = world.sandbox.orders
    assert (report.state, report.order_id, report.client_oid) == ("resting", order.order_id, error.client_oid)
    assert (report.price, report.size, report.filled_size) == (order.terms.price, order.terms.size, 0)


def test_a_fill_whose_answer_was_lost_is_found_with_its_price(world: World) -> None:
    """What it cost is in the report."""
    world.relay.replies_lost.set()
    error = unknown(
        world.client.submit_new_spot_order(
            symbol="BTC-USDT", side="buy", type="market", size="0.001", timeout=0.3
        )
    )

    report = world.client.resolve(error).order

    (order,) = world.sandbox.orders
    assert (report.state, report.filled_size) == ("filled", order.filled_size)
    assert report.average_price == order.average_price


@pytest.mark.usefixtures("impatient")
def test_an_order_that_was_lost_with_its_connection_was_never_placed(world: World) -> None:
    """Its bytes left, and never arrived."""
    world.relay.requests_lost.set()
    future = world.client.submit_new_spot_order(**LIMIT)
    world.relay.cut()
    error = unknown(future)

    report = world.client.resolve(error).order

    assert isinstance(error, ConnectionLostError)
    assert (report.state, report.was_placed, report.client_oid) == ("never_placed", False, error.client_oid)
    assert world.sandbox.orders == ()


@pytest.mark.usefixtures("impatient")
def test_an_order_is_not_called_never_placed_while_it_may_still_arrive(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing sent after it was answered, and its connection stands: nobody can know."""
    monkeypatch.setattr(_resolving, "_UNTIL_CERTAIN", 0.0)
    world.relay.requests_lost.set()
    error = unknown(world.client.submit_new_spot_order(**LIMIT, timeout=0.05))

    # The probe that follows a timeout ends this connection after pong_timeout; before that, nothing is certain.
    with pytest.raises(LookUpError):
        world.client.resolve(error, timeout=0.1)
    assert world.client.resolve(error).order.state == "never_placed"


@pytest.mark.usefixtures("impatient")
def test_what_was_not_sent_is_known_at_once(world: World) -> None:
    """One look-up, and no waiting."""
    world.client.close()
    with pytest.raises(NotSentError) as caught:
        world.client.submit_new_spot_order(**LIMIT).result()

    assert world.client.resolve(caught.value).order.state == "never_placed"


def test_a_cancel_whose_answer_was_lost_took_effect(world: World) -> None:
    """The order is cancelled, and the report says with how much filled."""
    order = world.client.submit_new_spot_order(**LIMIT).result().data
    world.relay.replies_lost.set()
    error = unknown(world.client.cancel_spot_order(symbol="BTC-USDT", order_id=order.order_id, timeout=0.3))

    report = world.client.resolve(error).order

    assert (report.state, report.filled_size, report.order_id) == ("cancelled", 0, order.order_id)


@pytest.mark.usefixtures("impatient")
def test_an_order_whose_cancel_was_lost_is_live(world: World) -> None:
    """Once it is certain that the cancel does not come."""
    order = world.client.submit_new_spot_order(**LIMIT).result().data
    world.relay.requests_lost.set()
    future = world.client.cancel_spot_order(symbol="BTC-USDT", order_id=order.order_id)
    world.relay.cut()

    assert world.client.resolve(unknown(future)).order.is_live


@pytest.mark.usefixtures("impatient")
def test_a_cancel_that_was_refused_tells_what_became_of_the_order(world: World) -> None:
    """Filled or cancelled already: the exchange does not say which, the look-up does."""
    order = world.client.submit_new_spot_order(
        symbol="BTC-USDT", side="buy", type="market", funds="100"
    ).result()
    with pytest.raises(OrderNotCancellableError) as caught:
        world.client.cancel_spot_order(symbol="BTC-USDT", order_id=order.data.order_id).result()

    assert world.client.resolve(caught.value).order.state == "filled"


def test_both_orders_of_a_modify_are_reported(world: World) -> None:
    """The old one is cancelled, the new one rests at the new price."""
    order = world.client.submit_new_spot_order(**LIMIT).result().data
    world.relay.replies_lost.set()
    error = unknown(
        world.client.modify_spot_order(
            symbol="BTC-USDT", order_id=order.order_id, new_price="49000", timeout=0.3
        )
    )

    old, new = world.client.resolve(error)

    assert (old.order_id, old.state) == (order.order_id, "cancelled")
    assert (new.order_id, new.state, new.price) == (world.sandbox.orders[-1].order_id, "resting", 49000)


@pytest.mark.usefixtures("impatient")
def test_each_item_of_a_batch_is_reported(world: World) -> None:
    """One was placed, one was refused: the answer that said so was lost."""
    world.relay.replies_lost.set()
    error = unknown(
        world.client.submit_multiple_futures_orders(
            [FuturesOrder(**PERPETUAL), FuturesOrder(**{**PERPETUAL, "price": "90000000"})], timeout=0.3
        )
    )

    placed, refused = world.client.resolve(error)

    assert (placed.state, refused.state) == ("resting", "never_placed")
    with pytest.raises(ValueError, match="2 reports"):
        _ = world.client.resolve(error).order


def test_a_client_oid_is_enough(world: World) -> None:
    """With the product and the symbol, as after a restart of the program."""
    order = world.client.submit_new_spot_order(**LIMIT).result().data

    report = world.client.resolve(order.client_oid, product="spot", symbol="BTC-USDT").order

    assert (report.state, report.order_id) == ("resting", order.order_id)


def test_an_order_without_an_id_cannot_be_resolved(world: World) -> None:
    """A raw request is sent as it is, and this one had no clientOid."""
    world.relay.replies_lost.set()
    raw = world.client.get_ws_client().send_ws_api_request(
        "wsApiSpotV1", "spot.order", dict(LIMIT), timeout=0.3
    )

    with pytest.raises(InvalidRequestError, match="client_oid"):
        world.client.resolve(unknown(raw))


@pytest.mark.parametrize("arguments", [("c-1",), ("c-1", "earn"), (object(),)])
def test_what_cannot_be_resolved_is_refused_at_once(world: World, arguments: tuple[Any, ...]) -> None:
    """With the name of the argument that is missing or wrong."""
    subject, *product = arguments
    with pytest.raises(InvalidRequestError):
        world.client.resolve(subject, product=product[0] if product else None, symbol="BTC-USDT")


def test_without_credentials_nothing_can_be_looked_up() -> None:
    """Said as such."""
    with WebsocketAPIClient() as client, pytest.raises(AuthenticationError, match="no credentials"):
        client.resolve("c-1", product="spot", symbol="BTC-USDT")


def test_an_error_from_another_client_is_resolved_too(world: World) -> None:
    """As when a program has kept it across a restart."""
    world.relay.replies_lost.set()
    error: CallError = unknown(world.client.submit_new_spot_order(**LIMIT, timeout=0.3))

    with WebsocketAPIClient(**world.sandbox.client_options(), attach_event_listeners=False) as other:
        assert other.resolve(error).order.state == "resting"


def test_a_time_window_ends_by_the_clock_of_the_exchange(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ours is 4 s ahead: when the window is over here, the exchange would still take the order for 4 s."""
    monkeypatch.setattr(_resolving, "_AFTER_WINDOW", 0.0)
    monkeypatch.setattr(_resolving, "_UNTIL_CERTAIN", 1000.0)
    monkeypatch.setattr(_resolving, "_PAUSES", (0.1,))
    with open_world(clock_offset=-4.0) as world:
        world.relay.requests_lost.set()
        order = {**LIMIT, "client_timestamp": time.time_ns() // 1_000_000, "allow_max_time_window": 500}
        error = unknown(world.client.submit_new_spot_order(**order, timeout=0.1))

        with pytest.raises(LookUpError):
            world.client.resolve(error, timeout=1.5)
        assert world.client.resolve(error, timeout=10).order.state == "never_placed"


def test_a_time_window_is_not_over_because_our_clock_was_set(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ours jumps an hour ahead after the login: the exchange would still take the order for a minute."""
    monkeypatch.setattr(_resolving, "_AFTER_WINDOW", 0.0)
    monkeypatch.setattr(_resolving, "_UNTIL_CERTAIN", 1000.0)
    monkeypatch.setattr(_resolving, "_PAUSES", (0.1,))
    world.relay.requests_lost.set()
    order = {**LIMIT, "client_timestamp": time.time_ns() // 1_000_000, "allow_max_time_window": 60_000}
    error = unknown(world.client.submit_new_spot_order(**order, timeout=0.1))
    real = time.time_ns
    monkeypatch.setattr(time, "time_ns", lambda: real() + 3_600_000_000_000)

    with pytest.raises(LookUpError, match="may still be on its way"):
        world.client.resolve(error, timeout=0.3)
