"""What happens to a program: it ends, it is interrupted, it is stopped for a while, it forks."""

from __future__ import annotations

import signal
import sys
import threading
from typing import Any

import pytest
from child import Child
from scripted_exchange import (
    Connection,
    ScriptedExchange,
    acknowledge,
    eventually,
    pong,
    stay_silent,
)

from kucoin_wsapi.sandbox import Sandbox

EXIT_WITHIN = 2.0


EXITS = {
    "unused": "client = WebsocketAPIClient(**options)",
    "ready": "client = WebsocketAPIClient(**options); client.connect_ws_api()",
    "after an order": """
client = WebsocketAPIClient(**options)
client.submit_new_spot_order(**RESTING).result()
client.submit_futures_order(symbol="XBTUSDTM", side="buy", price=20000, size=1, leverage=1).result()
""",
    "queued": "client = WebsocketAPIClient(**options); future = client.submit_new_spot_order(**RESTING)",
    "in a callback": """
client = WebsocketAPIClient(**options)
entered = threading.Event()
def block(_):
    entered.set()
    threading.Event().wait()
client.submit_new_spot_order(**RESTING).add_done_callback(block)
entered.wait()
""",
    "resolving": """
import socket
entered = threading.Event()
def hang(*_, **__):
    entered.set()
    threading.Event().wait()
socket.getaddrinfo = hang
client = WebsocketAPIClient(**options)
future = client.submit_new_spot_order(**RESTING)
entered.wait()
""",
}


@pytest.mark.parametrize("state", EXITS)
def test_a_program_that_does_not_close_ends_at_once(state):
    """In two seconds, with status 0 and without a complaint."""
    with Sandbox() as sandbox, Child(EXITS[state] + "\nsay('leaving')", sandbox.client_options()) as child:
        while child.hear() != "leaving":
            pass
        status, _, err = child.end(EXIT_WITHIN)
    assert status == 0
    assert "Traceback" not in err
    assert "Exception ignored" not in err
    assert "Fatal" not in err


@pytest.mark.parametrize("state", sorted(EXITS.keys() - {"in a callback"}))
def test_no_thread_of_a_client_runs_into_the_end_of_the_interpreter(state):
    """One that was stopped there while it wrote to standard error would make the interpreter wait and abort."""
    program = f"""
import atexit
def living():  # registered first, called last
    say([thread.name for thread in threading.enumerate() if thread.name[-2:] == "-1"])
atexit.register(living)
{EXITS[state]}
say("leaving")
"""
    with Sandbox() as sandbox, Child(program, sandbox.client_options()) as child:
        assert child.hear() == "leaving"
        assert child.hear() == "[]"
        assert child.end(EXIT_WITHIN)[0] == 0


def test_a_program_ends_at_once_with_an_order_in_flight():
    """It does not wait for the answer; the exchange sees the end of the connection."""
    with ScriptedExchange(stay_silent) as exchange:
        program = """
client = WebsocketAPIClient(**options)
client.connect_ws_api()
future = client.submit_new_spot_order(**RESTING)
say('leaving')
"""
        with Child(program, exchange.client_options()) as child:
            assert child.hear() == "leaving"
            status, _, err = child.end(EXIT_WITHIN)
        eventually(lambda: exchange.connections[0].ended.is_set(), "the end of the connection")
    assert (status, "Traceback" in err) == (0, False)
    assert len(exchange.requests) == 1


WAIT_FOR_ANSWER = """
logging.basicConfig(level=logging.WARNING)
client = WebsocketAPIClient(**options)
future = client.submit_new_spot_order(**RESTING, client_oid="the-order")
try:
    future.result()
except KeyboardInterrupt as interrupt:
    say("interrupted", *getattr(interrupt, "__notes__", ()))
    raise
"""


def test_ctrl_c_interrupts_a_wait_and_tells_which_order_was_sent():
    """At once, in the log and, where Python can, in the traceback."""
    with (
        ScriptedExchange(stay_silent) as exchange,
        Child(WAIT_FOR_ANSWER, exchange.client_options()) as child,
    ):
        eventually(lambda: exchange.requests, "the order")
        child.kill(signal.SIGINT)
        assert child.hear().startswith("interrupted")
        status, _, err = child.end(EXIT_WITHIN)
    assert status == -signal.SIGINT
    (line,) = (line for line in err.splitlines() if line.startswith("WARNING:kucoin_wsapi:interrupted"))
    assert "the-order" in line
    assert "sent" in line
    if sys.version_info >= (3, 11):
        assert "the-order" in err.partition("KeyboardInterrupt")[2]


def test_ctrl_c_while_an_order_is_still_queued_does_not_claim_that_it_was_sent():
    """It has not left this process, and the log says that it still may."""
    with (
        ScriptedExchange(challenge=False) as exchange,
        # On a busy machine the order must not go stale before it is interrupted.
        Child(WAIT_FOR_ANSWER, {**exchange.client_options(), "max_send_delay": 60.0}) as child,
    ):
        eventually(lambda: exchange.connections, "the connection")
        child.kill(signal.SIGINT)
        assert child.hear().startswith("interrupted")
        status, _, err = child.end(EXIT_WITHIN)
    assert status == -signal.SIGINT
    said = err.partition("Traceback")[0]
    assert "was sent" not in said
    assert "is queued and may still be sent" in said


def test_sigterm_ends_a_waiting_program():
    """The default action is not in anybody's way."""
    with (
        ScriptedExchange(stay_silent) as exchange,
        Child(WAIT_FOR_ANSWER, exchange.client_options()) as child,
    ):
        eventually(lambda: exchange.requests, "the order")
        child.kill(signal.SIGTERM)
        assert child.end(EXIT_WITHIN)[0] == -signal.SIGTERM


