"""The option ``pacing``: what is sent when, what waits, what is refused; with an exchange that keeps count."""

from __future__ import annotations

import threading
import time
from concurrent.futures import wait
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from protocol_support import SPOT, failures, log_in, make_call
from scripted_exchange import PATIENCE, Connection, ScriptedExchange, eventually

from kucoin_wsapi import (
    ConfigurationError,
    Options,
    PacingError,
    Quota,
    RateLimitedError,
    WebsocketAPIClient,
    WebsocketClient,
)
from kucoin_wsapi._calls import Call
from kucoin_wsapi._pacing import Pacer, charge_of
from kucoin_wsapi._protocol import OrderProtocol
from kucoin_wsapi._quotas import Quotas
from kucoin_wsapi.responses import RateLimit

LIMIT, WINDOW = 20, 0.5  # of the exchange below: requests in so many seconds


def order(name: str, now: float = 0.0, *, op: str = "spot.order", args: Any = None, **times: float) -> Call:
    """A call with its charge, as the client makes it."""
    call = make_call(name, now=now, op=op, **{"timeout": 600, "max_send_delay": 600, **times})  # type: ignore[arg-type]  # floats
    call.charge = charge_of(op, {"clientOid": f"oid-{name}"} if args is None else args)
    return call


def cancel(name: str, of: str, now: float = 0.0) -> Call:
    """The cancel of the order ``of``."""
    return order(name, now, op="spot.cancel", args={"symbol": "BTC-USDT", "clientOid": f"oid-{of}"})


def paced_protocol(quotas: Quotas, *, waits: bool = True, **options: Any) -> OrderProtocol:
    """READY at 0."""
    protocol = OrderProtocol(SPOT, Options(**options), random=lambda: 0.5, pacer=Pacer(quotas, waits=waits))
    protocol.life.open(0)
    protocol.life.upgraded(protocol.life.generation)
    log_in(protocol, 0)
    return protocol


def submitted(protocol: OrderProtocol, call: Call, now: float) -> bool:
    """Whether it was written at once."""
    sent = protocol.submit(call, now, writable=True)
    call.written = sent
    return sent


def sent(protocol: OrderProtocol, now: float) -> list[str]:
    """What the owner writes at ``now``."""
    protocol.expire(now)
    ids = []
    while (call := protocol.next_to_send(now)) is not None:
        call.written = True
        ids.append(call.id)
    return ids


# What waits


def test_what_has_no_room_waits_until_there_is() -> None:
    """In its order, woken at the end of the window; and nothing is asked before."""
    quotas = Quotas()
    quotas.reported("spot", RateLimit(10, 10, 30_000), 0)
    protocol = paced_protocol(quotas)

    at_once = [submitted(protocol, order(f"r{number}"), 0) for number in range(14)]

    assert at_once == [True] * 10 + [False] * 4  # a twentieth of ten is nothing
    assert sent(protocol, 1) == []
    assert protocol.next_deadline() == 18  # the ping
    assert sent(protocol, 18) == []
    protocol.life.heartbeat.heard()
    assert protocol.next_deadline() == 30
    assert sent(protocol, 29.9) == []
    assert sent(protocol, 30) == ["r10", "r11", "r12", "r13"]


def test_a_cancel_goes_ahead_of_the_orders_that_wait() -> None:
    """In the order of the cancels."""
    quotas = Quotas()
    quotas.refused("spot", 30, 0)
    protocol = paced_protocol(quotas)
    for call in (order("a"), order("b"), cancel("c", of="x"), order("d"), cancel("e", of="y")):
        assert not submitted(protocol, call, 0)

    assert sent(protocol, 30) == ["c", "e", "a", "b", "d"]


def test_a_cancel_does_not_overtake_its_own_order() -> None:
    """Else the exchange would not know the order yet, refuse the cancel, and then place the order."""
    quotas = Quotas()
    quotas.refused("spot", 30, 0)
    protocol = paced_protocol(quotas)
    batch = {"clientOidsList": [{"symbol": "X", "clientOid": "oid-z"}, {"symbol": "X", "clientOid": "oid-b"}]}
    for call in (
        order("a"),
        order("b"),
        cancel("cancel-a", of="a"),
        order("batch", op="futures.multi_cancel", args=batch),
        cancel("other", of="x"),
    ):
        assert not submitted(protocol, call, 0)

    assert sent(protocol, 30) == ["other", "a", "b", "cancel-a", "batch"]


def test_a_cancel_does_not_overtake_its_own_order_when_what_named_it_later_has_left_the_queue() -> None:
    """An amend, say, that was withdrawn or had less time: the order that it was for is there still."""
    quotas = Quotas()
    quotas.refused("spot", 30, 0)
    protocol = paced_protocol(quotas)
    submitted(protocol, order("a"), 0)
    submitted(protocol, order("modify", op="spot.modify", args={"clientOid": "oid-a"}), 0)
    assert protocol.withdraw("modify")
    submitted(protocol, cancel("c", of="a"), 0)

    assert sent(protocol, 30) == ["a", "c"]


