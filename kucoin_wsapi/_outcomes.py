"""What an answer means for its call: a response, or the exception that its future raises."""

from __future__ import annotations

from typing import Any

from ._calls import Call
from ._conversion import UnexpectedShapeError, reported_rate_limit, structure_data
from ._error_codes import error_class
from ._messages import Reply
from .exceptions import CallError, UnreadableReplyError
from .responses import WSAPIResponse

__all__ = ["Outcome", "outcome_of"]

Outcome = WSAPIResponse[Any] | CallError

_SUCCESS = "200000"


def outcome_of(call: Call, reply: Reply, received_at: float, late: bool) -> Outcome:
    """Judge an answer that came at ``received_at`` (monotonic seconds), after the call had settled if ``late``.

    A success whose data is not as documented is an outcome that is unknown, not a success and not a refusal. So is a
    refusal that contradicts itself: only successes have data, and codes are digits (KuCoin documentation, 3470133w0).
    """
    raw = reply.raw
    data = raw.get("data")
    succeeded = reply.code == _SUCCESS
    if not succeeded and (data or not (reply.code.isascii() and reply.code.isdigit())):
        text = f"unreadable answer: code {reply.code!r:.40} with {'data' if data else 'no data'}"
        return UnreadableReplyError(text, raw=raw, **call.facts())
    if succeeded and call.response_type is not None:
        try:
            data = structure_data(data, call.response_type)
        except UnexpectedShapeError as error:
            return UnreadableReplyError(f"unreadable answer: {error}", raw=raw, **call.facts())
    message, in_time, out_time = raw.get("msg"), raw.get("inTime"), raw.get("outTime")
    response: WSAPIResponse[Any] = WSAPIResponse(
        id=reply.id,
        op=call.op,
        code=reply.code,
        msg=None if message is None else str(message),
        data=data,
        in_time=in_time if type(in_time) is int else None,
        out_time=out_time if type(out_time) is int else None,
        rate_limit=reported_rate_limit(raw),
        ws_key=call.ws_key,
        request=call.request,
        raw=raw,
        submitted_at=call.submitted_at,
        sent_at=call.submitted_at if call.sent_at is None else call.sent_at,
        received_at=received_at,
        late=late,
    )
    if succeeded:
        return response
    return error_class(call.op, reply.code, response.msg)(response=response, **call.facts())
