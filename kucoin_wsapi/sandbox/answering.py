"""How the replies of one connection get to its client, and what faults make of that."""

import asyncio
import json
import socket as sockets
import struct
from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Any

from aiohttp import WSCloseCode, web

from .account_options import Caller
from .answers import Answer
from .asked_codes import text_of
from .envelopes import Request, compact_json
from .faults import RESET, Fault, FaultPlan
from .gateway_codes import gateway_text
from .outgoing import Outgoing
from .rate_limits import Usage
from .replies import Replies
from .times import MILLISECOND

_LINGER_ZERO = struct.pack("ii", 1, 0)
# What the rate limit of a refusal says: nothing left, and half a second until it returns.
_EXHAUSTED = Usage(granted=False, limit=4000, remaining=0, reset=500)


class Answering:
    """Answers the requests of one connection, in the ways that its faults allow. Runs on the server's thread."""

    def __init__(
        self,
        socket: web.WebSocketResponse,
        transport: asyncio.Transport,
        outgoing: Outgoing,
        replies: Replies,
        caller: Caller,
        plan: FaultPlan,
    ) -> None:
        self._socket = socket
        self._transport = transport
        self._outgoing = outgoing
        self._replies = replies
        self._caller = caller
        self._plan = plan
        self.over: bool = False  # closed on purpose: what has been read already is not executed any more
        self._muted_by: Fault | None = None
        self._held: list[str] = []  # replies that wait for another one to overtake them
        self._later: set[asyncio.Task[None]] = set()

    async def answer(self, request: Request, received: int) -> None:
        """Answer one request or ping; afterwards the connection may be `over`."""
        if self._muted_by is not None:
            if self._muted_by.executed and request.op != "ping":
                self._execute(request, received)
            return
        fault = self._plan.draw("ping" if request.op == "ping" else "request", request.op)
        if fault is not None:
            await _ACTIONS[fault.kind](self, fault, request, received)
        elif request.op == "ping":
            self._outgoing.send(self._replies.pong(request))
        else:
            self._send(self._execute(request, received))

    def end(self) -> None:
        """The connection is over: nothing is sent later."""
        for task in self._later:
            task.cancel()

    def _execute(self, request: Request, received: int) -> str:
        return self._replies.execute(self._caller, request, received)

    def _send(self, *texts: str) -> None:
        held, self._held = self._held, []
        for text in (*texts, *held):
            self._outgoing.send(text)

    def _after(self, delay: float, *texts: str) -> None:
        async def send() -> None:
            await asyncio.sleep(delay)
            self._send(*texts)

        task = asyncio.create_task(send())
        self._later.add(task)
        task.add_done_callback(self._later.discard)

    # What each kind of fault does

    async def _refuse(self, fault: Fault, request: Request, received: int) -> None:
        answer = Answer(fault.code, text_of(request.op, fault.code))
        usage = _EXHAUSTED if fault.limit else None
        self._send(self._replies.answer(request, answer, received, usage))

    async def _fail(self, fault: Fault, request: Request, received: int) -> None:
        self._execute_if(fault, request, received)
        answer = Answer(fault.code, text_of(request.op, fault.code))
        self._send(self._replies.answer(request, answer, received))

    async def _fail_without_id(self, _: Fault, __: Request, received: int) -> None:
        text = "Please check the param of your request: Field 'id' must be a non-empty string."
        self._send(self._replies.error("4001002", text, received))

    async def _lose_reply(self, fault: Fault, request: Request, received: int) -> None:
        self._execute_if(fault, request, received)

    async def _reply_late(self, fault: Fault, request: Request, received: int) -> None:
        self._after(fault.delay, self._execute(request, received))

    async def _reply_reordered(self, fault: Fault, request: Request, received: int) -> None:
        self._held.append(self._execute(request, received))
        self._after(fault.delay)

    async def _reply_twice(self, _: Fault, request: Request, received: int) -> None:
        text = self._execute(request, received)
        self._send(text, text)

    async def _reply_stray(self, _: Fault, request: Request, received: int) -> None:
        text = self._execute(request, received)
        self._send(compact_json({**json.loads(text), "id": f"stray-{received}"}), text)

    async def _respell(self, fault: Fault, request: Request, received: int) -> None:
        frame = json.loads(self._execute(request, received))
        _SPELLINGS[fault.kind](frame)
        self._send(compact_json(frame))

    async def _close(self, fault: Fault, request: Request, received: int) -> None:
        self._execute_if(fault, request, received)
        await self._end_with(fault.code)

    async def _close_unread(self, fault: Fault, request: Request, received: int) -> None:
        self._send(self._execute(request, received))
        self._transport.pause_reading()
        await asyncio.sleep(fault.delay)
        await self._end_with(fault.code)

    async def _shut_down(self, fault: Fault, request: Request, received: int) -> None:
        self._execute_if(fault, request, received)
        self._send(self._replies.error("501000", gateway_text("501000"), received))
        await self._end_with(str(int(WSCloseCode.GOING_AWAY)))

    async def _mute(self, fault: Fault, request: Request, received: int) -> None:
        self._execute_if(fault, request, received)
        self._muted_by = fault
        self.end()

    async def _leave_half_open(self, fault: Fault, _: Request, __: int) -> None:
        self.end()
        self._transport.pause_reading()
        await asyncio.sleep(fault.delay)
        await self._end_with(RESET)

    async def _lose_pong(self, _: Fault, __: Request, ___: int) -> None:
        pass

    async def _pong_coded(self, _: Fault, request: Request, __: int) -> None:
        self._send(compact_json({**json.loads(self._replies.pong(request)), "code": "200000"}))

    async def _end_with(self, code: str) -> None:
        self.over = True
        self._outgoing.flush()
        await close_with(code, self._socket, self._transport)

    def _execute_if(self, fault: Fault, request: Request, received: int) -> None:
        if fault.executed:
            self._execute(request, received)


