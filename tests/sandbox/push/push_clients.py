"""Raw clients of the push sockets, which share no code with the package."""

from __future__ import annotations

import json
from collections.abc import Mapping
from urllib.parse import urlencode

import requests
from independent_clients import OrderSocketClient, RawSocket, ask


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