def test_a_cancel_may_go_ahead_once_its_order_has_left_the_queue() -> None:
    """Sent, or withdrawn by the user."""
    quotas = Quotas()
    quotas.refused("spot", 30, 0)
    protocol = paced_protocol(quotas)
    submitted(protocol, order("a"), 0)
    submitted(protocol, order("b"), 0)
    assert protocol.withdraw("a")
    submitted(protocol, cancel("c", of="a"), 0)

    assert sent(protocol, 30) == ["c", "b"]


def test_an_order_in_a_batch_is_not_overtaken_by_its_cancel() -> None:
    """A batch names many."""
    quotas = Quotas()
    quotas.refused("futures", 30, 0)
    protocol = paced_protocol(quotas)
    batch = [{"clientOid": "oid-a"}, {"clientOid": "oid-b"}]
    submitted(protocol, order("batch", op="futures.multi_order", args=batch), 0)
    submitted(protocol, order("c", op="futures.cancel", args={"symbol": "X", "clientOid": "oid-b"}), 0)

    assert sent(protocol, 30) == ["batch", "c"]


def test_what_waits_too_long_is_not_sent_and_says_why() -> None:
    """As long as ``max_send_delay``; with the time until there is room."""
    quotas = Quotas()
    quotas.refused("spot", 30, 0)
    protocol = paced_protocol(quotas)
    submitted(protocol, order("a", max_send_delay=3), 0)
    assert sent(protocol, 1) == []

    (error,) = failures(protocol.expire(3)).values()

    assert type(error) is PacingError
    assert error.reset_after == pytest.approx(27)
    assert "rate limit" in str(error)
    assert "not sent" in str(error)


def test_a_lost_connection_holds_nothing() -> None:
    """What waits then waits for the connection; the messages of the next one are counted anew."""
    protocol = paced_protocol(Quotas())
    for number in range(95):
        assert submitted(protocol, order(f"r{number}"), 0)
    assert not submitted(protocol, order("waits"), 0)
    assert sent(protocol, 0) == []
    protocol.life.lost(protocol.life.generation, OSError("gone"), 1)
    protocol.expire(1)
    assert protocol.next_deadline() > 1
    protocol.life.upgraded(protocol.life.generation)
    log_in(protocol, 2)

    assert sent(protocol, 2) == ["waits"]


@settings(derandomize=True, max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["order", "cancel"]), st.floats(0, 0.4)), min_size=120, max_size=400)
)
def test_no_ten_seconds_see_more_than_a_hundred_messages(steps: list[tuple[str, float]]) -> None:
    """Of one connection, whatever is asked of it when; and nothing waits that could go."""
    protocol, now, times = paced_protocol(Quotas(), ping_interval=1e6), 0.0, []
    for number, (kind, pause) in enumerate(steps):
        now += pause
        times += [now] * len(sent(protocol, now))
        call = order(f"r{number}", now) if kind == "order" else cancel(f"r{number}", of="x", now=now)
        times += [now] * submitted(protocol, call, now)
    while protocol.calls.queued:
        now = protocol.next_deadline()
        released = sent(protocol, now)
        times += [now] * len(released)
    assert len(times) == len(steps)
    for earlier, later in zip(times, times[100:], strict=False):
        assert later - earlier >= 10 - 1e-6


# What is refused


def test_what_has_no_room_is_refused_at_once() -> None:
    """Orders first; cancels have a share of their own."""
    protocol = paced_protocol(Quotas(), waits=False)
    for number in range(95):
        assert submitted(protocol, order(f"r{number}"), 0)

    with pytest.raises(PacingError) as caught:
        protocol.submit(order("late"), 4, writable=True)
    assert caught.value.reset_after == pytest.approx(6)
    assert all(submitted(protocol, cancel(f"c{number}", of="x"), 4) for number in range(5))
    with pytest.raises(PacingError):
        protocol.submit(cancel("c6", of="x"), 4, writable=True)
    assert submitted(protocol, order("in time"), 10)


def test_what_waits_for_a_connection_counts_as_messages_of_that() -> None:
    """It is sent in one go, however long ago it was asked for: no more of it than a connection may carry."""
    protocol = OrderProtocol(SPOT, Options(), random=lambda: 0.5, pacer=Pacer(Quotas(), waits=False))
    protocol.life.open(0)
    for number in range(95):
        assert not submitted(protocol, order(f"r{number}"), 0)
    with pytest.raises(PacingError) as caught:
        protocol.submit(order("much later"), 20, writable=False)
    assert caught.value.reset_after == pytest.approx(10)
    protocol.life.upgraded(protocol.life.generation)
    log_in(protocol, 30)
    assert len(sent(protocol, 30)) == 95

    with pytest.raises(PacingError) as caught:
        protocol.submit(order("at once"), 31, writable=True)
    assert caught.value.reset_after == pytest.approx(9)
    assert submitted(protocol, order("in time"), 40)


def test_a_pacing_that_does_not_exist_is_refused() -> None:
    """By name."""
    with pytest.raises(ConfigurationError, match="pacing: one of off, wait, raise"):
        Options(pacing="on")


# With an exchange


