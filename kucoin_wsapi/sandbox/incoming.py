"""What comes in from one client of the order socket: its frames, and how long there was none."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from aiohttp import WSMessage, WSMsgType, web

from .times import SECOND

WINDOW = 10 * SECOND  # of the limit of messages

ENDINGS = (WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR)


async def receive(socket: web.WebSocketResponse, heard: Callable[[], None] | None = None) -> WSMessage:
    """The next message; pings of the WebSocket protocol are answered, and `heard` is told of whatever comes."""
    while True:
        message = await socket.receive()
        if heard is not None:
            heard()
        if message.type is WSMsgType.PING:
            await socket.pong(message.data)
        elif message.type is not WSMsgType.PONG:
            return message


class Silence:
    """Calls for an end when nothing is heard for `patience` seconds of the computer's clock.

    One timer serves a connection however much it sends; a timeout for each message would cost more than its answer.
    """

    def __init__(self, patience: float, end: Callable[[], Awaitable[object]]) -> None:
        self._loop = asyncio.get_running_loop()
        self._patience = patience
        self._end = end
        self._last = self._loop.time()
        self._ending: asyncio.Future[object] | None = None
        self._timer = self._loop.call_later(patience, self._look)

    def heard(self) -> None:
        """Something has come."""
        self._last = self._loop.time()

    def stop(self) -> None:
        """Nobody listens any more."""
        self._timer.cancel()

    def _look(self) -> None:
        left = self._last + self._patience - self._loop.time()
        if left > 0:
            self._timer = self._loop.call_later(left, self._look)
        else:
            self._ending = asyncio.ensure_future(self._end())


class MessageLimit:
    """Which messages of a connection are too many: times are Unix nanoseconds."""

    def __init__(self, limit: int | None) -> None:
        self._limit = limit
        self._times: deque[int] = deque()

    def admits(self, now: int) -> bool:
        """Whether a message that comes now is within the limit; one that is not does not count."""
        if self._limit is None:
            return True
        while self._times and self._times[0] <= now - WINDOW:
            self._times.popleft()
        if len(self._times) >= self._limit:
            return False
        self._times.append(now)
        return True
