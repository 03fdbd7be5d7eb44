"""Raw clients of the push sockets, which share no code with the package."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from urllib.parse import urlencode

import requests
import websocket
from independent_clients import OrderSocketClient, RawSocket, ask, sign


class Trader(OrderSocketClient):
    """A logged-in order socket whose requests succeed."""

    def do(self, op: str, args: dict) -> dict:
        """The data of the reply; what is None in `args` is left out."""
        reply = self.ask(op, {name: value for name, value in args.items() if value is not None})
        assert reply["code"] == "200000", reply
        return reply["data"]


def bullet(options: Mapping[str, str], *, private: bool) -> dict:
    """The data of a token request: signed if it is private."""
    if private:
        return ask(options, "POST", "/api/v1/bullet-private")
    answer = requests.post(options["rest_url"] + "/api/v1/bullet-public", timeout=5).json()
    assert answer["code"] == "200000", answer
    return answer["data"]


def v1_url(options: Mapping[str, str], *, private: bool, connect_id: str = "c-1") -> str:
    """The URL to connect to, as a token request tells it."""
    data = bullet(options, private=private)
    query = urlencode({"token": data["token"], "connectId": connect_id})
    return f"{data['instanceServers'][0]['endpoint']}?{query}"


class V1Socket(RawSocket):
    """A classic push socket after its welcome."""

    def __init__(self, options: Mapping[str, str], *, private: bool = True) -> None:
        super().__init__(v1_url(options, private=private))
        self.welcome = self.receive()

    def say(self, **message: object) -> dict:
        """The answer to a message, which must be the next frame."""
        self.send_text(json.dumps(message))
        return self.receive()

    def subscribe(self, topic: str) -> None:
        """Subscribe and be acknowledged."""
        answer = self.say(id="s", type="subscribe", topic=topic, privateChannel=True, response=True)
        assert answer == {"id": "s", "type": "ack"}, answer

    def data(self, count: int) -> list[dict]:
        """The data of so many messages."""
        return [self.receive()["data"] for _ in range(count)]


class ProSocket(RawSocket):
    """A Pro push socket after its welcome; what the server sends are binary frames of plain JSON."""

    def __init__(self, options: Mapping[str, str], path: str, query: str = "") -> None:
        super().__init__(f"{options['ws_url']}{path}{query}")
        self._options = options
        self.welcome = self.receive()

    def receive(self) -> dict:
        """The next frame, which must be binary."""
        opcode, data = self._read_frame()
        assert opcode == websocket.ABNF.OPCODE_BINARY, (opcode, data)
        return json.loads(data.decode())

    def say(self, **message: object) -> dict:
        """The answer to a message, which must be the next frame."""
        self.send_text(json.dumps(message))
        return self.receive()

    def log_in(self, **replaced: str) -> dict:
        """The answer to a login."""
        options, timestamp = self._options, str(time.time_ns() // 1_000_000)
        secret = options["api_secret"]
        credentials = {
            "kc-api-key": options["api_key"],
            "kc-api-sign": sign(secret, f"{timestamp}POST/api/websocket/users/verify"),
            "kc-api-timestamp": timestamp,
            "kc-api-passphrase": sign(secret, options["api_passphrase"]),
        }
        return self.say(id="auth-1", op="auth", **{**credentials, **replaced})

    def subscribe(self, channel: str, **parameters: object) -> None:
        """Subscribe successfully."""
        answer = self.say(id="s", action="SUBSCRIBE", channel=channel, **parameters)
        assert answer == {"id": "s", "result": True}, answer

    def data(self, count: int) -> list[dict]:
        """The data of so many events."""
        return [self.receive()["d"] for _ in range(count)]
