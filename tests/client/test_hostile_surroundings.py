"""What a signer, a trace, a traceback and a front end must not do to a client and its verdicts."""

from __future__ import annotations

import gc
import io
import logging
import weakref
from collections.abc import Iterator

import pytest
import websocket
from fault_server import API_KEY, API_PASSPHRASE, API_SECRET, FaultServer, Peer, serve

from kucoin_wsapi import NotReadyError, RejectedError, ReplyTimeoutError, WebsocketClient, WsKey
from kucoin_wsapi._error_codes import error_class
from kucoin_wsapi._signing import hmac_base64
from kucoin_wsapi.exceptions import ServerFaultError

SPOT = WsKey.WS_API_SPOT_V1


def _client(server: FaultServer, **options: object) -> WebsocketClient:
    return WebsocketClient(
        API_KEY, API_SECRET, API_PASSPHRASE, ws_url=server.url, close_timeout=0.2, **options
    )


def test_a_signer_that_wants_to_end_the_program_does_not_end_the_loop() -> None:
    """SystemExit from it bars the key like any other error; the order settles as not sent."""

    def sign(message: str, secret: str) -> str:
        if message.startswith("{"):
            raise SystemExit
        return hmac_base64(message, secret)

    with FaultServer(serve) as server, _client(server, sign_message=sign) as client:
        error = client.send_ws_api_request(SPOT, "spot.order", {}).exception(5)
        assert isinstance(error, NotReadyError)
        assert "sign_message raised SystemExit" in str(error)


@pytest.fixture
def trace() -> Iterator[io.StringIO]:
    """What websocket-client logs when somebody in the process has switched its trace on."""
    written = io.StringIO()
    websocket.enableTrace(True, logging.StreamHandler(written))
    yield written
    websocket.enableTrace(False)


@pytest.mark.parametrize("proxied", [False, True], ids=["direct", "through a proxy"])
def test_the_trace_of_the_library_shows_no_credentials(trace: io.StringIO, proxied: bool) -> None:
    """Neither the signed URL nor the password of a proxy; the rest of the trace is not touched."""

    def tunnel(peer: Peer) -> None:
        if proxied:
            peer.read_upgrade()  # the CONNECT
            peer.send(b"HTTP/1.1 200 OK\r\n\r\n")
        serve(peer)

    with FaultServer(tunnel) as server:
        proxy = f"http://user:canary-password@127.0.0.1:{server.port}" if proxied else None
        with _client(server, proxy=proxy) as client:
            client.connect(SPOT)
    assert "response header" in trace.getvalue()
    for secret in (API_KEY, "sign=", "passphrase=", "Proxy-Authorization", "canary-password"):
        assert secret not in trace.getvalue()


def test_a_refused_order_leaves_no_reference_cycle() -> None:
    """What `result()` raises frees the frames of its caller at once, as a future of the standard library does."""

    class Strategy:
        pass

    def refuse(peer: Peer) -> None:
        peer.log_in()
        while True:
            request = peer.next_request()
            peer.say({"id": request["id"], "op": request["op"], "code": "300000", "msg": "no"})

    def trade(client: WebsocketClient) -> weakref.ref[Strategy]:
        strategy = Strategy()
        with pytest.raises(RejectedError):
            client.send_ws_api_request(SPOT, "spot.order", {}).result(5)
        return weakref.ref(strategy)

    with FaultServer(refuse) as server:
        with _client(server) as client:
            client.connect(SPOT)
            gc.collect()
            gc.disable()
            try:
                reference = trade(client)
            finally:
                gc.enable()
        # After closing: the loop, which had the exception in its hands, has let go of it.
        assert reference() is None


@pytest.mark.filterwarnings("ignore:unclosed WebsocketClient:ResourceWarning")
def test_a_timeout_does_not_keep_a_forgotten_client_alive() -> None:
    """What is remembered for a late answer holds no traceback, in whose frames the client is."""

    def read_on(peer: Peer) -> None:
        peer.log_in()
        peer.read_on()

    def trade(server: FaultServer) -> weakref.ref[WebsocketClient]:
        client = _client(server)
        with pytest.raises(ReplyTimeoutError):
            client.send_ws_api_request(SPOT, "spot.order", {}, timeout=0.2).result()
        return weakref.ref(client)

    with FaultServer(read_on) as server:
        reference = trade(server)
        server.wait_for(lambda: gc.collect() >= 0 and reference() is None, "the end of the client")


@pytest.mark.parametrize("code", ["500", "502", "503", "504"])
def test_the_status_of_a_front_end_is_no_refusal(code: str) -> None:
    """Whether the order went through before the gateway gave up is not known."""
    assert issubclass(error_class("spot.order", code, None), ServerFaultError)
