"""What can go wrong before the welcome, as a client sees it on the wire."""

import re
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
    socket = connect(faulty("no-challenge", challenge_timeout=PATIENCE))
    opened = time.monotonic()
    socket.receive_close()
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
    socket = connect(faulty(Fault("login-error", code=code)))
    refusal = socket.receive()
    assert refusal["code"] == code
    assert refusal.keys() == {"code", "msg", "inTime", "outTime"}
    assert socket.receive_close() == 1008


@pytest.mark.parametrize("code", ["400011", "400012"])
def test_an_answer_to_the_challenge_that_is_refused(faulty, connect, code):
    """After the challenge, however right the answer is."""
    sandbox = faulty(Fault("login-error", code=code))
    socket = connect(sandbox)
    socket.send_text(sign(sandbox.client_options()["api_secret"], socket.receive_text()))
    assert socket.receive()["code"] == code


@pytest.mark.parametrize("code", ["1006", "1012"])
def test_a_close_before_the_welcome(faulty, connect, code):
    """After a right answer to the challenge."""
    sandbox = faulty(Fault("close-before-welcome", code=code))
    socket = connect(sandbox)
    socket.send_text(sign(sandbox.client_options()["api_secret"], socket.receive_text()))
    if code == "1006":
        with pytest.raises((ConnectionResetError, websocket.WebSocketConnectionClosedException)):
            socket.receive()
    else:
        assert socket.receive_close() == 1012


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
