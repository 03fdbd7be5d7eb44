"""Every refusal of the gateway's error table, each brought about by what it is for, or by a fault.

The names of the cases are lines of KuCoin's documentation, "Error code".
"""

import json
import time
from collections.abc import Callable, Iterator

import pytest
import requests
from independent_clients import RawSocket, ask, get, send, sign, signed_headers, signed_query, socket_url

from kucoin_wsapi.sandbox import Account, ApiKey, Sandbox
from kucoin_wsapi.sandbox.gateway_codes import GATEWAY_TEXTS

SPOT = {"symbol": "BTC-USDT", "type": "limit", "side": "buy", "price": "60000", "size": "0.001"}
LOOK_UP = "/api/v1/orders/1"
ORDERS = "/api/v1/hf/orders"

OLD_KEY = ApiKey("old", "hush", "phrase", version=2)
ELSEWHERE = ApiKey("elsewhere", "hush", "phrase", ip_whitelist=["192.0.2.1"])


def with_key(options, key: ApiKey) -> dict[str, str]:
    """The same sandbox, another key."""
    return {**options, "api_key": key.api_key, "api_secret": key.secret, "api_passphrase": key.passphrase}


def login(options, path: str = "/v1/private", **replaced: str | None) -> dict:
    """The first frame of a connection whose query has been tampered with."""
    query = {**signed_query(options), **replaced}
    present = {name: value for name, value in query.items() if value is not None}
    socket = RawSocket(socket_url(options, present, path))
    try:
        return socket.receive()
    finally:
        socket.close()


def headers(options, **replaced: str) -> dict:
    """The answer to a look-up whose headers have been tampered with."""
    return send(options, "GET", LOOK_UP, **replaced).json()


def answer_to_the_challenge(options, answer: str) -> dict:
    """The frame after a wrong answer to the challenge."""
    socket = RawSocket(socket_url(options, signed_query(options)))
    try:
        socket.receive()
        if answer:
            socket.send_text(answer)
        return socket.receive()
    finally:
        socket.close()


def frames(options, *texts: str) -> list[dict]:
    """What comes back for frames after the welcome."""
    socket = RawSocket(socket_url(options, signed_query(options)))
    try:
        socket.send_text(sign(options["api_secret"], socket.receive_text()))
        socket.receive()
        for text in texts:
            socket.send_text(text)
        return [socket.receive() for _ in texts]
    finally:
        socket.close()


def order_frame(number: int = 0) -> str:
    return json.dumps({"id": str(number), "op": "spot.order", "args": SPOT})


def partner(options, name: str, signature: str) -> dict:
    return headers(options, KC_API_PARTNER=name, KC_API_PARTNER_SIGN=signature)


