"""Logging in to the order socket."""

import json
import logging
import re
import time

import pytest
from independent_clients import RawSocket, sign, signed_query, socket_url

from kucoin_wsapi.sandbox import Account
from kucoin_wsapi.sandbox.keys import key_with
from kucoin_wsapi.sandbox.login import Login, LoginRefused

SECRET = "1ac2f1d4-9f4e-4a51-8f1b-0c7d9b1e2a33"
SECOND = 1_000_000_000


def milliseconds_from_now(milliseconds: int) -> str:
    return str(time.time_ns() // 1_000_000 + milliseconds)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("6710d8336afcdb0007319c271742175983882", "PjHurWVbv6N4kNnoGrWO0PCgaMg7LU2jZlBXzP2Rhgc="),
        ("correct-horse", "gMDZsTfV0a/ZFgYy3m5fKRHxYNhdHxEA1A4QBu0X3L8="),
        (
            '{"sessionId":"92f2aec4-d87e-47cc-917d-4e7c93911bdc","timestamp":1742175983882}',
            "LzP4BjjW6myMKTTZjvD4SjnCn7FZmWgsAhJsUI9bCCo=",
        ),
    ],
)
def test_these_tests_sign_as_kucoin_does(text, expected):
    """The tests' own signatures agree with known ones, so that the sandbox is held against the right thing."""
    assert sign(SECRET, text) == expected


def test_challenge_is_compact_with_the_session_first(sandbox, log_in):
    """The challenge is spelt as KuCoin spells it today."""
    client = log_in(sandbox)

    assert re.fullmatch(r'\{"sessionId":"[0-9a-f-]{36}","timestamp":\d{13}\}', client.challenge)


def test_welcome_repeats_the_session_and_announces_the_ping_times(open_sandbox, log_in):
    """The welcome carries the session of the challenge, and the intervals chosen, in milliseconds."""
    client = log_in(open_sandbox(ping_interval=1234, ping_timeout=567))

    assert client.welcome == {
        "sessionId": json.loads(client.challenge)["sessionId"],
        "data": "welcome",
        "pingInterval": 1234,
        "pingTimeout": 567,
    }


@pytest.mark.parametrize(
    ("style", "pattern"),
    [
        ("blanks", r'\{"sessionId":"[0-9a-f-]{36}", "timestamp": \d{13}\}'),
        ("swapped", r'\{"timestamp":\d{13},"sessionId":"[0-9a-f-]{36}"\}'),
    ],
)
def test_other_spellings_of_the_challenge(open_sandbox, log_in, style, pattern):
    """A client that signs the text it received logs in whatever the spelling."""
    client = log_in(open_sandbox(challenge=style))

    assert re.fullmatch(pattern, client.challenge)
    assert client.welcome["data"] == "welcome"


@pytest.mark.parametrize("style", ["blanks", "swapped"])
def test_signing_a_copy_of_the_challenge_fails(open_sandbox, connect, style):
    """A client that signs its own compact spelling is refused with 400011."""
    sandbox = open_sandbox(challenge=style)
    socket = connect(sandbox)
    fields = json.loads(socket.receive_text())
    copy = {"sessionId": fields["sessionId"], "timestamp": fields["timestamp"]}

    socket.send_text(sign(sandbox.client_options()["api_secret"], json.dumps(copy, separators=(",", ":"))))

    assert socket.receive()["code"] == "400011"
    assert socket.receive_close() == 1008