async def close_with(code: str, socket: web.WebSocketResponse, transport: asyncio.Transport) -> None:
    """Close with a code in a close frame, or with a TCP reset where it is `RESET`."""
    if code != RESET:
        await socket.close(code=int(code))
        return
    reset(transport)


def reset(transport: asyncio.Transport) -> None:
    """End a connection with a TCP reset; what has not been sent is lost."""
    sock = transport.get_extra_info("socket")
    if sock is not None and sock.fileno() != -1:  # else it has been closed by the client
        sock.setsockopt(sockets.SOL_SOCKET, sockets.SO_LINGER, _LINGER_ZERO)
    transport.abort()


def _code_as_number(frame: dict[str, Any]) -> None:
    frame["code"] = int(frame["code"])


def _add_fields(frame: dict[str, Any]) -> None:
    frame["traceId"] = {"nobody": ["knows", None]}
    if isinstance(frame.get("data"), dict):
        frame["data"]["unheardOf"] = 1


def _times_in_nanoseconds(frame: dict[str, Any]) -> None:
    frame["inTime"] *= MILLISECOND
    frame["outTime"] *= MILLISECOND


def _old_limit(frame: dict[str, Any]) -> None:
    if "userRateLimit" in frame:
        frame["rateLimit"] = frame.pop("userRateLimit")


def _no_limit(frame: dict[str, Any]) -> None:
    frame.pop("userRateLimit", None)


_SPELLINGS: Mapping[str, Callable[[dict[str, Any]], None]] = MappingProxyType(
    {
        "reply-code-number": _code_as_number,
        "reply-extra-fields": _add_fields,
        "reply-nanoseconds": _times_in_nanoseconds,
        "reply-old-limit": _old_limit,
        "reply-no-limit": _no_limit,
    }
)

_ACTIONS: Mapping[str, Callable[[Answering, Fault, Request, int], Awaitable[None]]] = MappingProxyType(
    {
        "refusal": Answering._refuse,
        "error": Answering._fail,
        "error-without-id": Answering._fail_without_id,
        "no-reply": Answering._lose_reply,
        "reply-late": Answering._reply_late,
        "reply-reordered": Answering._reply_reordered,
        "reply-twice": Answering._reply_twice,
        "reply-stray": Answering._reply_stray,
        **dict.fromkeys(_SPELLINGS, Answering._respell),
        "close": Answering._close,
        "close-unread": Answering._close_unread,
        "shutdown": Answering._shut_down,
        "mute": Answering._mute,
        "half-open": Answering._leave_half_open,
        "no-pong": Answering._lose_pong,
        "pong-coded": Answering._pong_coded,
    }
)
