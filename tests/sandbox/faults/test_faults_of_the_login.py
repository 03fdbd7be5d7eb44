"""What can go wrong before the welcome, as a client sees it on the wire."""

import logging
import re
import socket
import struct
import time

import pytest
import websocket
from independent_clients import OrderSocketClient, sign

from kucoin_wsapi.sandbox import Fault

PATIENCE = 0.2  # seconds in which nothing comes, where nothing is what comes


def test_a_refused_upgrade(faulty, connect):
    """An HTTP status and no WebSocket."""
    sandbox = faulty(Fault("refused-upgrade", status=429))
    with pytest.raises(websocket.WebSocketBadStatusException) as caught:
        connect(sandbox)
    assert caught.value.status_code == 429


def test_no_challenge(faulty, connect):
    """The connection is open and silent until the server has waited for long enough."""
    connection = connect(faulty("no-challenge", challenge_timeout=PATIENCE))
    opened = time.monotonic()
    connection.receive_close()
    assert time.monotonic() - opened >= PATIENCE / 2


@pytest.mark.parametrize(
    ("fault", "shape"),
    [
        ("challenge-blanks", r'\{"sessionId":".{36}", "timestamp": \d+\}'),
        ("challenge-swapped", r'\{"timestamp":\d+,"sessionId":".{36}"\}'),
    ],
)
def test_a_challenge_that_is_spelt_otherwise(log_in, fault, shape):
    """Who signs the text as it came is let in."""
    _, client = log_in(fault)
    assert re.fullmatch(shape, client.challenge)
    assert client.welcome["data"] == "welcome"


@pytest.mark.parametrize(
    "code", ["400002", "400003", "400004", "400005", "400006", "400007", "400008", "500000"]
)
def test_a_refused_login(faulty, connect, code):
    """The code is the first frame, without id and op; then the connection is closed."""
    connection = connect(faulty(Fault("login-error", code=code)))
    refusal = connection.receive()
    assert refusal["code"] == code
    assert refusal.keys() == {"code", "msg", "inTime", "outTime"}
    assert connection.receive_close() == 1008


@pytest.mark.parametrize("code", ["400011", "400012"])
def test_an_answer_to_the_challenge_that_is_refused(faulty, connect, code):
    """After the challenge, however right the answer is."""
    sandbox = faulty(Fault("login-error", code=code))
    connection = connect(sandbox)
    connection.send_text(sign(sandbox.client_options()["api_secret"], connection.receive_text()))
    assert connection.receive()["code"] == code


@pytest.mark.parametrize("code", ["1006", "1012"])
def test_a_close_before_the_welcome(faulty, connect, code):
    """After a right answer to the challenge."""
    sandbox = faulty(Fault("close-before-welcome", code=code))
    connection = connect(sandbox)
    connection.send_text(sign(sandbox.client_options()["api_secret"], connection.receive_text()))
    if code == "1006":
        with pytest.raises((ConnectionResetError, websocket.WebSocketConnectionClosedException)):
            connection.receive()
    else:
        assert connection.receive_close() == 1012


def test_a_late_welcome(faulty):
    """It comes, and takes as long as was asked for."""
    sandbox = faulty("welcome-late:delay=0.3")
    started = time.monotonic()
    client = OrderSocketClient(sandbox.client_options())
    client.close()
    assert time.monotonic() - started >= 0.3


def test_only_some_connections(faulty, connect):
    """The second one is refused, the first and the third are not."""
    sandbox = faulty("login-error:every=2")
    answers = [connect(sandbox).receive() for _ in range(3)]
    assert [answer.get("code") for answer in answers] == [None, "400003", None]
    assert sandbox.faults_struck == {"login-error": 1}


def test_a_client_that_leaves_in_the_upgrade_is_no_error(faulty, caplog):
    """It is gone before the answer to its request."""
    sandbox = faulty()
    upgrade = (
        "GET /v1/private HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    address = sandbox.client_options()["ws_url"].removeprefix("ws://").split(":")
    for _ in range(20):
        with socket.create_connection((address[0], int(address[1]))) as sock:
            sock.sendall(upgrade.encode())
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client = OrderSocketClient(sandbox.client_options())  # is let in after all of them have been dealt with
    client.close()
    sandbox.stop()

    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []
