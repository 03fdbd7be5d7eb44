"""What the push sockets say, of both generations: JSON text to one of a few frozen messages, and requests to text.

KuCoin documentation, "Websocket Introduction" of the classic account ("V1" here) and of the unified account ("Pro").
The two are told apart by their fields, so one function reads both; keys that differ only in case are different keys.
The ping of Pro is that of the order socket.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from attrs import field, frozen

from ._json import decode_json, encode_json
from ._messages import Pong, Unrecognised, Welcome, seconds
from ._signing import Sign, hmac_base64

__all__ = [
    "Accepted",
    "Other",
    "Push",
    "PushMessage",
    "Refused",
    "encode_login",
    "encode_pro_subscription",
    "encode_v1_ping",
    "encode_v1_subscription",
    "parse_push",
]

Action = Literal["subscribe", "unsubscribe"]


@frozen
class Accepted:
    """The login or subscription request ``id`` succeeded: V1's ack, Pro's true result."""

    id: str


@frozen
class Refused:
    """The request ``id`` was refused, or something is wrong with the connection: then ``id`` names no request.

    ``code`` is the exchange's, as text, empty where it gave none; ``text`` its words.
    """

    id: str
    code: str
    text: str


@frozen
class Push:
    """Something happened. ``topic`` is as the exchange wrote it: ``/path:symbol`` of V1, ``channel.TYPE`` of Pro.

    ``subject`` is V1's; of Pro ``"snapshot"`` or ``"delta"``; empty where there is none. ``raw`` is the whole message.
    """

    topic: str
    subject: str
    raw: dict[str, Any] = field(repr=False)


@frozen
class Other:
    """A message of a type that is not known. KuCoin's socket may send such, and they are to be passed over."""

    kind: str


PushMessage = Welcome | Accepted | Refused | Pong | Push | Other | Unrecognised

_EXCERPT = 200
_SUCCESS = "200000"


def parse_push(text: str | bytes) -> PushMessage:
    """Recognise one text message, or a binary one, which is the same in UTF-8; never raises, whatever it is."""
    if isinstance(text, bytes):
        try:
            text = text.decode()
        except UnicodeDecodeError:
            return Unrecognised("not UTF-8", repr(text[:_EXCERPT]))
    try:
        raw = decode_json(text)
    except (ValueError, ArithmeticError, RecursionError) as error:  # Decimal refuses some exponents
        return Unrecognised(f"not JSON: {error}", text[:_EXCERPT])
    if type(raw) is not dict:
        return Unrecognised("not a JSON object", text[:_EXCERPT])
    kind = raw.get("type")
    if kind == "message":
        topic, subject = raw.get("topic"), raw.get("subject")
        if type(topic) is str:
            return Push(topic, subject if type(subject) is str else "", raw)
    elif "d" in raw:
        topic, stage = raw.get("T"), raw.get("t")
        if type(topic) is str:
            return Push(topic, stage if type(stage) is str else "", raw)
    return _about_the_connection(kind, raw, text)


def _about_the_connection(kind: object, raw: dict[str, Any], text: str) -> PushMessage:
    request_id, result = _words(raw.get("id")), raw.get("result")
    if kind == "pong" or raw.get("op") == "pong":
        return Pong(request_id)
    if kind == "ack" or _is(result, True):
        return Accepted(request_id)
    if kind == "error" or _is(result, False):
        return _refusal(request_id, raw)
    if kind == "welcome" or raw.get("message") == "welcome":
        return Welcome(seconds(raw.get("pingInterval")), seconds(raw.get("pingTimeout")))
    if raw.get("code") is not None:
        refusal = _refusal(request_id, raw)
        return Accepted(request_id) if refusal.code == _SUCCESS and request_id else refusal
    if isinstance(kind, str) and kind != "message":
        return Other(kind)
    return Unrecognised("of no known shape", text[:_EXCERPT])


def _is(result: object, expected: bool) -> bool:
    """Whether a result says true, or false; it is a boolean, or one written as text."""
    return result is expected or (isinstance(result, str) and result.lower() == str(expected).lower())


def _refusal(request_id: str, raw: Mapping[str, Any]) -> Refused:
    # V1 says why in `data`; Pro in `message`, `reason` or `msg`.
    reasons = (_words(raw.get(key)) for key in ("data", "message", "reason", "msg"))
    return Refused(request_id, _words(raw.get("code")), next(filter(None, reasons), ""))


_LONGEST_NUMBER = 10**30  # beyond that it is no id and no code; and Python refuses to write out some integers


def _words(value: object) -> str:
    if type(value) is int and abs(value) < _LONGEST_NUMBER:
        return str(value)
    return value if isinstance(value, str) else ""


def encode_v1_subscription(request_id: str, action: Action, topic: str, *, private: bool) -> str:
    """V1: the text that subscribes to a topic, symbols separated by commas, or ends that; an answer is asked for."""
    return encode_json(
        {"id": request_id, "type": action, "topic": topic, "privateChannel": private, "response": True}
    ).decode()


def encode_pro_subscription(request_id: str, action: Action, channel: Mapping[str, object]) -> str:
    """Pro: the text that subscribes to a channel, given with its parameters under their wire names, or ends that."""
    return encode_json({"id": request_id, "action": action.upper(), **channel}).decode()


def encode_v1_ping(ping_id: str) -> str:
    """V1: the text of a ping."""
    return encode_json({"id": ping_id, "type": "ping"}).decode()


def encode_login(
    request_id: str,
    *,
    api_key: str,
    api_secret: str,
    api_passphrase: str,
    timestamp: int,
    sign: Sign = hmac_base64,
) -> str:
    """Pro: the text that logs in after the welcome, valid for about 5 s around ``timestamp`` (Unix milliseconds).

    It holds credentials: it must not be stored, logged or put into an exception.
    """
    return encode_json(
        {
            "id": request_id,
            "op": "auth",
            "kc-api-key": api_key,
            "kc-api-sign": sign(f"{timestamp}POST/api/websocket/users/verify", api_secret),
            "kc-api-timestamp": str(timestamp),
            "kc-api-passphrase": sign(api_passphrase, api_secret),
        }
    ).decode()
