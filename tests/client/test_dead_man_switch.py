"""The dead-man switch: armed while the spot connection is ready, ended by a clean close, left to trigger otherwise."""

from __future__ import annotations

import gc
import logging
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from rest_front import Call
from scripted_exchange import PATIENCE, eventually
from switch_stage import (
    LONG,
    REFUSAL,
    SHORT,
    SPOT,
    START,
    Gate,
    Stage,
    held,
    hold_until_the_end,
    lose,
    our_threads,
    place,
    placed_at_once,
    tell_late,
)

from kucoin_wsapi import (
    ConfigurationError,
    ConnectionEvent,
    DeadManSwitch,
    DeadManSwitchError,
    Options,
    WebsocketClient,
    WsKey,
)
from kucoin_wsapi._switch_timer import SwitchTimer

FUTURES = WsKey.WS_API_FUTURES_V1


@pytest.fixture
def stage() -> Iterator[Stage]:
    """A sandbox whose time stands still until it is moved."""
    with ExitStack() as stack:
        yield Stage(stack, start_time=START)


# Armed while ready


def test_it_is_armed_as_soon_as_the_spot_connection_is_ready(stage):
    """With the timeout and the symbols that were asked for, and nothing of it before."""
    client = stage.client(DeadManSwitch(timeout=60, symbols=("BTC-USDT", "ETH-USDT")))
    assert stage.front.calls == []

    client.connect_ws_api()
    stage.armed()

    (call,) = stage.front.calls
    assert (call.method, call.path) == ("POST", "/api/v1/hf/orders/dead-cancel-all")
    assert call.body == {"timeout": 60, "symbols": "BTC-USDT,ETH-USDT"}
    assert stage.problems == []


def test_connect_returns_when_the_exchange_has_armed_it(stage):
    """So that no order need be placed without it."""
    gate = Gate(stage.front, 0)
    client = stage.client()
    connecting = threading.Thread(target=client.connect_ws_api)
    connecting.start()
    assert gate.reached.wait(PATIENCE)
    assert connecting.is_alive()
    gate.opened.set()
    connecting.join()

    assert stage.is_armed()


@pytest.mark.parametrize("again", [False, True])
def test_connect_raises_what_kept_it_from_being_armed(stage, again):
    """Each time in an exception of its own; the connection itself is ready."""
    stage.front.before = lambda call: REFUSAL
    client = stage.client()
    if again:
        with pytest.raises(DeadManSwitchError):
            client.connect_ws_api()
    with pytest.raises(DeadManSwitchError, match="400007") as caught:
        client.connect_ws_api()

    assert caught.value not in stage.problems
    assert "wsApiSpotV1: ready" in repr(client)


def test_connect_does_not_wait_for_it_for_ever(stage):
    """REST hangs."""
    client = stage.client()
    with held(stage), pytest.raises(DeadManSwitchError, match="in time"):
        client.get_ws_client().connect(SPOT, timeout=0.5)


def test_a_program_that_fails_before_it_is_armed_leaves_it_armed(stage):
    """The first order may be placed by then, so the end waits for the arming, or does it."""

    def trade() -> None:
        with stage.client(close_timeout=PATIENCE) as client:
            place(client)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        trade()

    assert stage.is_armed()


def test_a_program_that_fails_before_the_thread_of_the_switch_has_run_leaves_it_armed(stage, monkeypatch):
    """An order may be answered sooner than a new thread of a busy system gets to run."""
    hold_until_the_end(monkeypatch)

    def trade() -> None:
        with stage.client(close_timeout=PATIENCE) as client:
            place(client)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        trade()

    assert stage.is_armed()


def test_a_program_that_fails_before_its_connection_has_told_that_it_is_ready_leaves_it_armed(
    stage, monkeypatch
):
    """Its own thread writes an order as soon as the connection is ready, which the loop tells a moment later."""
    tell_late(monkeypatch)

    def trade() -> None:
        with stage.client(close_timeout=PATIENCE) as client:
            placing.enter_context(placed_at_once(stage, client))
            raise ZeroDivisionError

    with ExitStack() as placing, pytest.raises(ZeroDivisionError):
        trade()

    assert stage.is_armed()


def test_a_program_that_fails_when_an_arming_got_lost_leaves_it_armed(stage):
    """It was not answered, so the exchange may have armed it or not: it is asked for once more."""
    stage.front.before = lambda call: lose(len(stage.front.calls) == 1)

    def trade() -> None:
        with stage.client(close_timeout=PATIENCE) as client:
            place(client)
            eventually(lambda: stage.problems, "the event")
            assert not stage.is_armed()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        trade()

    assert stage.is_armed()
    assert stage.front.timeouts() == [86_400, 86_400]


