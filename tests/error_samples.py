"""Each exception of the package, as it comes about: on real sockets, from a sandbox that does wrong on purpose."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

from kucoin_wsapi import (
    DeadManSwitch,
    FuturesOrder,
    KucoinError,
    WebsocketAPIClient,
    WsKey,
    _calls,
    _dispatching,
)
from kucoin_wsapi._calls import Call, ResponseFuture
from kucoin_wsapi._messages import Reply
from kucoin_wsapi._outcomes import outcome_of
from kucoin_wsapi.sandbox import Sandbox

RESTING = {"symbol": "BTC-USDT", "side": "buy", "type": "limit", "price": "50000", "size": "0.001"}
LONG = {"symbol": "XBTUSDTM", "side": "buy", "type": "limit", "price": "50000", "size": 1, "leverage": 5}


@contextlib.contextmanager
def trading(*faults: str, market_pace: float = 0.0, **options: Any) -> Iterator[WebsocketAPIClient]:
    """A client of a sandbox of its own."""
    with (
        Sandbox(
            faults=faults, market_pace=market_pace, rate_limits=options.pop("rate_limits", None)
        ) as sandbox,
        WebsocketAPIClient(**{**sandbox.client_options(), **options}, attach_event_listeners=False) as client,
    ):
        yield client


@contextlib.contextmanager
def nobody() -> Iterator[str]:
    """The address of a port that is taken, and where nobody listens."""
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{reserved.getsockname()[1]}"


@contextlib.contextmanager
def alone(**options: Any) -> Iterator[WebsocketAPIClient]:
    """A client that has found out that its exchange is not there."""
    with (
        nobody() as address,
        WebsocketAPIClient(
            "key", "secret", "passphrase", ws_url=f"ws://{address}", rest_url=f"http://{address}",
            attach_event_listeners=False, **options,
        ) as client,
    ):  # fmt: skip
        told(client, lambda: client.submit_new_spot_order(**RESTING, timeout=60))
        yield client


def raised(action: Callable[[], object]) -> KucoinError:
    """What an action raises."""
    try:
        action()
    except KucoinError as error:
        return error
    raise AssertionError("nothing was raised")


def told(client: WebsocketAPIClient, action: Callable[[], object]) -> KucoinError:
    """What an event tells after an action."""
    errors: list[KucoinError] = []
    happened = threading.Event()

    def note(event: Any) -> None:
        errors.append(event.error)
        happened.set()

    client.get_ws_client().on("exception", note)
    action()
    assert happened.wait(20)
    return errors[0]


def order(*faults: str, timeout: float = 10, **fields: Any) -> KucoinError:
    """How an order ends."""
    with trading(*faults) as client:
        client.connect_ws_api()
        return raised(client.submit_new_spot_order(**{**RESTING, **fields}, timeout=timeout).result)


def refused(code: str) -> KucoinError:
    """An order that is refused with a code."""
    return order(f"refusal:code={code}")


def configuration() -> KucoinError:
    return raised(lambda: WebsocketAPIClient(request_timeout=-1))


def invalid_request() -> KucoinError:
    with trading() as client:
        return raised(lambda: client.submit_new_spot_order(**{**RESTING, "price": None}))


def authentication() -> KucoinError:
    with trading(api_key="unknown") as client:
        return raised(client.connect_ws_api)


def transport() -> KucoinError:
    with alone() as client:
        return raised(lambda: client.connect_ws_api(timeout=0.1))


def protocol() -> KucoinError:
    with trading("reply-stray") as client:
        return told(client, client.submit_new_spot_order(**RESTING).result)


def not_ready() -> KucoinError:
    with alone() as client:
        return raised(client.submit_new_spot_order(**RESTING, timeout=0.1).result)


def stale_request() -> KucoinError:
    with alone(max_send_delay=0.1) as client:
        return raised(client.submit_new_spot_order(**RESTING).result)


def too_many_in_flight() -> KucoinError:
    with trading("no-reply", max_in_flight=1, close_timeout=0.1) as client:
        client.submit_new_spot_order(**RESTING)
        return raised(client.submit_new_spot_order(**RESTING).result)


def pacing() -> KucoinError:
    with trading(pacing="raise", rate_limits={"spot": 2}) as client:
        return raised(lambda: [client.submit_new_spot_order(**RESTING).result() for _ in range(3)])


def client_closed() -> KucoinError:
    with trading() as client:
        client.close()
        return raised(client.submit_new_spot_order(**RESTING).result)


def of_another_process(monkeypatch: Any) -> KucoinError:
    with trading("no-reply", close_timeout=0.1) as client:
        future = client.submit_new_spot_order(**RESTING)
        with monkeypatch.context() as patch:
            patch.setattr(_calls.os, "getpid", lambda: -1)
            return raised(future.result)


def replacement_failed() -> KucoinError:
    with trading("refusal:code=400100,op=spot.modify") as client:
        placed = client.submit_new_spot_order(**RESTING).result()
        change = client.modify_spot_order(symbol="BTC-USDT", order_id=placed.data.order_id, new_price="49000")
        return raised(change.result)


def unreadable_reply() -> KucoinError:
    """Made by what judges answers: no fault of the sandbox contradicts itself."""
    future: ResponseFuture[Any] = ResponseFuture("r-1", "spot.order", WsKey.WS_API_SPOT_V1, "mine", print, 0)
    call = Call(
        id="r-1", op="spot.order", ws_key=WsKey.WS_API_SPOT_V1, request=RESTING, response_type=None, client_oid="mine",
        frame=b"", future=future, submitted_at=0.0, deadline=10.0, stale_at=3.0,
    )  # fmt: skip
    raw = {"id": "r-1", "op": "spot.order", "code": "400100", "data": {"orderId": "1"}}
    outcome = outcome_of(call, Reply("r-1", "400100", raw), 1.0, False)
    assert isinstance(outcome, KucoinError)
    return outcome


def order_state() -> KucoinError:
    with trading() as client:
        close = {"symbol": "XBTUSDTM", "type": "market", "close_order": True}
        return raised(client.submit_futures_order(**close).result)


def order_not_cancellable() -> KucoinError:
    with trading() as client:
        return raised(client.cancel_spot_order(symbol="BTC-USDT", client_oid="mine").result)


def duplicate_client_oid() -> KucoinError:
    with trading() as client:
        for _ in range(2):
            future = client.submit_new_spot_order(**RESTING, client_oid="mine")
        return raised(future.result)


def subscription() -> KucoinError:
    with trading() as client:
        key = WsKey.SPOT_PUBLIC_V1
        return raised(client.get_ws_client().subscribe("/market/nothing:BTC-USDT", key).result)


def slow_consumer(monkeypatch: Any) -> KucoinError:
    monkeypatch.setattr(_dispatching, "_MOST_WAITING", 5)
    monkeypatch.setattr(_dispatching, "_FEW_WAITING", 1)
    go_on = threading.Event()
    with trading(market_pace=2000) as client:
        try:
            ws_client = client.get_ws_client()

            def wait(_: object) -> None:
                go_on.wait(20)

            return told(
                client,
                lambda: ws_client.subscribe("/market/level2:BTC-USDT", WsKey.SPOT_PUBLIC_V1, handler=wait),
            )
        finally:
            go_on.set()


def look_up() -> KucoinError:
    with alone() as client:
        return raised(lambda: client.resolve("mine", product="spot", symbol="BTC-USDT", timeout=0.1))


def tracking() -> KucoinError:
    with trading() as client:
        tracker = client.track_order(client.submit_new_spot_order(**RESTING))
        tracker.wait("resting")
        client.close()
        return raised(tracker.wait)


def tracking_timeout() -> KucoinError:
    with trading() as client:
        tracker = client.track_order(client.submit_new_spot_order(**RESTING))
        tracker.wait("resting")
        return raised(lambda: tracker.wait(timeout=0.1))


def dead_man_switch() -> KucoinError:
    with Sandbox() as sandbox:
        options = sandbox.client_options(permissions=["General"])
        switch = DeadManSwitch(timeout=60)
        with WebsocketAPIClient(**options, dead_man_switch=switch, attach_event_listeners=False) as client:
            return raised(client.connect_ws_api)


def batch() -> KucoinError:
    with trading() as client:
        orders = [FuturesOrder(**LONG), FuturesOrder(**{**LONG, "size": 900_000})]
        response = client.submit_multiple_futures_orders(orders).result()
        return raised(response.data.raise_if_any_failed)


SAMPLES: dict[str, Callable[..., KucoinError]] = {
    "ConfigurationError": configuration,
    "InvalidRequestError": invalid_request,
    "AuthenticationError": authentication,
    "TransportError": transport,
    "ProtocolError": protocol,
    "NotReadyError": not_ready,
    "StaleRequestError": stale_request,
    "TooManyInFlightError": too_many_in_flight,
    "PacingError": pacing,
    "ClientClosedError": client_closed,
    "OutcomeUnknownError": of_another_process,
    "ReplyTimeoutError": lambda: order("no-reply", timeout=0.2),
    "ConnectionLostError": lambda: order("close"),
    "ServerFaultError": lambda: order("error:code=500000"),
    "ReplacementFailedError": replacement_failed,
    "UnreadableReplyError": unreadable_reply,
    "RejectedError": lambda: refused("999999"),
    "InvalidOrderError": lambda: order(price="50000.123456789"),
    "OpenOrderLimitError": lambda: refused("200003"),
    "InsufficientFundsError": lambda: order(size="1000"),
    "OrderNotFoundError": lambda: refused("102436"),
    "OrderStateError": order_state,
    "OrderNotCancellableError": order_not_cancellable,
    "DuplicateClientOidError": duplicate_client_oid,
    "MarketUnavailableError": lambda: refused("200001"),
    "PermissionDeniedError": lambda: refused("400007"),
    "RateLimitedError": lambda: refused("429000"),
    "SubscriptionError": subscription,
    "SlowConsumerError": slow_consumer,
    "LookUpError": look_up,
    "TrackingError": tracking,
    "TrackingTimeoutError": tracking_timeout,
    "DeadManSwitchError": dead_man_switch,
    "BatchError": batch,
}
"""By the name of the class. Those that are only caught, because what is raised is of a class below, have none."""
