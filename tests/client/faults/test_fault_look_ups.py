"""What the chaos suite found wrong with ``resolve``: look-ups that lag, connections that were replaced."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from typing import Any

import pytest

from kucoin_wsapi import (
    AuthenticationError,
    CallError,
    ConnectionEvent,
    DuplicateClientOidError,
    NotSentError,
    OrderNotCancellableError,
    OutcomeUnknownError,
    ResponseFuture,
    WebsocketAPIClient,
    _resolving,
)
from kucoin_wsapi.sandbox import Sandbox

LAG = "look-up-lag:delay=0.5"
LIMIT: dict[str, Any] = {
    "symbol": "BTC-USDT",
    "side": "buy",
    "type": "limit",
    "price": "50000",
    "size": "0.001",
}


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The 8 s of KuCoin are 1.2 s here, which is more than the sandbox lags."""
    monkeypatch.setattr(_resolving, "_UNTIL_CERTAIN", 1.2)
    monkeypatch.setattr(_resolving, "_PAUSES", (0.1,))


@contextmanager
def trading(*faults: str) -> Iterator[tuple[Sandbox, WebsocketAPIClient]]:
    """A sandbox with faults and a client of it."""
    with (
        Sandbox(faults=faults) as sandbox,
        WebsocketAPIClient(**sandbox.client_options(), attach_event_listeners=False) as client,
    ):
        yield sandbox, client


def failure(future: ResponseFuture[Any]) -> CallError:
    """What the call failed with."""
    with pytest.raises(CallError) as caught:
        future.result()
    return caught.value


def test_an_order_that_cannot_be_cancelled_is_not_lost_where_look_ups_lag() -> None:
    """It was filled a moment ago; that it is not found yet does not mean that it never was."""
    with trading(LAG) as (_, client):
        order = client.submit_new_spot_order(
            symbol="BTC-USDT", side="buy", type="market", size="0.001"
        ).result()
        error = failure(client.cancel_spot_order(symbol="BTC-USDT", order_id=order.data.order_id))

        assert type(error) is OrderNotCancellableError
        assert client.resolve(error).order.state == "filled"


def test_the_twin_of_a_duplicate_is_not_lost_where_look_ups_lag() -> None:
    """The refusal itself says that an order with this client id exists."""
    with trading(LAG) as (_, client):
        order = client.submit_new_spot_order(**LIMIT).result().data
        error = failure(client.submit_new_spot_order(**LIMIT, client_oid=order.client_oid))

        assert type(error) is DuplicateClientOidError
        report = client.resolve(error).order
        assert (report.state, report.order_id) == ("resting", order.order_id)


def test_an_order_whose_cancel_was_not_sent_is_not_lost_where_look_ups_lag() -> None:
    """The cancel never left; the order is there all the same."""
    with trading(LAG) as (_, client):
        order = client.submit_new_spot_order(**LIMIT).result().data
        client.get_ws_client().close("wsApiSpotV1")
        error = failure(client.cancel_spot_order(symbol="BTC-USDT", order_id=order.order_id))

        assert isinstance(error, NotSentError)
        assert client.resolve(error).order.state == "resting"


def test_a_call_of_a_connection_that_was_replaced_can_be_resolved() -> None:
    """The order was lost with the first one, the login of the second was refused, the third knows of neither."""
    closed: SimpleQueue[ConnectionEvent] = SimpleQueue()
    with trading("close:executed=no,op=spot.order", "login-error:every=2") as (sandbox, client):
        client.get_ws_client().on("close", closed.put)
        error = failure(client.submit_new_spot_order(**LIMIT))
        assert isinstance(closed.get(timeout=20).reason, AuthenticationError)
        client.connect_ws_api()

        assert isinstance(error, OutcomeUnknownError)
        assert client.resolve(error, timeout=4).order.state == "never_placed"
        assert sandbox.orders == ()


def test_the_generations_of_a_connection_that_was_replaced_are_not_those_of_the_new_one() -> None:
    """Their numbers go on, so that nobody takes the frames of one for those of another."""
    with trading("close:executed=no,every=2,op=spot.order") as (_, client):
        client.submit_new_spot_order(**LIMIT).result()
        lost = failure(client.submit_new_spot_order(**LIMIT))
        client.get_ws_client().close("wsApiSpotV1")
        client.connect_ws_api()
        client.submit_new_spot_order(**LIMIT).result()
        later = failure(client.submit_new_spot_order(**LIMIT))

        assert lost.generation is not None
        assert later.generation is not None
        assert later.generation > lost.generation