def test_the_futures_connection_arms_nothing(stage):
    """The exchange's timer knows spot orders only."""
    client = stage.client()
    client.connect_ws_api(FUTURES)
    client.submit_futures_order(symbol="XBTUSDTM", side="buy", price="20000", size=1, leverage=1).result(
        PATIENCE
    )
    client.close()

    assert stage.front.calls == []


def test_without_the_option_there_is_neither_thread_nor_request(stage):
    """A client that did not ask for it is as before."""
    client = stage.client(None)
    place(client)

    assert [name for name in our_threads() if "dead-man-switch" in name] == []
    client.close()
    assert stage.front.calls == []


def test_it_is_renewed_three_times_as_often_as_it_would_trigger(stage):
    """By its own thread, with nothing else going on."""
    client = stage.client(SHORT)
    client.connect_ws_api()

    stage.armed(times=3)

    first, second, third = (call.at for call in stage.front.calls[:3])
    assert third - first > 5 / 3  # two intervals, with room for what delays the first request
    assert second < third
    assert "kucoin-wsapi-dead-man-switch-1" in our_threads()
    assert stage.problems == []


def test_it_is_armed_again_as_soon_as_a_lost_connection_is_back(stage):
    """Not when the next renewal would be due, which is hours away here."""
    client = stage.client()
    client.connect_ws_api()
    stage.armed()

    stage.relay.cut()

    stage.armed(times=2)
    assert stage.front.timeouts() == [86_400, 86_400]


def test_a_connection_that_is_being_replaced_counts_as_ready(stage):
    """The planned replacement has no gap, so that the timer must have none: here it is held half-way."""
    client = stage.client(max_connection_age=0.2).get_ws_client()
    client.connect(SPOT)
    first = client._connections[SPOT]
    with client._lock:  # which the last step needs
        eventually(lambda: first._heir() is not None, "the replacement")
        assert client._connections[SPOT] is first
        assert "wsApiSpotV1: ready" in repr(client)
    stage.armed(times=2)
    client.close_all()

    assert set(stage.front.timeouts()[:-1]) == {86_400}
    assert stage.front.timeouts()[-1] == -1
    assert stage.problems == []


def test_the_representation_tells_whether_it_is_armed(stage):
    """For the operator."""
    client = stage.client()
    gate = Gate(stage.front, 0)
    place(client)
    assert gate.reached.wait(PATIENCE)
    assert "dead-man switch not armed" in repr(client)
    gate.opened.set()
    eventually(lambda: "dead-man switch armed" in repr(client))
    client.close()
    assert repr(client).endswith("dead-man switch not armed>")


def test_a_clock_that_is_off_is_corrected():
    """The exchange refuses its signature once, and tells its own time."""
    with ExitStack() as stack:
        stage = Stage(stack, clock_offset=60.0)
        client = stage.client()
        client.connect_ws_api()
        eventually(stage.is_armed, "the arming")
        client.close()

        assert not stage.is_armed()
        assert stage.problems == []


# Left to trigger


def test_the_exchange_cancels_when_the_connection_stays_away(stage):
    """At the timeout after the last renewal, to the nanosecond; the client does not renew, and ends nothing."""
    client = stage.client()
    order_id = place(client)
    stage.armed()
    stage.relay.close()
    eventually(lambda: "ready" not in repr(client), "the loss")

    stage.sandbox.advance(86_399.999)
    assert stage.is_open(order_id)
    stage.sandbox.advance(0.001)

    order = stage.sandbox.find_order(order_id=order_id)
    assert (order.is_active, order.cancel_reason) == (False, "DEAD_CANCEL_ALL")
    assert order.updated_at == (START + 86_400) * 1_000_000_000
    assert stage.front.timeouts() == [86_400]


def test_it_is_not_renewed_for_a_connection_that_is_silent_although_rest_answers(stage):
    """Once the silence has lasted for ping interval and pong timeout, the orders are taken for unguarded."""
    client = stage.client(ping_interval=1.0, pong_timeout=0.2)
    order_id = place(client)
    stage.armed()
    stage.relay.replies_lost.set()
    eventually(lambda: "ready" not in repr(client), "the end of the silent connection")

    stage.sandbox.advance(86_400)

    assert not stage.is_open(order_id)
    assert stage.front.timeouts() == [86_400]