@pytest.mark.parametrize(
    ("replaced", "code"),
    [
        ({"apikey": None}, "400001"),
        ({"timestamp": None}, "400001"),
        ({"sign": None}, "400001"),
        ({"passphrase": ""}, "400001"),
        ({"timestamp": "soon"}, "400002"),
        ({"timestamp": "-1"}, "400002"),
        ({"timestamp": "9" * 5000}, "400002"),
        ({"timestamp": milliseconds_from_now(-6_000_000)}, "400002"),
        ({"timestamp": milliseconds_from_now(+6_000_000)}, "400002"),
        ({"apikey": "6710d8336afcdb0007319c27"}, "400003"),
        ({"passphrase": "sandbox-passphrase"}, "400004"),
        ({"passphrase": "é\N{GRINNING FACE}"}, "400004"),
        ({"sign": "PjHurWVbv6N4kNnoGrWO0PCgaMg7LU2jZlBXzP2Rhgc="}, "400005"),
        ({"partner": "NOBODY", "partner_sign": "x"}, "400200"),
        ({"partner_sign": "x"}, "400200"),
        ({"partner": "SANDBOX", "partner_sign": "x"}, "400201"),
        ({"partner": "SANDBOX"}, "400201"),
    ],
)
def test_refused_login(sandbox, connect, replaced, code):
    """A bad URL is told why in one frame without id and op, before a close with 1008."""
    socket = connect(sandbox, **replaced)

    frame = socket.receive()

    assert frame["code"] == code
    assert set(frame) == {"code", "msg", "inTime", "outTime"}
    assert socket.receive_close() == 1008