class CountingExchange(ScriptedExchange):
    """Takes ``LIMIT`` requests in a window of ``WINDOW`` seconds, reports what is left, and refuses the rest."""

    def __init__(self) -> None:
        super().__init__(self._count)
        self.refused = 0
        self._used, self._ends = 0, 0.0
        self.lock = threading.Lock()

    def _count(self, connection: Connection, request: dict[str, Any]) -> None:
        with self.lock:
            now = time.monotonic()
            if now >= self._ends:
                self._used, self._ends = 0, now + WINDOW
            taken = self._used < LIMIT
            self._used += taken
            limit = {
                "limit": LIMIT,
                "remaining": LIMIT - self._used,
                "reset": round((self._ends - now) * 1000) + 1,
            }
        answer = {"id": request["id"], "op": request["op"], "userRateLimit": limit}
        if taken:
            connection.send(answer | {"code": "200000", "data": {"orderId": request["id"]}})
        else:
            self.refused += 1
            connection.send(answer | {"code": "429000", "msg": "Too many requests"})


ORDER = {"symbol": "BTC-USDT", "side": "buy", "type": "limit", "price": "1", "size": "1"}


def test_waiting_keeps_a_busy_program_within_the_limit() -> None:
    """From several threads; after the first report nothing is refused, and all of it gets there."""
    with (
        CountingExchange() as exchange,
        WebsocketClient(**exchange.client_options(), pacing="wait", max_send_delay=60) as client,
    ):
        client.send_ws_api_request(SPOT, "spot.order", ORDER).result(PATIENCE)
        futures: list[Any] = []

        def submit() -> None:
            futures.extend(
                client.send_ws_api_request(SPOT, "spot.order", ORDER, timeout=60) for _ in range(30)
            )

        threads = [threading.Thread(target=submit) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        done, _ = wait(futures, PATIENCE)

        assert len(done) == len(futures) == 90
        assert [future.exception() for future in futures if future.exception()] == []
        assert exchange.refused == 0


def test_an_answer_that_reports_room_lets_go_what_waits() -> None:
    """At once, whatever was known when it began to wait: no timer and no ping is needed."""
    held: list[tuple[Connection, dict[str, Any]]] = []

    def answer(connection: Connection, request: dict[str, Any]) -> None:
        if not held:
            held.append((connection, request))
        else:
            connection.send({"id": request["id"], "op": request["op"], "code": "200000", "data": {}})

    with (
        ScriptedExchange(answer) as exchange,
        WebsocketClient(
            **exchange.client_options(),
            pacing="wait",
            **dict.fromkeys(("max_send_delay", "ping_interval", "connect_timeout"), 600.0),
        ) as client,
    ):
        first = client.send_ws_api_request(SPOT, "spot.order", ORDER, timeout=60)
        eventually(lambda: held, "the first order")
        client._quotas.reported("spot", RateLimit(10, 0, 600_000), time.monotonic())
        second = client.send_ws_api_request(SPOT, "spot.order", ORDER, timeout=60)
        eventually(lambda: client._connections[SPOT]._loop.sleeps_until > 0, "a loop that waits")
        assert len(exchange.requests) == 1

        connection, request = held[0]
        limit = {"limit": 10, "remaining": 9, "reset": 500}
        connection.send(
            {"id": request["id"], "op": request["op"], "code": "200000", "data": {}, "userRateLimit": limit}
        )
        assert first.result(PATIENCE).code == second.result(PATIENCE).code == "200000"


def test_raising_tells_at_once_and_sends_nothing() -> None:
    """The exchange never sees what it would refuse."""
    with (
        CountingExchange() as exchange,
        WebsocketClient(**exchange.client_options(), pacing="raise") as client,
    ):
        client.send_ws_api_request(SPOT, "spot.order", ORDER).result(PATIENCE)
        outcomes = [
            client.send_ws_api_request(SPOT, "spot.order", ORDER).exception(PATIENCE) for _ in range(LIMIT)
        ]
        kinds = {type(error) for error in outcomes if error is not None}
        assert kinds <= {PacingError}
        assert exchange.refused == 0
        assert len(exchange.requests) == 1 + sum(error is None for error in outcomes)


def test_without_pacing_the_exchange_refuses_and_says_when_to_come_again() -> None:
    """And what it reports can be asked for."""
    with CountingExchange() as exchange, WebsocketAPIClient(**exchange.client_options()) as client:
        assert client.rate_limits == {}
        futures = [client.submit_new_spot_order(**ORDER) for _ in range(LIMIT + 5)]
        errors = [error for future in futures if (error := future.exception(PATIENCE)) is not None]

        assert {type(error) for error in errors} <= {RateLimitedError}
        assert len(errors) == exchange.refused
        for error in errors:
            assert isinstance(error, RateLimitedError)
            assert error.reset_after is not None
            assert 0 < error.reset_after <= WINDOW + 0.01
        eventually(lambda: set(client.rate_limits) == {"spot"}, "the report")
        quota = client.rate_limits["spot"]
        assert isinstance(quota, Quota)
        assert quota.limit == LIMIT
        eventually(lambda: client.rate_limits["spot"] == Quota(LIMIT, LIMIT, 0.0), "the end of the window")
