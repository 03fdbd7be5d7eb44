"""A scripted exchange of subscriptions on real sockets, both generations, with the REST door that hands out tokens.

Written from KuCoin's documentation ("Websocket Introduction" of the classic and of the unified account, "Get Public
Token", "Get Private Token"), independently of the client.
"""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from attrs import define
from fault_server import (
    API_KEY,
    API_PASSPHRASE,
    API_SECRET,
    BINARY,
    FaultServer,
    GoneError,
    Peer,
    frame,
    signature,
    text_frame,
)
from fault_support import eventually

from kucoin_wsapi import Channel, Update, WebsocketClient, WsKey
from kucoin_wsapi.options import Backoff

PATIENCE = 20.0
PUSH_KEYS = [key for key in WsKey if not key.is_for_orders]
V1_KEYS = [key for key in PUSH_KEYS if not key.is_pro]

# Of each key: topics as users give them, as updates name them, and as the exchange writes their messages.
Given = str | Channel
TOPICS: dict[WsKey, list[tuple[Given, str]]] = {
    WsKey.SPOT_PUBLIC_V1: [(f"/market/ticker:{s}-USDT", f"/market/ticker:{s}-USDT") for s in "ABC"],
    WsKey.SPOT_PRIVATE_V1: [
        (path, path)
        for path in ("/spotMarket/tradeOrdersV2", "/account/balance", "/spotMarket/advancedOrders")
    ],
    WsKey.FUTURES_PUBLIC_V1: [
        (f"/contractMarket/tickerV2:{s}USDTM", f"/contractMarket/tickerV2:{s}USDTM") for s in "ABC"
    ],
    WsKey.FUTURES_PRIVATE_V1: [
        (path, path)
        for path in ("/contractMarket/tradeOrders", "/contractAccount/wallet", "/contract/positionAll")
    ],
    WsKey.SPOT_PUBLIC_PRO_V2: [
        (Channel("ticker", symbol=f"{s}-USDT"), f"ticker.SPOT:{s}-USDT") for s in "ABC"
    ],
    WsKey.FUTURES_PUBLIC_PRO_V2: [
        (Channel("ticker", symbol=f"{s}USDTM"), f"ticker.FUTURES:{s}USDTM") for s in "ABC"
    ],
    WsKey.PRIVATE_PRO_V2: [
        (Channel("orderAll"), "orderAll.UNIFIED"),
        (Channel("execution"), "execution.UNIFIED"),
        (Channel("balance"), "balance.UNIFIED"),
    ],
}


def given(key: WsKey, count: int = 1) -> list[Given]:
    """Topics of a key to subscribe to."""
    return [topic for topic, _ in TOPICS[key][:count]]


def named(key: WsKey, count: int = 1) -> list[str]:
    """The same as updates name them."""
    return [name for _, name in TOPICS[key][:count]]


def message(key: WsKey, topic: str, number: int, pad: str = "") -> dict[str, Any]:
    """The ``number``-th message of a topic, which is as updates name it."""
    if not key.is_pro:
        data = {"sequence": number, "pad": pad}
        return {"topic": topic, "type": "message", "subject": "s", "data": data}
    head, _, symbol = topic.partition(":")
    return {"T": head, "P": 1, "d": {"s": symbol, "sequence": number, "pad": pad}}


def number_of(update: Update) -> int:
    """Which message an update is."""
    data = update.raw["data"] if "data" in update.raw else update.raw["d"]
    return int(data["sequence"])