def test_signature_with_an_unencoded_plus_is_refused(sandbox, connect):
    """A raw + in the query is read as a blank, as everywhere on the web."""
    options = sandbox.client_options()
    timestamps = (str(time.time_ns() // 1_000_000 - back) for back in range(2000))
    query = next(q for q in (signed_query(options, timestamp=t) for t in timestamps) if "+" in q["sign"])
    url = socket_url(options, query).replace("%2B", "+")
    socket = RawSocket(url)

    code = socket.receive()["code"]
    socket.close()

    assert code in ("400004", "400005")


def test_wrong_path_is_refused(sandbox, connect):
    """Another path than /v1/private is 400001."""
    socket = connect(sandbox, path="/v3/private")

    assert socket.receive()["code"] == "400001"
    assert socket.receive_close() == 1008


@pytest.mark.parametrize("answer", ["", "nonsense", "é" * 44, '{"sessionId":"x"}'])
def test_wrong_answer_to_the_challenge(sandbox, connect, answer):
    """Whatever is not the signature of the challenge is 400011."""
    socket = connect(sandbox)
    socket.receive()

    socket.send_text(answer)

    frame = socket.receive()
    assert (frame["code"], frame["msg"]) == ("400011", "Session verification failed.")
    assert socket.receive_close() == 1008


def test_challenge_answered_in_a_binary_frame(sandbox, connect):
    """The signature must come as text."""
    socket = connect(sandbox)
    challenge = socket.receive_text()

    socket.send_bytes(sign(sandbox.client_options()["api_secret"], challenge).encode())

    assert socket.receive()["code"] == "400011"


def test_challenge_not_answered_in_time(open_sandbox, connect):
    """Silence after the challenge is 400012."""
    socket = connect(open_sandbox(challenge_timeout=0.05))
    socket.receive()

    assert socket.receive()["code"] == "400012"
    assert socket.receive_close() == 1008


def test_pings_of_the_protocol_do_not_extend_the_challenge(open_sandbox, connect):
    """A client that only pings is timed out all the same."""
    socket = connect(open_sandbox(challenge_timeout=0.05))
    socket.receive()
    socket.ping()

    assert socket.receive()["code"] == "400012"


@pytest.mark.parametrize("offset", [-60.0, 60.0])
def test_clock_that_is_off(open_sandbox, connect, offset):
    """A sandbox whose clock is off refuses with 400002, and its inTime tells its own time."""
    socket = connect(open_sandbox(clock_offset=offset))

    frame = socket.receive()

    assert frame["code"] == "400002"
    assert abs(frame["inTime"] / 1000 - time.time() - offset) < 5


def test_client_that_signs_with_the_clock_of_the_sandbox_gets_in(open_sandbox, connect):
    """A client that corrects its clock by inTime is challenged."""
    sandbox = open_sandbox(clock_offset=60.0)
    timestamp = milliseconds_from_now(60_000)
    options = sandbox.client_options()

    socket = connect(sandbox, **signed_query(options, timestamp=timestamp))

    assert "sessionId" in socket.receive()


def test_partner_logs_in(sandbox, log_in):
    """The broker that the sandbox knows may sign for its users."""
    options = sandbox.client_options()
    partner = sandbox.partner_options()
    query = signed_query(options)
    text = query["timestamp"] + partner["partner"] + options["api_key"]

    client = log_in(
        sandbox, **query, partner=partner["partner"], partner_sign=sign(partner["partner_key"], text)
    )

    assert client.welcome["data"] == "welcome"


def test_signed_url_may_be_used_again_within_the_window(sandbox, log_in):
    """By default one signed URL opens several connections."""
    query = signed_query(sandbox.client_options())

    first, second = log_in(sandbox, **query), log_in(sandbox, **query)

    assert first.welcome["data"] == second.welcome["data"] == "welcome"


def test_signed_url_may_not_be_used_again_without_a_window(open_sandbox, log_in, connect):
    """With no window a used URL counts as an old one."""
    sandbox = open_sandbox(reuse_window=0)
    query = signed_query(sandbox.client_options())
    log_in(sandbox, **query)

    assert connect(sandbox, **query).receive()["code"] == "400002"


def test_window_of_a_signed_url_ends():
    """A URL signed ahead of time is still current after the window, and refused; another key's is not."""
    login = Login([Account()], reuse_window=1.0)
    now = 1_742_175_983_882_000_000
    query = query_of(key_with(["Spot"]), timestamp="1742175987882")
    login.check_socket_query(query, "", (now,))
    login.check_socket_query(query, "", (now + SECOND,))

    with pytest.raises(LoginRefused) as refusal:
        login.check_socket_query(query, "", (now + SECOND + 1,))

    assert refusal.value.code == "400002"
    assert login.check_socket_query(query_of(key_with(["Margin"]), "1742175987882"), "", (now + SECOND + 1,))


@pytest.mark.parametrize(("offset", "accepted"), [(-5000, True), (5000, True), (-5001, False), (5001, False)])
def test_timestamp_may_differ_by_five_seconds(offset, accepted):
    """The limit is 5 s, either way (KuCoin documentation, "Add Order")."""
    key = key_with(["Spot"])
    login = Login([Account()], reuse_window=5.0)
    query = query_of(key, str(1_742_175_983_882 + offset))

    if accepted:
        assert login.check_socket_query(query, "", (1_742_175_983_882_000_000,)).key == key
    else:
        with pytest.raises(LoginRefused, match="400002"):
            login.check_socket_query(query, "", (1_742_175_983_882_000_000,))


def query_of(key, timestamp: str) -> dict[str, str]:
    options = {"api_key": key.api_key, "api_secret": key.secret, "api_passphrase": key.passphrase}
    return signed_query(options, timestamp=timestamp)


def test_credentials_are_not_logged(sandbox, connect, log_in, caplog):
    """Neither a login nor a refusal writes the URL or its parts to a log, at whatever level."""
    options = sandbox.client_options()
    query = signed_query(options)

    with caplog.at_level(logging.DEBUG):
        log_in(sandbox, **query).ask("spot.cancel", {"symbol": "BTC-USDT", "orderId": "none"})
        connect(sandbox, **{**query, "sign": "x"}).receive()
        sandbox.stop()

    secrets = [options["api_secret"], options["api_passphrase"], query["apikey"], query["passphrase"]]
    assert not [text for text in secrets if text in caplog.text]


def test_secrets_do_not_show():
    """A key prints without its secret and passphrase."""
    key = key_with(["Spot"])

    assert key.api_key in repr(key)
    assert key.secret not in repr(key)
    assert key.passphrase not in repr(key)
