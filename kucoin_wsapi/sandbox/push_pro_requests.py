"""Requests of the Pro push sockets, read and answered as text. Pure.

KuCoin documentation, "Websocket Introduction" of the unified account. What cannot be read is ignored there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal

import attrs

from .envelopes import compact_json
from .times import to_milliseconds

__all__ = [
    "LOGIN_TEXT",
    "ProRequest",
    "login_headers",
    "read_pro_request",
    "write_pong",
    "write_result",
    "write_welcome",
]

LOGIN_TEXT = "POST/api/websocket/users/verify"
"""What is signed to log in, after the timestamp."""
Action = Literal["ping", "auth", "subscribe", "unsubscribe"]


@attrs.frozen
class ProRequest:
    """One request; `fields` are all of its fields."""

    id: str
    action: Action
    fields: Mapping[str, Any]


def read_pro_request(text: str) -> ProRequest | None:
    """The request in a frame, None for what is none."""
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(message, dict):
        return None
    words = [message.get(name) for name in ("action", "op", "type")]
    word = next((each.lower() for each in words if isinstance(each, str)), "")
    request_id = message.get("id")
    request_id = str(request_id) if isinstance(request_id, (str, int)) else ""
    for action in ("ping", "auth", "subscribe", "unsubscribe"):
        if word == action:
            return ProRequest(request_id, action, message)
    return None


def login_headers(request: ProRequest) -> dict[str, str]:
    """The credentials of a login as REST has them in its headers; those that are no texts are left out."""
    names = ("kc-api-key", "kc-api-sign", "kc-api-timestamp", "kc-api-passphrase")
    given = {name.upper(): request.fields.get(name) for name in names}
    present = {name: value for name, value in given.items() if isinstance(value, str)}
    return {**present, "KC-API-KEY-VERSION": "3"}


def write_welcome(session_id: str, ping_interval: int, ping_timeout: int) -> str:
    """The first frame; both times are in milliseconds."""
    return compact_json(
        {
            "sessionId": session_id,
            "message": "welcome",
            "pingInterval": ping_interval,
            "pingTimeout": ping_timeout,
        }
    )


def write_result(request_id: str, refused: str | None = None) -> str:
    """A request succeeded, or was refused in these words."""
    more = {} if refused is None else {"message": refused}
    return compact_json({"id": request_id, "result": refused is None, **more})


def write_pong(request: ProRequest, now: int) -> str:
    """The answer to a ping in the spelling of the ping; `now` in Unix nanoseconds."""
    if "op" in request.fields:
        return compact_json({"id": request.id, "op": "pong", "timestamp": to_milliseconds(now)})
    return compact_json({"type": "pong", "id": request.id, "ts": now})