class PushPeer:
    """One connection of a key, as its script sees it."""

    def __init__(self, peer: Peer, key: WsKey, server: PushServer) -> None:
        self.peer, self.key, self.server = peer, key, server
        self.logins: list[dict[str, Any]] = []

    # Getting in

    def accept(self) -> None:
        """The upgrade; a V1 connection must bring the token that was handed out last, once."""
        peer = self.peer
        peer.read_upgrade()
        if not self.key.is_pro:
            query = parse_qs(urlsplit(peer.target).query, strict_parsing=True)
            assert sorted(query) == ["connectId", "token"]
            assert query["connectId"][0]
            assert query["token"][0] in self.server.tokens
            assert query["token"][0] not in self.server.used_tokens, "a token for each attempt"
            self.server.used_tokens.append(query["token"][0])
        else:
            label = {"spotPublicProV2": "x-push-spot", "futuresPublicProV2": "x-push-futures"}
            assert peer.target == f"/{label.get(self.key.value, 'wsapi-push')}"
        peer.send(peer.switching_protocols())

    def welcome(self, ping_interval: int = 18000) -> None:
        """The first message."""
        if self.key.is_pro:
            self.say({"sessionId": "d2c9a1c2", "message": "welcome", "pingInterval": ping_interval})
        else:
            self.say({"id": "connect-id", "type": "welcome"})

    def read_login(self) -> dict[str, Any]:
        """The login of the private Pro connection, checked."""
        login = json.loads(self.peer.next_text())
        self.logins.append(login)
        stamp = login["kc-api-timestamp"]
        assert abs(int(stamp) - time.time() * 1000) < 5000
        assert login["op"] == "auth"
        assert login["kc-api-key"] == API_KEY
        assert login["kc-api-sign"] == signature(f"{stamp}POST/api/websocket/users/verify")
        assert login["kc-api-passphrase"] == signature(API_PASSPHRASE)
        return login

    def log_in(self, ping_interval: int = 18000) -> None:
        """All of it, as it should be."""
        self.accept()
        self.welcome(ping_interval)
        if self.key is WsKey.PRIVATE_PRO_V2:
            self.say({"id": self.read_login()["id"], "result": True})

    # Writing

    def say(self, *messages: object) -> None:
        """Messages in the frames of this generation, all in one packet."""
        if not self.key.is_pro:
            self.peer.say(*messages)
            return
        texts = [m if isinstance(m, str) else json.dumps(m, separators=(",", ":")) for m in messages]
        self.peer.send(b"".join(frame(BINARY, text.encode()) for text in texts))

    def ack(self, *requests: dict[str, Any]) -> None:
        """Grant requests."""
        for request in requests:
            positive = {"result": True} if self.key.is_pro else {"type": "ack"}
            self.say({"id": request["id"], **positive})

    def refuse(self, request: dict[str, Any], code: int = 404, text: str = "topic does not exist") -> None:
        """Refuse a request."""
        if self.key.is_pro:
            self.say({"id": request["id"], "result": False, "code": str(code), "message": text})
        else:
            self.say({"id": request["id"], "type": "error", "code": code, "data": text})

    def push(self, topic: str, *numbers: int, pad: str = "") -> None:
        """Messages of a topic."""
        self.say(*(message(self.key, topic, number, pad) for number in numbers))

    # Reading

    def next(self) -> dict[str, Any]:
        """The next request, recorded; pings before it are answered."""
        while True:
            read: dict[str, Any] = json.loads(self.peer.next_text())
            if "ping" not in (read.get("op"), read.get("type")):
                self.peer.requests.append(read)
                return read
            self.peer.pings.append(read)
            self.pong(read)

    def pong(self, ping: dict[str, Any]) -> None:
        """Answer a ping."""
        self.say({"type": "pong", "id": ping["id"]})

    def serve(self) -> None:
        """Grant everything until the client ends the connection."""
        while True:
            self.ack(self.next())


Script = Callable[[PushPeer], None]


def serve(peer: PushPeer) -> None:
    """The script of an exchange without faults."""
    peer.log_in()
    peer.serve()


def refuse_all(peer: PushPeer) -> None:
    """Every subscription is refused."""
    peer.log_in()
    while True:
        peer.refuse(peer.next())


@define
class TokenRequest:
    """A request at the REST door."""

    path: str
    headers: dict[str, str]
    at: float


Answer = tuple[int, object]


