"""Where to connect for push, and with which token: KuCoin documentation, "Get Public Token", "Get Private Token".

KuCoin's hosts for spot and futures are one here, and so are their push sockets: the endpoint serves the topics of both.
"""

from __future__ import annotations

from functools import partial

from .answers import Answer
from .exchange import Exchange
from .operations import Operation
from .push_tokens import write_token
from .rest_calls import Call, Endpoint, succeeded

__all__ = ["CLASSIC_PUSH", "PRO_PRIVATE_PUSH", "bullets"]

CLASSIC_PUSH = "/push"
PRO_PRIVATE_PUSH = "/wsapi-push"


def bullets(ping_interval: int, ping_timeout: int) -> tuple[Endpoint, ...]:
    """The endpoints; both times are in milliseconds, and told to whoever gets a token."""

    def bullet(path: str, _: Exchange, call: Call) -> Answer:
        server = {
            "endpoint": f"ws://{call.host}{path}",
            "encrypt": False,
            "protocol": "websocket",
            "pingInterval": ping_interval,
            "pingTimeout": ping_timeout,
        }
        return succeeded({"token": write_token(call.uid, call.now), "instanceServers": [server]})

    def private(path: str, endpoint: str, pool: str) -> Endpoint:
        return Endpoint("POST", path, partial(bullet, endpoint), Operation("General", pool, 10))

    return (
        Endpoint("POST", "/api/v1/bullet-public", partial(bullet, CLASSIC_PUSH), None, 10),
        private("/api/v1/bullet-private", CLASSIC_PUSH, "spot"),
        private("/api/v2/bullet-private", PRO_PRIVATE_PUSH, "management"),
    )
