"""The frames of the order socket as text: requests read, replies written (KuCoin documentation, "Add Order"
(3470133w0)). Pure."""

import json
from typing import NoReturn

from attrs import frozen

from .answers import Answer
from .operations import OPERATIONS
from .rate_limits import Usage

# KuCoin publishes no maximum; this is wide enough for every request it documents.
MAXIMUM_FRAME_LENGTH = 65_536  # characters


class MalformedRequest(Exception):
    """A frame that is no request. `request_id` and `op` are None when the frame does not tell them."""

    def __init__(self, message: str, request_id: str | None = None, op: str | None = None) -> None:
        super().__init__(message)
        self.message: str = f"Please check the param of your request: {message}"
        self.request_id = request_id
        self.op = op


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


# Made once: the functions of the module would make new ones for every frame.
_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)
_ENCODER = json.JSONEncoder(separators=(",", ":"))


@frozen
class Request:
    """One request; `op` is ``ping`` or a known operation, `args` decoded JSON, an array where one is due."""

    id: str
    op: str
    args: object


def read_request(text: str, id_limit: int) -> Request:
    """The request in a frame, or `MalformedRequest`; an id has at most `id_limit` characters."""
    if len(text) > MAXIMUM_FRAME_LENGTH:
        raise MalformedRequest("The message is too long.")
    try:
        frame = _DECODER.decode(text)
    except (ValueError, RecursionError):
        raise MalformedRequest("The message is not valid JSON.") from None
    if not isinstance(frame, dict):
        raise MalformedRequest("The message must be a JSON object.")
    request_id = frame.get("id")
    if not isinstance(request_id, str) or not request_id:
        raise MalformedRequest("Field 'id' must be a non-empty string.")
    if len(request_id) > id_limit:
        raise MalformedRequest("Field 'id' too long.")
    op = frame.get("op")
    if not isinstance(op, str) or not op:
        raise MalformedRequest("Field 'op' must be a non-empty string.", request_id)
    if op == "ping":
        return Request(request_id, op, None)
    if op not in OPERATIONS:
        raise MalformedRequest("Field 'op' is not supported.", request_id, op)
    args = frame.get("args")
    if not isinstance(args, list if op == "futures.multi_order" else dict):
        shape = "an array" if op == "futures.multi_order" else "an object"
        raise MalformedRequest(f"Field 'args' must be {shape}.", request_id, op)
    return Request(request_id, op, args)


def write_reply(
    request: Request, answer: Answer, in_time: int, out_time: int, usage: Usage | None = None
) -> str:
    """The reply to `request`; the times are written as given, and `usage` as `userRateLimit`."""
    frame: dict[str, object] = {"id": request.id, "op": request.op, "code": answer.code}
    if answer.succeeded:
        frame["data"] = answer.data
    else:
        frame["msg"] = answer.message
    frame["inTime"] = in_time
    frame["outTime"] = out_time
    if usage is not None:
        frame["userRateLimit"] = {"limit": usage.limit, "remaining": usage.remaining, "reset": usage.reset}
    return compact_json(frame)


def write_error(
    code: str, message: str, in_time: int, out_time: int, request_id: str | None = None, op: str | None = None
) -> str:
    """An error that answers no request, or one of which no more than `request_id` and `op` could be read."""
    echo = {name: value for name, value in (("id", request_id), ("op", op)) if value is not None}
    return compact_json({**echo, "code": code, "msg": message, "inTime": in_time, "outTime": out_time})


def write_pong(request: Request, timestamp: int) -> str:
    """The answer to a ping, which has no code; `timestamp` is in milliseconds."""
    return compact_json({"id": request.id, "op": "pong", "timestamp": timestamp})


def compact_json(value: object) -> str:
    """JSON without blanks, and in ASCII, so that whatever a client sent can be echoed."""
    return _ENCODER.encode(value)
