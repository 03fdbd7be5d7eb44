"""A forked child has a copy of the client, but the connection is its parent's."""

from __future__ import annotations

import os
import ssl

import pytest
import trustme
from child import Child
from fault_server import API_KEY, API_PASSPHRASE, API_SECRET, FaultServer, serve
from scripted_exchange import Connection, ScriptedExchange, acknowledge, eventually

_REPORT = """
warned = __import__("warnings").filterwarnings("ignore", category=DeprecationWarning)
def refused(call):
    started = time.monotonic()
    try:
        call()
    except ClientClosedError as error:
        assert "fork" in str(error), error
    except TransportError as error:
        assert "fork" in str(error), error
    else:
        raise AssertionError("not refused")
    assert time.monotonic() - started < 1
"""

_IN_FLIGHT = (
    _REPORT
    + """
import gc
client = WebsocketAPIClient(**options, attach_event_listeners=False)
client.connect_ws_api()
future = client.submit_new_spot_order(**RESTING, client_oid="in-flight")
child = os.fork()
if child == 0:
    try:
        refused(lambda: client.submit_new_spot_order(**RESTING).result(5))
        refused(lambda: client.submit_futures_order(symbol="X", side="buy", price=1, size=1).result(5))
        refused(client.connect_ws_api)
        refused(lambda: client.connect_ws_api(WsKey.WS_API_FUTURES_V1))
        try:
            future.result()
        except OutcomeUnknownError as error:
            assert "in-flight" in str(error)
        else:
            raise AssertionError("the child cannot know")
        repr(client)
        assert 'parent process' in client._repr_html_()
        ENDING
    except BaseException as error:
        if not isinstance(error, SystemExit):
            say("child failed:", repr(error))
            os._exit(1)
        raise
say("child ended", os.waitpid(child, 0)[1])
say(future.result().code)
say(client.submit_new_spot_order(**RESTING, client_oid="later").result().code)
client.close()
"""
)


@pytest.mark.parametrize(
    "ending",
    [
        "client.close(); os._exit(0)",
        "client.get_ws_client().close_all(); client.get_ws_client().close('wsApiSpotV1'); sys.exit(0)",
        "del client, future; gc.collect(); sys.exit(0)",
        "sys.exit(0)",
    ],
)
def test_a_forked_child_is_refused_and_leaves_the_parents_connection_alone(ending):
    """Whether it closes, forgets or just ends: the parent's order is answered over the same connection."""

    def hold_the_first(connection: Connection, request: dict) -> None:
        if request["args"]["clientOid"] != "in-flight":
            acknowledge(connection, request)

    with ScriptedExchange(hold_the_first) as exchange:
        with Child(_IN_FLIGHT.replace("ENDING", ending), exchange.client_options()) as child:
            assert child.hear() == "child ended 0"
            eventually(lambda: exchange.requests)
            acknowledge(exchange.connections[0], exchange.requests[0])
            assert child.hear() == "200000"
            assert child.hear() == "200000"
            assert child.end()[0] == 0
        assert len(exchange.connections) == 1
        assert [request["args"]["clientOid"] for request in exchange.requests] == ["in-flight", "later"]


def test_a_client_made_before_the_fork_and_not_used_is_the_parents_too():
    """It would otherwise trade from both processes, with user code on the socket's thread in the child."""
    program = (
        _REPORT
        + """
client = WebsocketAPIClient(**options, attach_event_listeners=False)
child = os.fork()
if child == 0:
    try:
        refused(lambda: client.submit_new_spot_order(**RESTING).result(5))
        refused(client.connect_ws_api)
        client.close()
        with WebsocketAPIClient(**options, attach_event_listeners=False) as own:
            assert own.submit_new_spot_order(**RESTING, client_oid="of-the-child").result().code == "200000"
    except BaseException as error:
        say("child failed:", repr(error))
        os._exit(1)
    os._exit(0)
say("child ended", os.waitpid(child, 0)[1])
say(client.submit_new_spot_order(**RESTING, client_oid="of-the-parent").result().code)
"""
    )
    with ScriptedExchange() as exchange, Child(program, exchange.client_options()) as child:
        assert child.hear() == "child ended 0"
        assert child.hear() == "200000"
        assert child.end()[0] == 0
        eventually(lambda: len(exchange.requests) == 2)
        oids = [request["args"]["clientOid"] for request in exchange.requests]
        assert oids == ["of-the-child", "of-the-parent"]


def test_the_callback_of_a_refused_call_runs_in_the_child():
    """There is no callback thread in it, so the call's own thread runs it."""
    program = (
        _REPORT
        + """
client = WebsocketAPIClient(**options, attach_event_listeners=False)
client.submit_new_spot_order(**RESTING).result()
child = os.fork()
if child == 0:
    ran = []
    client.submit_new_spot_order(**RESTING).add_done_callback(ran.append)
    os._exit(0 if len(ran) == 1 else 1)
say("child ended", os.waitpid(child, 0)[1])
client.close()
"""
    )
    with ScriptedExchange() as exchange, Child(program, exchange.client_options()) as child:
        assert child.hear() == "child ended 0"
        assert child.end()[0] == 0