def long_ago() -> str:
    return str(time.time_ns() // 1_000_000 - 10_000)


CASES: dict[str, Callable[[dict[str, str]], dict]] = {
    "error table, gateway: 400001, of the socket's query": lambda o: login(o, sign=None),
    "error table, gateway: 400001, of the socket's path": lambda o: login(o, path="/v1/public"),
    "error table, gateway: 400001, of the headers": lambda o: get(o, LOOK_UP, headers={}).json(),
    "error table, gateway: 400002, of the socket": lambda o: login(o, timestamp=long_ago()),
    "error table, gateway: 400002, of REST": lambda o: headers(o, KC_API_TIMESTAMP=long_ago()),
    "error table, gateway: 400003, of the socket": lambda o: login(o, apikey="nobody"),
    "error table, gateway: 400003, of REST": lambda o: headers(o, KC_API_KEY="nobody"),
    "error table, gateway: 400004, of the socket": lambda o: login(o, passphrase=o["api_passphrase"]),
    "error table, gateway: 400004, of REST": lambda o: headers(o, KC_API_PASSPHRASE=o["api_passphrase"]),
    "error table, gateway: 400005, of the socket": lambda o: login(o, sign="x"),
    "error table, gateway: 400005, of REST": lambda o: headers(o, KC_API_SIGN="x"),
    "error table, gateway: 400006, of the socket": lambda o: login(with_key(o, ELSEWHERE)),
    "error table, gateway: 400006, of REST": lambda o: headers(with_key(o, ELSEWHERE)),
    "error table, gateway: 400008": lambda o: login(with_key(o, OLD_KEY)),
    "error table, gateway: 400009": lambda o: headers(o, KC_API_KEY_VERSION="1"),
    "error table, gateway: 400011": lambda o: answer_to_the_challenge(o, "wrong"),
    "error table, gateway: 400101": lambda o: send(o, "POST", ORDERS, "{").json(),
    "error table, gateway: 400102": lambda o: send(o, "POST", ORDERS, "5").json(),
    "error table, gateway: 4001002, not JSON": lambda o: frames(o, "{")[0],
    "error table, gateway: 4001002, no id": lambda o: frames(o, '{"op":"ping"}')[0],
    "error table, gateway: 4001002, a number for an id": lambda o: frames(o, '{"id":1,"op":"ping"}')[0],
    "error table, gateway: 4001002, a long id": lambda o: frames(o, f'{{"id":"{"x" * 65}","op":"ping"}}')[0],
    "error table, gateway: 4001002, no op": lambda o: frames(o, '{"id":"1"}')[0],
    "error table, gateway: 4001002, args of the wrong shape": lambda o: frames(
        o, '{"id":"1","op":"spot.order","args":[]}'
    )[0],
    "error table, gateway: 400200": lambda o: login(o, partner="NOBODY", partner_sign="x"),
    "error table, gateway: 400201, of the socket": lambda o: login(o, partner="SANDBOX", partner_sign="x"),
    "error table, gateway: 400201, of REST": lambda o: partner(o, "SANDBOX", "x"),
    "error table, gateway: 404000": lambda o: send(o, "GET", "/api/v1/nothing").json(),
    "error table, gateway: 415000": lambda o: send(o, "POST", ORDERS, SPOT, Content_Type="text/plain").json(),
    "error table, gateway: 420001": lambda o: frames(o, *["{"] * 20, order_frame())[20],
}


@pytest.fixture
def shared() -> Iterator[Sandbox]:
    """A sandbox with keys for every refusal."""
    with Sandbox(accounts=[Account(keys=[OLD_KEY, ELSEWHERE])]) as sandbox:
        yield sandbox


@pytest.mark.parametrize("name", CASES)
def test_refusal(shared, name):
    """The code of the table, with its text or one that says more, and nothing in the ledger."""
    code = name.split(": ")[1].split(",")[0]

    answer = CASES[name](shared.client_options())

    assert answer["code"] == code
    assert answer["msg"]
    assert shared.orders == ()


@pytest.mark.parametrize("refused", [login, headers])
def test_wrong_address_is_told(shared, refused):
    """error table, gateway: 400006 names the address that the request came from."""
    answer = refused(with_key(shared.client_options(), ELSEWHERE))

    assert answer["msg"] == "Invalid request IP, the current client IP is:127.0.0.1"


@pytest.mark.parametrize(
    ("case", "status"),
    [
        ("400003, of REST", 401),
        ("400006, of REST", 403),
        ("400101", 400),
        ("404000", 404),
        ("415000", 415),
    ],
)
def test_http_status(shared, case, status):
    """The status goes with the code, as the documentation's table of HTTP errors has it."""
    options = shared.client_options()
    responses = {
        "400003, of REST": lambda: send(options, "GET", LOOK_UP, KC_API_KEY="nobody"),
        "400006, of REST": lambda: send(with_key(options, ELSEWHERE), "GET", LOOK_UP),
        "400101": lambda: send(options, "POST", ORDERS, "{"),
        "404000": lambda: send(options, "GET", "/api/v1/nothing"),
        "415000": lambda: send(options, "POST", ORDERS, SPOT, Content_Type="text/plain"),
    }

    assert responses[case]().status_code == status


def test_missing_permission(shared):
    """error table, gateway: 400007, on the socket and over REST."""
    options = shared.client_options(permissions=["Futures"])

    assert frames(options, order_frame())[0]["code"] == "400007"
    assert send(options, "POST", ORDERS, SPOT).json()["code"] == "400007"


def test_unanswered_challenge():
    """error table, gateway: 400012."""
    with Sandbox(challenge_timeout=0.05) as sandbox:
        assert answer_to_the_challenge(sandbox.client_options(), "")["code"] == "400012"


def test_used_up_quota():
    """error table, gateway: 429000, with HTTP status 429 over REST; the pool is one for both."""
    with Sandbox(rate_limits={"spot": 1}) as sandbox:
        options = sandbox.client_options()
        first, second = frames(options, order_frame(1), order_frame(2))
        over_rest = send(options, "POST", ORDERS, SPOT)

    assert [first["code"], second["code"]] == ["200000", "429000"]
    assert second["userRateLimit"]["remaining"] == 0
    assert (over_rest.status_code, over_rest.json()["code"]) == (429, "429000")


def test_quota_is_asked_before_the_permission():
    """KuCoin's order of checks: a request without permission draws on its pool, and is 429000 when that is used up."""
    with Sandbox(rate_limits={"spot": 1}) as sandbox:
        replies = frames(sandbox.client_options(permissions=["Futures"]), order_frame(1), order_frame(2))

    assert [reply["code"] for reply in replies] == ["400007", "429000"]
    assert replies[0]["userRateLimit"]["remaining"] == 0


def test_usage_is_reported_where_a_request_is_refused_for_it():
    """Also on operations whose replies report none otherwise, for a client has to know how long to wait."""
    frame = json.dumps({"id": "1", "op": "futures.order", "args": {}})
    with Sandbox(rate_limits={"futures": 1}) as sandbox:
        (reply,) = frames(sandbox.client_options(), frame)

    assert reply["code"] == "429000"
    assert reply["userRateLimit"]["limit"] == 1


def test_too_many_messages():
    """error table, gateway: 429002, for each message beyond the limit, until ten seconds have passed."""
    with Sandbox(message_limit=3) as sandbox:
        options = sandbox.client_options()
        socket = RawSocket(socket_url(options, signed_query(options)))
        socket.send_text(sign(options["api_secret"], socket.receive_text()))
        socket.receive()

        def burst(count: int) -> list[str | None]:
            for number in range(count):
                socket.send_text(order_frame(number))
            return [socket.receive()["code"] for _ in range(count)]

        first = burst(5)
        sandbox.advance(10)
        second = burst(2)
        socket.close()
        orders = sandbox.orders

    assert first == ["200000"] * 3 + ["429002"] * 2
    assert second == ["200000"] * 2
    assert len(orders) == 5


def test_shorter_ids_only():
    """error table, gateway: 4001002 for an id above the limit that was chosen."""
    frames_of = [json.dumps({"id": "x" * length, "op": "ping"}) for length in (32, 33)]
    with Sandbox(id_limit=32) as sandbox:
        short, long = frames(sandbox.client_options(), *frames_of)

    assert short["op"] == "pong"
    assert (long["code"], "id" in long) == ("4001002", False)


def test_too_many_connections():
    """error table, gateway: 429000 for one connection more than an account may have; others may."""
    with Sandbox(connection_limit=2, accounts=[Account("a"), Account("b")]) as sandbox:
        options = sandbox.client_options("a")
        sockets = [RawSocket(socket_url(options, signed_query(options))) for _ in range(2)]
        challenges = [socket.receive() for socket in sockets]
        third = login(options)
        other = login(sandbox.client_options("b"))
        sockets.pop().close()
        for _ in range(500):  # until the sandbox has noticed that one has left
            again = login(options)
            if "sessionId" in again:
                break
        sockets.pop().close()

    assert all("sessionId" in challenge for challenge in challenges)
    assert third["code"] == "429000"
    assert "sessionId" in other
    assert "sessionId" in again


def test_fault_of_the_exchange(monkeypatch):
    """error table, gateway: 500000, with HTTP status 500 over REST."""

    def fail(*_: object) -> None:
        raise ZeroDivisionError

    with Sandbox() as sandbox:
        monkeypatch.setattr(sandbox._gateway._exchange, "execute", fail)
        response = send(sandbox.client_options(), "POST", ORDERS, SPOT)

    assert (response.status_code, response.json()["code"]) == (500, "500000")


# Of 400200 spot has a sense of its own.
@pytest.mark.parametrize("code", sorted(set(GATEWAY_TEXTS) - {"400200"}))
def test_every_code_can_be_asked_for(code):
    """What needs regions, identities or other machines is said by a fault, on a request and in the login."""
    with Sandbox(faults=[f"refusal:code={code}"]) as sandbox:
        (reply,) = frames(sandbox.client_options(), order_frame())
        orders = sandbox.orders

    assert (reply["code"], reply["msg"]) == (code, GATEWAY_TEXTS[code])
    assert orders == ()


def test_query_of_a_refused_login_is_not_in_the_answer(shared):
    """Nothing of the credentials comes back, whatever is wrong with them."""
    options = shared.client_options()
    text = json.dumps([case(options) for name, case in CASES.items() if "socket" in name])

    assert options["api_secret"] not in text
    assert options["api_key"] not in text


@pytest.mark.parametrize("charset", ["utf-8", "utf-16", "nonsense"])
def test_body_that_is_no_text(shared, charset):
    """error table, gateway: 400101 for bytes that are not UTF-8, whatever they are said to be."""
    options = shared.client_options()
    named = {
        **signed_headers(options, ORDERS, method="POST"),
        "Content-Type": f"application/json; charset={charset}",
    }

    response = requests.post(options["rest_url"] + ORDERS, data=b"\xff\xfe\xfa", headers=named, timeout=5)

    assert (response.status_code, response.json()["code"]) == (400, "400101")


def test_body_over_the_maximum(shared):
    """error table, gateway: 400101 for a body of megabytes, which does not end the sandbox."""
    options = shared.client_options()
    body = json.dumps({"symbol": "x" * 2_000_000})
    signed = signed_headers(options, ORDERS, method="POST", body=body)

    response = requests.post(options["rest_url"] + ORDERS, data=body, headers=signed, timeout=5)

    assert (response.status_code, response.json()["code"]) == (400, "400101")
    assert ask(options, "GET", "/api/v1/user/api-key")["apiVersion"] == 3
