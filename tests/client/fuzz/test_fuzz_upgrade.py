"""Any answer to an upgrade, and any proxy's: a connection, or an error that tells nothing of the signed URL."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import queue
import socket
import ssl
import threading
from collections.abc import Iterator

import pytest
from fuzzing import fuzzed, json_texts, objects
from hypothesis import given
from hypothesis import strategies as st
from protocol_support import WALL_MS, make_protocol

from kucoin_wsapi import AuthenticationError, TransportError
from kucoin_wsapi._dialling import _refusal
from kucoin_wsapi._messages import GatewayError, Reply
from kucoin_wsapi._states import ConnectionState
from kucoin_wsapi._transport import RefusedUpgradeError, Transport, dial

SECRET = "signed-and-secret"
ACCEPT = b"{ACCEPT}"  # stands for the right Sec-WebSocket-Accept


class Answerer:
    """Gives each connection the next answer, whatever it asks, and hangs up."""

    def __init__(self) -> None:
        self.answers: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                sock, _ = self._listener.accept()
                with sock, contextlib.suppress(OSError):
                    self._answer(sock)

    def _answer(self, sock: socket.socket) -> None:
        answer = self.answers.get()
        head = b""
        while b"\r\n\r\n" not in head and (more := sock.recv(4096)):
            head += more
        key = next(
            (
                line[18:].strip()
                for line in head.split(b"\r\n")
                if line.lower().startswith(b"sec-websocket-key")
            ),
            b"",
        )
        right = base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
        sock.sendall(answer.replace(ACCEPT, right))
        sock.shutdown(socket.SHUT_WR)
        while sock.recv(4096):
            pass


@pytest.fixture(scope="module")
def answerer() -> Iterator[Answerer]:
    """One for all examples."""
    answerer = Answerer()
    yield answerer
    answerer.close()


STATUS_LINES = st.sampled_from(
    [
        b"HTTP/1.1 101 Switching Protocols",
        b"HTTP/1.1 101",
        b"HTTP/1.1 401 Unauthorized",
        b"HTTP/1.1 503 Busy",
        b"HTTP/1.1 302 X",
        b"HTTP/1.0 200 OK",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 101 X",
        b"HTTP/1.1 204 X",
        b"HTTP/2 101",
        b"HTTP/1.1 9999999 X",
        b"HTTP/1.1 -1 X",
        b"ICY 200 OK",
        b"",
        b"HTTP/1.1 \xb2\xb2 X",
        b"HTTP/1.1 10 1",
    ]
) | st.binary(max_size=30)
FIELDS = st.sampled_from(
    [
        b"Upgrade: websocket",
        b"Connection: Upgrade",
        b"Sec-WebSocket-Accept: " + ACCEPT,
        b"Sec-WebSocket-Accept: wrong",
        b"Upgrade: websocket\r\n folded",
        b"Connection: keep-alive, Upgrade",
        b"Upgrade: h2c",
        b"upgrade:WEBSOCKET",
        b"Content-Length: 10",
        b"Content-Length: -1",
        b"Content-Length: 1e9",
        b"Content-Length: 99999999999999999999",
        b"Transfer-Encoding: chunked",
        b"Transfer-Encoding: gzip, chunked",
        b"Location: http://127.0.0.1:9/",
        b"Sec-WebSocket-Protocol: chat",
        b"Sec-WebSocket-Extensions: permessage-deflate",
        b"Set-Cookie: a=b",
        b": x",
        b"X",
        b"X: \xff\xfe",
        b"X: " + b"y" * 70000,
        b"\x00: \x00",
    ]
) | st.binary(max_size=30)
ACCEPTANCE = [b"Upgrade: websocket", b"Connection: Upgrade", b"Sec-WebSocket-Accept: " + ACCEPT]


@st.composite
def answers(draw: st.DrawFn) -> bytes:
    """An HTTP answer, more or less."""
    fields = draw(st.sampled_from([[], ACCEPTANCE])) + draw(st.lists(FIELDS, max_size=6))
    body = draw(
        st.binary(max_size=60) | json_texts(objects).map(lambda text: text.encode("utf-8", "surrogatepass"))
    )
    if draw(st.booleans()):
        body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
    end = draw(st.sampled_from([b"\r\n", b"\n", b"\r\n"]))
    answer = end.join([draw(STATUS_LINES), *draw(st.permutations(fields)), b"", body])
    return (
        answer[: draw(st.integers(0, len(answer)))] if draw(st.sampled_from([False, False, True])) else answer
    )


@pytest.mark.parametrize("proxy", [False, True], ids=["direct", "proxy"])
def test_any_answer_is_a_connection_or_an_error_of_ours(answerer, proxy):
    """Accepted is only a 101 with the proof; of a refusal the protocol makes another attempt, or gives up for good."""

    @fuzzed(60 if not proxy else 20)
    @given(answers())
    def holds(answer: bytes) -> None:
        answerer.answers.put(answer)
        hop = f"http://127.0.0.1:{answerer.port}" if proxy else None
        try:
            result: Transport | TransportError = dial(
                f"ws://127.0.0.1:{answerer.port}/v1/private?sign={SECRET}",
                timeout=10,
                proxy=hop,
                ssl_context=ssl.create_default_context,
                connecting=lambda sock: None,
            )
        except TransportError as error:
            result = error
        if isinstance(result, Transport):
            result.abort()
            assert b"101" in answer
            assert ACCEPT in answer
        else:
            refused(result)

    holds()


def refused(error: TransportError) -> None:
    """It tells no secret, in text or frames, and the protocol knows what to do."""
    assert SECRET not in str(error)
    assert error.__context__ is None
    if error.__cause__ is not None:  # as text it may help; its frames know the URL
        assert SECRET not in str(error.__cause__)
        assert error.__cause__.__traceback__ is None
        assert error.__cause__.__context__ is None
    protocol = make_protocol()
    protocol.life.open(0.0)
    result = _refusal(error) if isinstance(error, RefusedUpgradeError) else error
    if isinstance(result, (GatewayError, Reply)):
        protocol.life.attempt_refused(protocol.life.generation, result, 0.0, WALL_MS)
    else:
        assert isinstance(result, TransportError)
        assert SECRET not in str(result)
        protocol.life.lost(protocol.life.generation, result, 0.0)
    assert protocol.life.state in (ConnectionState.BACKOFF, ConnectionState.CLOSED)
    if protocol.life.state is ConnectionState.CLOSED:
        assert isinstance(protocol.life.reason, AuthenticationError)