_STRESS = (
    _REPORT
    + """
client = WebsocketAPIClient(**options, attach_event_listeners=False)
client.connect_ws_api()
stop, answered, wrong = threading.Event(), [], []
def trade():
    while not stop.is_set():
        future = client.submit_new_spot_order(**RESTING)
        future.add_done_callback(lambda _: None)
        (answered if future.exception() is None else wrong).append(future)
traders = [threading.Thread(target=trade) for _ in range(4)]
for trader in traders:
    trader.start()
for turn in range(12):
    child = os.fork()
    if child == 0:
        refused(lambda: client.submit_new_spot_order(**RESTING).result(5))
        refused(client.connect_ws_api)
        repr(client)
        assert 'parent process' in client._repr_html_()
        if turn % 4 == 0: os.kill(os.getpid(), signal.SIGKILL)
        if turn % 4 == 1: os._exit(0)
        if turn % 4 == 2: client.close()
        sys.exit(0)
    assert os.waitpid(child, 0)[1] == (signal.SIGKILL if turn % 4 == 0 else 0), turn
stop.set()
for trader in traders:
    trader.join()
say(len(answered) > 12, len(wrong))
client.close()
"""
)


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "TLS"])
def test_forks_at_any_moment_while_threads_trade_disturb_nothing(tls, tmp_path):
    """A lock that is held at the fork stays held in the child: it is refused all the same, and ends in every way.

    A byte of the child's, a close frame or a TLS record, would end the parent's connection.
    """
    program = _STRESS
    context = None
    if tls:
        authority = trustme.CA()
        authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost").configure_cert(context)
        trust = f"__import__('ssl').create_default_context(cafile={str(tmp_path / 'authority.pem')!r})"
        program = program.replace("(**options", f"(**options, ssl_context={trust}", 1)
    with FaultServer(serve, tls=context) as server:
        options = {
            "api_key": API_KEY,
            "api_secret": API_SECRET,
            "api_passphrase": API_PASSPHRASE,
            "ws_url": server.url,
        }
        with Child(program, options) as child:
            assert child.hear() == "True 0"
            assert child.end()[0] == 0
        assert len(server.peers) == 1


def test_a_worker_of_multiprocessing_leaves_the_connection_alone():
    """It was forked with the client in it, and ends as workers do."""
    program = """
import multiprocessing
def work(number):
    return number + 1
if __name__ == "__main__":
    client = WebsocketAPIClient(**options, attach_event_listeners=False)
    client.connect_ws_api()
    with multiprocessing.get_context("fork").Pool(2) as pool:
        say(pool.map(work, [1, 2]))
    say(client.submit_new_spot_order(**RESTING).result().code)
    client.close()
"""
    with ScriptedExchange() as exchange, Child(program, exchange.client_options()) as child:
        assert child.hear() == "[2, 3]"
        assert child.hear() == "200000"
        assert child.end()[0] == 0
        assert len(exchange.connections) == 1


def test_a_fork_in_a_callback_is_refused_too():
    """The thread that forks is the only one of the child."""
    program = (
        _REPORT
        + """
client = WebsocketAPIClient(**options, attach_event_listeners=False)
ended = []
def fork(_):
    child = os.fork()
    if child == 0:
        refused(lambda: client.submit_new_spot_order(**RESTING).result(5))
        client.close()
        os._exit(0)
    ended.append(os.waitpid(child, 0)[1])
    say("child ended", ended)
client.submit_new_spot_order(**RESTING).add_done_callback(fork)
while not ended:
    pass
say(client.submit_new_spot_order(**RESTING).result().code)
client.close()
"""
    )
    with ScriptedExchange() as exchange, Child(program, exchange.client_options()) as child:
        assert child.hear() == "child ended [0]"
        assert child.hear() == "200000"
        assert child.end()[0] == 0
        assert len(exchange.connections) == 1


@pytest.mark.skipif(not hasattr(os, "eventfd"), reason="what is tested here is Linux's")
def test_a_fork_by_a_signal_handler_takes_no_answer_away_from_the_thread_that_it_has_interrupted():
    """Both processes go on with waiting for the same answer, which only the parent gets."""
    program = """
from kucoin_wsapi._wake_ups import WakeUp
client = WebsocketAPIClient(**options, attach_event_listeners=False)
future = client.submit_new_spot_order(**RESTING)
def state(child):
    with open(f"/proc/{child}/stat") as file:
        return file.read().rpartition(")")[2].split()[0]
def has_rung():
    with open(f"/proc/self/fdinfo/{future._sleepers[0]._descriptor}") as file:
        return "eventfd-count:                0" not in file.read()
def fork(*_):
    global child
    child = os.fork()
    if child == 0:
        signal.alarm(5)  # else it would outlive a test that fails
        return
    while state(child) not in "SZ":
        pass
    future.set_result("answered")  # as the loop does
    while state(child) != "Z" and has_rung():
        pass
signal.signal(signal.SIGUSR1, fork)
wait = WakeUp.wait
def wait_after_strike(self, seconds):
    WakeUp.wait = wait
    signal.raise_signal(signal.SIGUSR1)
    wait(self, seconds)
WakeUp.wait = wait_after_strike
try:
    say(future.result())
except OutcomeUnknownError:
    os._exit(0 if child == 0 else 1)
say("child ended", os.waitpid(child, 0)[1])
os._exit(0)
"""
    with ScriptedExchange(lambda *_: None) as exchange, Child(program, exchange.client_options()) as child:
        assert child.hear() == "answered"
        assert child.hear() == "child ended 0"
        assert child.end()[0] == 0