def test_a_connection_whose_login_is_refused_ends_nothing():
    """Closed for good is not closed by the program: the timer runs on."""
    with ExitStack() as stack:
        stage = Stage(stack, faults=["login-error:every=2"])
        client = stage.client()
        order_id = place(client)
        stage.armed()
        stage.relay.cut()
        eventually(lambda: "wsApiSpotV1: closed" in repr(client), "the refusal")

        stage.sandbox.advance(86_400)

        assert not stage.is_open(order_id)
        assert stage.front.timeouts() == [86_400]


def test_a_program_that_fails_inside_the_with_block_leaves_it_to_trigger(stage):
    """It does not look after its orders any more."""
    orders = []

    def trade() -> None:
        with stage.client() as client:
            orders.append(place(client))
            stage.armed()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        trade()

    assert stage.is_armed()
    stage.sandbox.advance(86_400)
    assert not stage.is_open(orders[0])


def test_a_forgotten_client_leaves_it_to_trigger(stage):
    """Its thread ends; nothing is sent."""

    def forget_one() -> None:
        client = WebsocketClient(
            **{**stage.sandbox.client_options(), "rest_url": stage.front.url}, dead_man_switch=LONG
        )
        client.connect(SPOT)
        stage.armed()
        del client
        gc.collect()

    with pytest.warns(ResourceWarning, match="unclosed WebsocketClient"):
        forget_one()

    eventually(lambda: our_threads() == [], "the end of the threads")
    assert stage.is_armed()
    assert stage.front.timeouts() == [86_400]


def test_the_client_tells_when_it_must_have_triggered():
    """By the real clock: five seconds without a renewal, and one for the exchange's counting in seconds."""
    with ExitStack() as stack:
        stage = Stage(stack)
        client = stage.client(SHORT)
        order_id = place(client)
        stage.armed()
        lost_after = time.time_ns()
        stage.relay.close()
        eventually(lambda: "ready" not in repr(client), "the loss")
        lost_before = time.time_ns()

        eventually(lambda: stage.problems, "the report")

        (problem,) = stage.problems
        assert "was not renewed in time" in str(problem)
        order = stage.sandbox.find_order(order_id=order_id)
        assert (order.is_active, order.cancel_reason) == (False, "DEAD_CANCEL_ALL")
        # The bound that is documented: at most the timeout after the loss.
        assert order.updated_at <= lost_before + 5_000_000_000
        assert order.updated_at > lost_after
        assert stage.front.timeouts().count(-1) == 0


# Ended


@pytest.mark.parametrize(
    "close",
    [
        lambda client: client.close(),
        lambda client: client.get_ws_client().close(SPOT),
        lambda client: client.__exit__(None, None, None),
    ],
    ids=["the client", "its spot connection", "the with block"],
)
def test_a_clean_close_ends_it_and_the_orders_stay(stage, close):
    """The last thing that the exchange hears is -1."""
    client = stage.client()
    order_id = place(client)
    stage.armed()

    close(client)

    assert stage.front.timeouts() == [86_400, -1]
    stage.sandbox.advance(1_000_000)
    assert stage.is_open(order_id)
    assert stage.problems == []


def test_closing_the_futures_connection_ends_nothing(stage):
    """It has nothing to do with it."""
    client = stage.client()
    client.get_ws_client().connect_all()
    stage.armed()

    client.get_ws_client().close(FUTURES)

    assert stage.is_armed()


def test_a_connection_that_is_opened_again_is_guarded_again(stage):
    """The thread outlives the connection, and ends with the client."""
    client = stage.client().get_ws_client()
    for _ in range(2):
        client.connect(SPOT)
        eventually(stage.is_armed, "the arming")
        client.close(SPOT)
        assert not stage.is_armed()
    client.close_all()

    assert stage.front.timeouts() == [86_400, -1] * 2
    eventually(lambda: our_threads() == [], "the end of the threads")


def test_a_clean_close_before_the_thread_of_the_switch_has_run_asks_for_nothing(stage, monkeypatch):
    """What it finds then is over already."""
    hold_until_the_end(monkeypatch)
    client = stage.client()
    place(client)

    client.close()

    assert stage.front.calls == []
    assert stage.problems == []


def test_what_was_never_armed_is_not_ended(stage):
    """It may be another program's."""
    stage.front.before = lambda call: REFUSAL
    client = stage.client()
    place(client)
    eventually(lambda: stage.problems, "the refusal")

    client.close()

    assert -1 not in stage.front.timeouts()