class PushServer:
    """Scripts like those of a ``FaultServer``, for one key; ``rest_answer(request)`` may answer instead of the door."""

    def __init__(
        self,
        key: WsKey,
        *scripts: Script,
        rest_answer: Callable[[TokenRequest], Answer | None] = lambda _: None,
        receive_buffer: int | None = None,
    ) -> None:
        self.key = key
        self.tokens: list[str] = []
        self.used_tokens: list[str] = []
        self.rest_requests: list[TokenRequest] = []
        self.ping_interval = 18000
        self.endpoint: str | None = None
        self._rest_answer = rest_answer
        self.pushers: list[PushPeer] = []
        self.faults = FaultServer(
            *[self._script(script) for script in scripts or [serve]], receive_buffer=receive_buffer
        )
        self._rest = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._rest.daemon_threads = False
        self._thread = threading.Thread(target=self._rest.serve_forever, args=(0.01,), name="rest-door")

    def _script(self, script: Script) -> Callable[[Peer], None]:
        def run(peer: Peer) -> None:
            pusher = PushPeer(peer, self.key, self)
            self.pushers.append(pusher)
            script(pusher)

        return run

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.0"

            def do_GET(self) -> None:
                self.do_POST()

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                headers = {name.upper(): value for name, value in self.headers.items()}
                request = TokenRequest(self.path, headers, time.monotonic())
                server.rest_requests.append(request)
                status, body = server._rest_answer(request) or server.hand_out(request)
                raw = body if isinstance(body, bytes) else json.dumps(body).encode()
                with contextlib.suppress(OSError):
                    self.send_response(status)
                    self.send_header("Content-Length", str(len(raw)))
                    self.end_headers()
                    self.wfile.write(raw)

            def log_message(self, *_: object) -> None:
                """Quiet."""

        return Handler

    def hand_out(self, request: TokenRequest) -> Answer:
        """A token of the public or of the private door, which checks the signature."""
        if request.path == "/api/v1/bullet-private":
            stamp = request.headers["KC-API-TIMESTAMP"]
            assert request.headers["KC-API-KEY"] == API_KEY
            assert request.headers["KC-API-SIGN"] == signature(f"{stamp}POST{request.path}")
            assert request.headers["KC-API-PASSPHRASE"] == signature(API_PASSPHRASE)
        else:
            assert request.path == "/api/v1/bullet-public"
            assert not [name for name in request.headers if name.startswith("KC-API-")]
        token = f"token+{len(self.tokens)}/2neAiuYvAU61=="
        self.tokens.append(token)
        server = {
            "endpoint": self.endpoint or f"{self.faults.url}/endpoint",
            "encrypt": False,
            "protocol": "websocket",
            "pingInterval": self.ping_interval,
            "pingTimeout": 10000,
        }
        return 200, {"code": "200000", "data": {"token": token, "instanceServers": [server]}}

    def __enter__(self) -> PushServer:
        self.faults.__enter__()
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        self._rest.shutdown()
        self._thread.join(PATIENCE)
        self._rest.server_close()
        self.faults.__exit__(kind, *rest)

    @property
    def rest_url(self) -> str:
        return f"http://127.0.0.1:{self._rest.server_address[1]}"

    @property
    def peers(self) -> list[Peer]:
        return self.faults.peers

    def client(self, **options: Any) -> WebsocketClient:
        """A client that does not wait long for anything."""
        public = not self.key.is_private
        credentials = [None] * 3 if public else [API_KEY, API_SECRET, API_PASSPHRASE]
        defaults = {"connect_timeout": 5.0, "close_timeout": 0.2, "backoff": Backoff(base=0.01, cap=0.05)}
        urls = {"ws_url": self.faults.url, "rest_url": self.rest_url}
        return WebsocketClient(*credentials, **defaults | urls | options)  # type: ignore[arg-type]  # texts

    def peer(self, number: int = 0) -> PushPeer:
        """The connection of a number, once its script runs."""
        eventually(lambda: len(self.pushers) > number, f"connection {number}")
        return self.pushers[number]

    def requests(self, number: int = 0) -> list[dict[str, Any]]:
        """What a connection has asked for so far."""
        return list(self.peers[number].requests) if len(self.peers) > number else []


class Updates:
    """A handler that keeps what it is called with."""

    def __init__(self) -> None:
        self.all: list[Update] = []
        self.threads: set[str] = set()

    def __call__(self, update: Update) -> None:
        self.threads.add(threading.current_thread().name)
        self.all.append(update)

    @property
    def numbers(self) -> list[int]:
        return [number_of(update) for update in list(self.all)]

    def wait_for(self, count: int) -> list[int]:
        """The numbers, once there are so many."""
        eventually(lambda: len(self.all) >= count, f"{count} updates")
        return self.numbers


@contextlib.contextmanager
def unclosed() -> Iterator[None]:
    """A client that was not closed is collected in here, and says so."""
    with pytest.warns(ResourceWarning, match=r"unclosed WebsocketClient.*with"):
        yield


def our_threads() -> Iterable[str]:
    """The names of the threads of clients."""
    return sorted(t.name for t in threading.enumerate() if t.name.startswith("kucoin-wsapi-"))


__all__ = ["GoneError", "text_frame"]
