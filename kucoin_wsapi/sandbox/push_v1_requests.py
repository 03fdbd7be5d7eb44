"""Requests of the classic push sockets, read and answered as text. Pure.

KuCoin documentation, "Websocket Introduction" and, for the codes, "Error code" of push sockets.
"""

from __future__ import annotations

import json
import uuid
from typing import Literal

import attrs

from .envelopes import compact_json

__all__ = ["RequestRefused", "V1Request", "read_v1_request", "write_ack", "write_error", "write_pong"]

Action = Literal["ping", "subscribe", "unsubscribe"]
ACTIONS: tuple[Action, ...] = ("ping", "subscribe", "unsubscribe")


class RequestRefused(Exception):
    """A frame that is no request; `id`, `code` and `text` are what the client is told."""

    def __init__(self, request_id: str, code: int, text: str) -> None:
        super().__init__(code, text)
        self.id = request_id
        self.code = code
        self.text = text


@attrs.frozen
class V1Request:
    """One request; `topic` is whatever came. `wants_answer` is whether a success is to be acknowledged."""

    id: str
    action: Action
    topic: object = None
    wants_answer: bool = False


def read_v1_request(text: str) -> V1Request:
    """The request in a frame, or `RequestRefused`."""
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        word = text[:40]
        raise RequestRefused(
            uuid.uuid4().hex,
            400,
            f"Unrecognized token '{word}': was expecting a JSON String, Number, Array, Object or token",
        ) from None
    if not isinstance(message, dict):
        raise RequestRefused(uuid.uuid4().hex, 400, "a JSON object was expected")
    request_id = message.get("id")
    request_id = str(request_id) if isinstance(request_id, (str, int)) else ""
    action = message.get("type")
    if action not in ACTIONS:
        raise RequestRefused(request_id, 415, "type is not supported")
    wants_answer = message.get("response") in (True, "true")
    return V1Request(request_id, action, message.get("topic"), wants_answer)


def write_ack(request_id: str) -> str:
    """A request succeeded."""
    return compact_json({"id": request_id, "type": "ack"})


def write_pong(request_id: str, now: int) -> str:
    """The answer to a ping; `now` in Unix nanoseconds."""
    return compact_json({"id": request_id, "type": "pong", "timestamp": now // 1000})


def write_error(request_id: str, code: int, text: str) -> str:
    """A request, or the connection, failed."""
    return compact_json({"id": request_id, "type": "error", "code": code, "data": text})