@pytest.mark.parametrize("answered", [True, False])
def test_a_close_that_meets_a_renewal_on_its_way_ends_it_all_the_same(stage, answered):
    """The renewal is held before the exchange until the close is under way: it must not have the last word."""
    client = stage.client()
    order_id = place(client)
    stage.armed()
    gate = Gate(stage.front, 1)
    if not answered:
        stage.front.after = lambda call: lose(stage.front.calls.index(call) == 1)
    stage.relay.cut()
    assert gate.reached.wait(PATIENCE)
    closing_thread = threading.Thread(target=client.close)
    closing_thread.start()
    eventually(lambda: "wsApiSpotV1: closed" in repr(client), "the end of the connection")

    gate.opened.set()
    closing_thread.join()

    assert stage.front.timeouts() == [86_400, 86_400, -1]
    assert not stage.is_armed()
    stage.sandbox.advance(1_000_000)
    assert stage.is_open(order_id)


def test_an_arming_that_was_not_answered_is_ended_all_the_same(stage):
    """The exchange may have armed it, as it has here."""
    stage.front.after = lambda call: lose(len(stage.front.calls) == 1)
    client = stage.client()
    place(client)
    eventually(lambda: stage.problems, "the event")
    assert stage.is_armed()

    client.close()

    assert stage.front.timeouts() == [86_400, -1]
    assert not stage.is_armed()


def test_a_connection_that_was_closed_arms_nothing_although_it_is_still_ready(stage):
    """Its loop may be slow to notice, and tell late that it was ready: what was ended must stay so."""
    client = stage.client()
    client.connect_ws_api()
    stage.armed()
    keeper = client.get_ws_client()._switch
    deadline = time.monotonic() + PATIENCE
    keeper.end(SPOT, deadline, clean=True)()

    keeper.emit(ConnectionEvent("authenticated", SPOT, 1))
    keeper.end(None, deadline, clean=False)()

    assert "wsApiSpotV1: ready" in repr(client)
    assert stage.front.timeouts() == [86_400, -1]


def test_an_end_that_is_not_answered_is_asked_for_again(stage):
    """To end it twice does no harm."""
    client = stage.client()
    client.connect_ws_api()
    stage.armed()
    stage.front.before = lambda call: lose(len(stage.front.calls) == 2)

    client.close()

    assert stage.front.timeouts() == [86_400, -1, -1]
    assert not stage.is_armed()
    assert stage.problems == []


# What goes wrong is told


def test_a_refusal_is_told_with_the_code_and_logged(stage, caplog):
    """A switch that is not armed must not look like one that is."""
    stage.front.before = lambda call: REFUSAL
    client = stage.client()
    with caplog.at_level(logging.ERROR, "kucoin_wsapi"):
        place(client)
        eventually(lambda: stage.problems, "the event")

    error = stage.problems[0]
    assert (error.code, error.message) == ("400007", "Access denied, requires more permission.")
    assert error.args == ("arming the dead-man switch was refused with 400007: " + error.message,)
    assert str(error) in caplog.text
    assert "dead-man switch not armed" in repr(client)


@pytest.mark.parametrize(
    "fault",
    [
        lambda call: lose(True),
        lambda call: {"code": "500000", "msg": "Internal Server Error"},
        lambda call: {"code": "429000", "msg": "Too many requests"},
        lambda call: {"code": "200000", "data": None},
        lambda call: {"code": "200000", "data": {"currentTime": 1, "triggerTime": 2}},
        lambda call: [],
    ],
    ids=["no answer", "500000", "429000", "no times", "another time", "no object"],
)
def test_what_is_not_confirmed_is_told_and_tried_again_soon(stage, fault):
    """Long before a third of the timeout has passed, until the exchange confirms it."""

    def fail_once(call: Call) -> Any:
        return fault(call) if len(stage.front.calls) == 1 else None

    stage.front.before = fail_once
    client = stage.client(SHORT)
    place(client)

    eventually(stage.is_armed, "the arming")

    (error,) = stage.problems
    assert isinstance(error, DeadManSwitchError)
    assert "arming the dead-man switch" in str(error)


def test_an_error_holds_no_secret(stage):
    """Neither in its text nor in its causes: the signed request does not travel with it."""
    stage.front.before = lambda call: lose(True)
    client = stage.client(SHORT)
    place(client)
    eventually(lambda: stage.problems, "the event")
    stage.front.before = lambda call: None

    error = stage.problems[0]
    options = stage.sandbox.client_options()
    assert error.__cause__ is None
    assert not any(secret in repr(vars(error)) + str(error) for secret in options.values())