def test_a_signal_handler_may_close_the_client():
    """While the main thread waits for an answer, which then settles as unknown."""
    program = """
client = WebsocketAPIClient(**options, close_timeout=0.2)
signal.signal(signal.SIGTERM, lambda *_: (client.close(), say("closed")))
try:
    client.submit_new_spot_order(**RESTING).result()
except OutcomeUnknownError as error:
    say("unknown")
"""
    with ScriptedExchange(stay_silent) as exchange, Child(program, exchange.client_options()) as child:
        eventually(lambda: exchange.requests, "the order")
        child.kill(signal.SIGTERM)
        assert child.hear() == "closed"
        assert child.hear() == "unknown"
        assert child.end(EXIT_WITHIN)[0] == 0


def test_threads_of_the_program_go_on_trading_after_its_main_thread_has_ended():
    """The connections end after the last of them, not with the main thread."""
    program = """
client = WebsocketAPIClient(**options, attach_event_listeners=False)
client.connect_ws_api()  # CPython 3.12.0 and 3.12.1 start no threads any more once the main one has ended (gh-113964)
main = threading.main_thread()
def trade():
    main.join()
    for _ in range(3):
        say(client.submit_new_spot_order(**RESTING).result().code)
threading.Thread(target=trade).start()
"""
    with Sandbox() as sandbox, Child(program, sandbox.client_options()) as child:
        assert [child.hear() for _ in range(3)] == ["200000"] * 3
        assert child.end(EXIT_WITHIN)[0] == 0
        assert len(sandbox.orders) == 3


def test_a_starved_interpreter_does_not_lose_a_connection_that_lives():
    """A computation keeps the interpreter for longer than pong and answer may take: both were there in time."""
    program = """
def hog(*_):
    say("hogging")
    sys.setswitchinterval(100)
    until = time.monotonic() + 1.5
    while time.monotonic() < until:
        pass
    sys.setswitchinterval(0.005)
signal.signal(signal.SIGUSR1, hog)
client = WebsocketAPIClient(**options, attach_event_listeners=False)
lost = []
client.get_ws_client().on("reconnect", lost.append)
client.connect_ws_api()
say(client.submit_new_spot_order(**RESTING, timeout=2).result().code, len(lost))
"""
    with (
        ScriptedExchange(stay_silent, ping_interval=1000, ping_timeout=500) as exchange,
        Child(program, exchange.client_options()) as child,
    ):
        exchange.answer_ping = stay_silent
        eventually(lambda: exchange.requests and exchange.pings, "order and ping")
        child.kill(signal.SIGUSR1)
        assert child.hear() == "hogging"
        exchange.answer_ping = pong
        pong(exchange.connections[0], exchange.pings[0])
        acknowledge(exchange.connections[0], exchange.requests[0])
        assert child.hear() == "200000 0"
        assert child.end()[0] == 0
    assert len(exchange.connections) == 1


def stopped_for(child: Child, seconds: float) -> None:
    """Let a stopped child miss its deadlines."""
    threading.Event().wait(seconds)  # time has to pass here: that is what is tested
    child.kill(signal.SIGCONT)


STOPPED = """
client = WebsocketAPIClient(**options, attach_event_listeners=False)
lost = []
client.get_ws_client().on("reconnect", lost.append)
client.connect_ws_api()
future = client.submit_new_spot_order(**RESTING, timeout=1)
say("sent")
try:
    say(future.result().code)
except CallError as error:
    say(type(error).__name__)
client.connect_ws_api()
say(client.submit_new_spot_order(**RESTING).result().code)
say(len(lost))
client.close()
"""


def test_what_came_while_the_process_was_stopped_counts_as_in_time():
    """Pong and answer lay in the socket before their deadlines: reading comes before judging."""
    held: list[tuple[Connection, dict[str, Any]]] = []
    answered = threading.Event()

    def hold(connection: Connection, message: dict[str, Any]) -> None:
        held.append((connection, message))
        if answered.is_set():
            (pong if message["op"] == "ping" else acknowledge)(connection, message)

    with ScriptedExchange(hold, ping_interval=1000, ping_timeout=500) as exchange:
        exchange.answer_ping = hold
        with Child(STOPPED, exchange.client_options()) as child:
            eventually(lambda: len(held) == 1, "the order")
            child.kill(signal.SIGSTOP)
            answered.set()
            acknowledge(*held[0])
            stopped_for(child, 1.7)
            assert child.hear() == "sent"
            assert child.hear() == "200000"
            assert child.hear() == "200000"
            assert child.hear() == "0"
            assert child.end()[0] == 0
    assert len(exchange.connections) == 1


def test_a_connection_that_died_while_the_process_was_stopped_is_replaced():
    """The order in flight settles as unknown, and the next one goes out over a new connection."""

    def silent_at_first(connection: Connection, message: dict[str, Any]) -> None:
        if len(exchange.connections) > 1:
            acknowledge(connection, message)

    program = STOPPED.replace("timeout=1", "timeout=9")
    with (
        ScriptedExchange(silent_at_first, ping_interval=1000, ping_timeout=500) as exchange,
        Child(program, exchange.client_options()) as child,
    ):
        eventually(lambda: exchange.requests, "the order")
        child.kill(signal.SIGSTOP)
        exchange.connections[0].drop()
        stopped_for(child, 1.7)
        assert child.hear() == "sent"
        assert child.hear() == "ConnectionLostError"
        assert child.hear() == "200000"
        assert child.hear() == "1"
        assert child.end()[0] == 0
    assert len(exchange.connections) == 2
