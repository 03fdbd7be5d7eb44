"""Raw clients of the order socket and of REST, which share no code with the package: the signatures are made here."""

import base64
import hashlib
import hmac
import json
import socket
import struct
import time
from collections.abc import Mapping
from itertools import count
from urllib.parse import urlencode

import requests
import websocket


def sign(secret: str, text: str) -> str:
    """Base64 of the HMAC-SHA256."""
    return base64.b64encode(hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest()).decode()


def signed_query(options: Mapping[str, str], *, timestamp: str | None = None) -> dict[str, str]:
    """The query of a signed order socket URL, before encoding; `timestamp` is in milliseconds, now by default."""
    timestamp = str(time.time_ns() // 1_000_000) if timestamp is None else timestamp
    secret = options["api_secret"]
    return {
        "apikey": options["api_key"],
        "timestamp": timestamp,
        "sign": sign(secret, options["api_key"] + timestamp),
        "passphrase": sign(secret, options["api_passphrase"]),
    }


class RawSocket:
    """One WebSocket; every read is bounded by 5 s."""

    def __init__(self, url: str) -> None:
        self._socket = websocket.create_connection(url, timeout=5, redirect_limit=0)

    def send_text(self, text: str) -> None:
        self._socket.send(text)

    def send_bytes(self, data: bytes) -> None:
        self._socket.send_binary(data)

    def ping(self) -> None:
        """A ping of the WebSocket protocol."""
        self._socket.ping()

    def receive_text(self) -> str:
        opcode, data = self._read_frame()
        assert opcode == websocket.ABNF.OPCODE_TEXT, (opcode, data)
        return data.decode()

    def receive(self) -> dict:
        """The next frame, which must be JSON."""
        return json.loads(self.receive_text())

    def receive_close(self) -> int:
        """The code of the close frame that must come next."""
        opcode, data = self._read_frame()
        assert opcode == websocket.ABNF.OPCODE_CLOSE, (opcode, data)
        return int.from_bytes(data[:2], "big")

    def _read_frame(self) -> tuple[int, bytes]:
        while True:
            opcode, frame = self._socket.recv_data_frame(control_frame=True)
            if opcode != websocket.ABNF.OPCODE_PONG:
                return opcode, frame.data

    def reset(self) -> None:
        """Makes the close a TCP reset, which throws away what was not read or sent."""
        self._socket.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def close(self) -> None:
        self._socket.shutdown()


class OrderSocketClient(RawSocket):
    """A logged-in order socket."""

    def __init__(self, options: Mapping[str, str], **more_query: str) -> None:
        super().__init__(socket_url(options, {**signed_query(options), **more_query}))
        self._ids = count(1)
        self.challenge = self.receive_text()
        self.send_text(sign(options["api_secret"], self.challenge))
        self.welcome = self.receive()

    def ask(self, op: str, args: object) -> dict:
        """The reply to one request, whose id must be the request's."""
        request_id = f"request-{next(self._ids)}"
        self.send_text(json.dumps({"id": request_id, "op": op, "args": args}))
        reply = self.receive()
        assert reply["id"] == request_id
        return reply


def socket_url(options: Mapping[str, str], query: Mapping[str, str], path: str = "/v1/private") -> str:
    """The URL of an order socket connection."""
    return f"{options['ws_url']}{path}?{urlencode(query)}"


def signed_headers(
    options: Mapping[str, str],
    target: str,
    *,
    timestamp: str | None = None,
    method: str = "GET",
    body: str = "",
) -> dict[str, str]:
    """The headers of a signed request for `target`, path and unencoded query; a GET by default."""
    timestamp = str(time.time_ns() // 1_000_000) if timestamp is None else timestamp
    secret = options["api_secret"]
    return {
        "KC-API-KEY": options["api_key"],
        "KC-API-TIMESTAMP": timestamp,
        "KC-API-SIGN": sign(secret, f"{timestamp}{method}{target}{body}"),
        "KC-API-PASSPHRASE": sign(secret, options["api_passphrase"]),
        "KC-API-KEY-VERSION": "3",
    }


def get(
    options: Mapping[str, str], target: str, headers: Mapping[str, str] | None = None
) -> requests.Response:
    """A GET over a connection of its own, signed unless `headers` are given."""
    headers = signed_headers(options, target) if headers is None else headers
    return requests.get(options["rest_url"] + target, headers=dict(headers), timeout=5)


def send(
    options: Mapping[str, str], method: str, target: str, body: object = None, **headers: str
) -> requests.Response:
    """A signed request; `body` is sent as JSON, a string as it is. `headers` replace others, with - for _."""
    text = body if isinstance(body, str) else "" if body is None else json.dumps(body)
    all_headers = signed_headers(options, target, method=method, body=text)
    if text:
        all_headers["Content-Type"] = "application/json"
    all_headers |= {name.replace("_", "-"): value for name, value in headers.items()}
    url = options["rest_url"] + target
    return requests.request(method, url, data=text or None, headers=all_headers, timeout=5)


def ask(options: Mapping[str, str], method: str, target: str, body: object = None) -> object:
    """The data of a signed request, which must succeed."""
    answer = send(options, method, target, body).json()
    assert answer["code"] == "200000", answer
    return answer["data"]
