"""Signals that strike where the package waits: Ctrl-C, and being stopped for longer than any of its times."""

from __future__ import annotations

import signal
import threading

import pytest
from child import Child
from fault_server import API_KEY, API_PASSPHRASE, API_SECRET, FaultServer, Peer, serve
from scripted_exchange import ScriptedExchange, eventually, stay_silent

EXIT_WITHIN = 2.0

# What the main thread waits in when Ctrl-C strikes; all of them with an order in flight or a connection under way.
WAITS = {
    "connect": "client.connect_ws_api(timeout=600)",
    "result": "client.submit_new_spot_order(**RESTING).result()",
    "exception": "client.submit_new_spot_order(**RESTING).exception()",
    "wait": "concurrent.futures.wait([client.submit_new_spot_order(**RESTING)])",
    "as_completed": "list(concurrent.futures.as_completed([client.submit_new_spot_order(**RESTING)]))",
}


@pytest.mark.parametrize("wait", WAITS)
@pytest.mark.parametrize("challenge", [True, False], ids=["ready", "logging in"])
def test_ctrl_c_ends_every_wait(wait, challenge):
    """At once, as the ``KeyboardInterrupt`` of a program that does not catch it."""
    program = f"""
import concurrent.futures
client = WebsocketAPIClient(**options, request_timeout=600, max_send_delay=600, connect_timeout=600)
say("there")
{WAITS[wait]}
if {wait == "connect"}: threading.Event().wait()
"""
    with (
        ScriptedExchange(stay_silent, challenge=challenge) as exchange,
        Child(program, exchange.client_options()) as child,
    ):
        assert child.hear() == "there"
        eventually(lambda: exchange.connections, "the connection")
        if challenge and wait != "connect":
            eventually(lambda: exchange.requests, "the order")
        child.kill(signal.SIGINT)
        status, said, err = child.end(EXIT_WITHIN)
    assert (status, said) == (-signal.SIGINT, "")
    assert "KeyboardInterrupt" in err
    assert "Fatal" not in err


def test_a_second_ctrl_c_ends_a_close_that_waits_for_answers():
    """The first one leaves ``with``, which gives what is in flight its close_timeout."""
    program = """
client = WebsocketAPIClient(**options, close_timeout=600)
def watch():
    while "closing" not in repr(client):
        time.sleep(0.01)
    say("closing")
threading.Thread(target=watch, daemon=True).start()
with client:
    client.submit_new_spot_order(**RESTING, timeout=600).result()
"""
    with ScriptedExchange(stay_silent) as exchange, Child(program, exchange.client_options()) as child:
        eventually(lambda: exchange.requests, "the order")
        child.kill(signal.SIGINT)
        assert child.hear() == "closing"
        child.kill(signal.SIGINT)
        assert child.end(EXIT_WITHIN)[0] == -signal.SIGINT


def test_ctrl_c_ends_a_look_up():
    """``resolve`` asks again and again; it is a wait like any other."""
    program = """
client = WebsocketAPIClient(**options, rest_url="http://127.0.0.1:9", attach_event_listeners=False)
say("there")
client.resolve("an-order", product="spot", symbol="BTC-USDT", timeout=600)
"""
    with ScriptedExchange() as exchange, Child(program, exchange.client_options()) as child:
        assert child.hear() == "there"
        child.kill(signal.SIGINT)
        assert child.end(EXIT_WITHIN)[0] == -signal.SIGINT


def _options(server: FaultServer) -> dict[str, str]:
    return {
        "api_key": API_KEY,
        "api_secret": API_SECRET,
        "api_passphrase": API_PASSPHRASE,
        "ws_url": server.url,
    }


def _stop_for(child: Child, seconds: float) -> None:
    child.kill(signal.SIGSTOP)
    threading.Event().wait(seconds)  # time has to pass here: that is what is tested
    child.kill(signal.SIGCONT)


def test_an_order_that_became_stale_while_the_process_was_stopped_is_not_sent():
    """The exchange lets the client in meanwhile: the welcome is read before the time, and still nothing is sent."""
    stopped = threading.Event()

    def slow_login(peer: Peer) -> None:
        peer.upgrade()
        stopped.wait(20)
        peer.check_answer(peer.challenge())
        peer.welcome()
        peer.answer_all()

    program = """
client = WebsocketAPIClient(**options, max_send_delay=0.5, connect_timeout=60, attach_event_listeners=False)
error = client.submit_new_spot_order(**RESTING, client_oid="stale").exception()
say(type(error).__name__)
client.connect_ws_api(timeout=20)
say(client.submit_new_spot_order(**RESTING, client_oid="fresh").result().code)
client.close()
"""
    with FaultServer(slow_login) as server, Child(program, _options(server)) as child:
        server.wait_for(lambda: bool(server.peers and server.peers[0].target), "the upgrade")
        child.kill(signal.SIGSTOP)
        stopped.set()
        _stop_for(child, 1.0)
        assert child.hear() == "StaleRequestError"
        assert child.hear() == "200000"
        assert child.end()[0] == 0
        server.drain()
        assert [request["args"]["clientOid"] for request in server.requests] == ["fresh"]


def test_an_idle_connection_that_lives_survives_a_stop_longer_than_its_ping_timeout():
    """No ping was outstanding or its pong is in the socket: nobody has to be reconnected."""

    def lively(peer: Peer) -> None:
        peer.log_in(ping_interval=1000, ping_timeout=500)
        while True:
            message = peer.next_message()
            if message["op"] == "ping":
                peer.pong(message)
            else:
                peer.say(
                    {"id": message["id"], "op": message["op"], "code": "200000", "data": {"orderId": "1"}}
                )

    program = """
client = WebsocketAPIClient(**options, attach_event_listeners=False)
lost = []
client.get_ws_client().on("reconnect", lost.append)
client.connect_ws_api()
say("ready")
signal.sigwait([signal.SIGUSR1])
say(client.submit_new_spot_order(**RESTING).result().code, len(lost))
client.close()
"""
    program = "import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])\n" + program
    with FaultServer(lively) as server, Child(program, _options(server)) as child:
        assert child.hear() == "ready"
        server.wait_for(lambda: len(server.peers[0].pings) > 0, "a ping")
        _stop_for(child, 1.7)
        server.wait_for(lambda: len(server.peers[0].pings) > 2, "two more")
        child.kill(signal.SIGUSR1)
        assert child.hear() == "200000 0"
        assert child.end()[0] == 0
        assert len(server.peers) == 1


def test_a_process_that_is_stopped_while_it_waits_to_reconnect_connects_afterwards():
    """Its time has passed meanwhile."""

    def refuse(peer: Peer) -> None:
        peer.refuse_upgrade("503 Busy")

    program = """
client = WebsocketAPIClient(**options, backoff=Backoff(base=0.3, cap=0.3), attach_event_listeners=False)
failed = threading.Event()
client.get_ws_client().on("exception", lambda _: failed.set())
future = client.submit_new_spot_order(**RESTING, timeout=20)
failed.wait()
say("failed")
say(type(future.exception()).__name__)
client.connect_ws_api(timeout=20)
say("ready")
client.close()
"""
    with FaultServer(refuse, refuse, refuse, refuse, refuse, refuse, serve) as server:
        with Child(program, _options(server) | {"max_send_delay": 0.9}) as child:
            assert child.hear() == "failed"
            _stop_for(child, 1.0)
            assert child.hear() == "StaleRequestError"
            assert child.hear() == "ready"
            assert child.end()[0] == 0
        assert server.requests == []