@pytest.mark.parametrize("kind", [ZeroDivisionError, SystemExit])
def test_a_signing_function_that_fails_is_told(stage, caplog, kind):
    """And the thread lives on: it is tried again. What it raised may hold the secret, so only its kind is told."""
    broken = threading.Event()

    def sign(message: str, secret: str) -> str:
        from kucoin_wsapi._signing import hmac_base64

        if "dead-cancel-all" in message and not broken.is_set():
            broken.set()
            raise kind(f"cannot sign with {secret}")
        return hmac_base64(message, secret)

    client = stage.client(SHORT, sign_message=sign)
    place(client)
    eventually(stage.is_armed, "the arming")

    (error,) = stage.problems
    reason = f"sign_message raised {kind.__name__}"
    assert error.__cause__.args == (reason,)
    assert error.args == (f"arming the dead-man switch failed: {reason}",)
    assert stage.sandbox.client_options()["api_secret"] not in caplog.text


def test_a_system_without_threads_to_spare_is_told_of(stage, monkeypatch):
    """Trading goes on, unguarded: `connect` and the event say so."""
    start = threading.Thread.start

    def start_others(thread: threading.Thread) -> None:
        if "dead-man-switch" in thread.name:
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", start_others)
    client = stage.client()
    with pytest.raises(DeadManSwitchError, match="thread of the dead-man switch does not run"):
        client.connect_ws_api()
    place(client)
    client.close()

    assert isinstance(stage.problems[0].__cause__, RuntimeError)
    assert "thread of the dead-man switch does not start" in str(stage.problems[0])
    assert stage.front.calls == []


def test_an_error_of_this_package_is_told_of_and_survived(stage, monkeypatch):
    """The thread goes on: a switch that dies silently is the worst of all."""
    renew = SwitchTimer.renew
    failed = threading.Event()

    def fail_once(timer: SwitchTimer) -> None:
        if not failed.is_set():
            failed.set()
            raise ZeroDivisionError
        renew(timer)

    monkeypatch.setattr(SwitchTimer, "renew", fail_once)
    client = stage.client()
    place(client)
    stage.armed()

    (error,) = stage.problems
    assert isinstance(error.__cause__, ZeroDivisionError)
    assert error.args == ("the dead-man switch failed: ZeroDivisionError",)


def test_closing_takes_its_time_and_not_more_and_tells_what_is_not_confirmed(stage):
    """REST hangs: `close` returns all the same."""
    client = stage.client(close_timeout=0.2)
    client.connect_ws_api()
    stage.armed()
    with held(stage):
        started = time.monotonic()
        client.close()
        assert time.monotonic() - started < 5
        eventually(lambda: stage.problems, "the event")

    assert "has not ended the dead-man switch by the time of the close" in str(stage.problems[0])


def test_an_end_that_is_refused_is_told(stage):
    """The exchange says no: the orders will be cancelled, and the program must know."""
    client = stage.client()
    client.connect_ws_api()
    stage.armed()
    stage.front.before = lambda call: REFUSAL

    client.close()

    (error,) = stage.problems
    assert error.code == "400007"
    assert "ending the dead-man switch" in str(error)
    assert stage.front.timeouts() == [86_400, -1]


# Options


@pytest.mark.parametrize("timeout", [4, 86_401, 0, -1, 5.0, "5", True, None])
def test_a_timeout_that_the_exchange_would_refuse_is_refused_at_once(timeout):
    """By name, before anything is started."""
    with pytest.raises(ConfigurationError, match=r"^timeout: whole seconds from 5 to 86400"):
        DeadManSwitch(timeout=timeout)


@pytest.mark.parametrize(
    "symbols", [["BTC-USDT"], "BTC-USDT", ("",), (" ",), (1,), ("A-B,C-D",), ("X",) * 51, None]
)
def test_symbols_that_the_exchange_would_refuse_are_refused_at_once(symbols):
    """By name, too."""
    with pytest.raises(ConfigurationError, match=r"^symbols: a tuple of at most 50 symbols"):
        DeadManSwitch(timeout=5, symbols=symbols)


@pytest.mark.parametrize(
    ("name", "value"),
    [("dead_man_switch", 60), ("dead_man_switch", True), ("cancel_on_exit", 1), ("cancel_on_exit", None)],
)
def test_an_option_of_another_type_is_refused(name, value):
    """A client that is not guarded must not believe that it is."""
    with pytest.raises(ConfigurationError, match=f"^{name}: "):
        Options(**{name: value})


def test_the_limits_are_those_of_the_exchange():
    """5 to 86400 seconds, 50 symbols; none are all."""
    assert DeadManSwitch(timeout=5).symbols == ()
    assert len(DeadManSwitch(timeout=86_400, symbols=("X",) * 50).symbols) == 50
    assert (Options().dead_man_switch, Options().cancel_on_exit) == (None, False)
