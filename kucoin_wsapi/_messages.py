"""What the order socket says: JSON text to one of a few frozen messages, and requests to JSON text.

Messages are recognised by their fields, never by searching the text for a word: an order id may contain any word.
KuCoin documentation, "Add Order" of the WebSocket API (3470133w0).
"""

from __future__ import annotations

from typing import Any, NamedTuple

from attrs import field, frozen

from ._json import decode_json, encode_json

__all__ = [
    "Challenge",
    "GatewayError",
    "Message",
    "Pong",
    "Reply",
    "Unrecognised",
    "Welcome",
    "encode_ping",
    "encode_request",
    "milliseconds",
    "parse_message",
    "seconds",
]


@frozen
class Challenge:
    """Proof of the secret is asked for; it is computed over ``text``, the exact text that was received."""

    text: str = field(repr=False)
    timestamp: int | None  # Unix ms, the exchange's clock


@frozen
class Welcome:
    """The login succeeded. The intervals are seconds, None when they were not announced."""

    ping_interval: float | None
    ping_timeout: float | None


@frozen
class Pong:
    """The answer to a ping."""

    id: str


class Reply(NamedTuple):  # one is made for each order, and this is made twice as fast as a frozen class
    """The answer to the request ``id``; ``raw`` is the whole object. ``code`` is empty where it has no readable one."""

    id: str
    code: str
    raw: dict[str, Any]


@frozen
class GatewayError:
    """A code that names no request: a refused login, or trouble with the connection."""

    code: str
    text: str | None
    in_time: int | None  # as sent: Unix ms, or ns
    raw: dict[str, Any]


@frozen
class Unrecognised:
    """A message that is not JSON, or of no documented shape; ``text`` is its beginning."""

    reason: str
    text: str


Message = Challenge | Welcome | Pong | Reply | GatewayError | Unrecognised


_EXCERPT = 200


def parse_message(text: str) -> Message:
    """Recognise one text message; never raises, whatever the text is."""
    try:
        raw = decode_json(text)
    except (ValueError, ArithmeticError, RecursionError) as error:  # Decimal refuses some exponents
        return Unrecognised(f"not JSON: {error}", text[:_EXCERPT])
    if not isinstance(raw, dict):
        return Unrecognised("not a JSON object", text[:_EXCERPT])
    if raw.get("op") == "pong":
        return Pong(str(raw.get("id")))
    code, request_id = raw.get("code"), raw.get("id")
    if not isinstance(request_id, str):
        request_id = ""
    if request_id and code is not None:
        return Reply(request_id, code if type(code) is str else _code(code), raw)
    if any(isinstance(raw.get(key), str) and raw[key].lower() == "welcome" for key in _WELCOME_KEYS):
        return Welcome(seconds(raw.get("pingInterval")), seconds(raw.get("pingTimeout")))
    if code is not None:
        return _gateway_error(_code(code), raw, text)
    if "sessionId" in raw and "timestamp" in raw:
        return Challenge(text, milliseconds(raw["timestamp"]))
    return Reply(request_id, "", raw) if request_id else Unrecognised("of no known shape", text[:_EXCERPT])


_WELCOME_KEYS = ("data", "message", "op", "type")


def _code(code: object) -> str:
    if isinstance(code, int) and not isinstance(code, bool):
        return str(code)
    return code if isinstance(code, str) else ""


def _gateway_error(code: str, raw: dict[str, Any], text: str) -> Message:
    if not code:
        return Unrecognised("its code is neither text nor a whole number", text[:_EXCERPT])
    message = raw.get("msg")
    return GatewayError(code, None if message is None else str(message), milliseconds(raw.get("inTime")), raw)


_LONGEST_INTERVAL = 86_400_000  # ms; an announcement beyond a day is nonsense, and would silence the pings


def seconds(value: object) -> float | None:
    """An interval that was announced in milliseconds; None for nonsense."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= _LONGEST_INTERVAL:
        return None
    return value / 1000


# With enable_ns the gateway's times are nanoseconds; in milliseconds this number is the year 5138.
_FIRST_NANOSECOND_TIME = 10**14


def milliseconds(value: object) -> int | None:
    """A Unix time of the exchange in milliseconds, whether it was sent in milliseconds or nanoseconds."""
    if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
        return None
    return value if value < _FIRST_NANOSECOND_TIME else value // 1_000_000


def encode_request(request_id: str, op: str, args: object) -> bytes:
    """The text of one request, in UTF-8; raises what ``encode_json`` raises for what is not JSON."""
    return encode_json({"id": request_id, "op": op, "args": args})


def encode_ping(ping_id: str, timestamp: int) -> str:
    """The text of an application ping; ``timestamp`` is Unix milliseconds."""
    return encode_json({"id": ping_id, "op": "ping", "timestamp": timestamp}).decode()
