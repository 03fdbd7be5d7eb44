"""A forked child has a copy of the client, but the connection is its parent's."""

from __future__ import annotations

import pytest
from child import Child
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
