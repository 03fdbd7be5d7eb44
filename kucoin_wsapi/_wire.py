"""The open socket of a connection: calls go in as frames, messages come out.

Everything here but ``decode`` is called while holding the connection's lock.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from typing import Any, NamedTuple

from ._calls import Call
from ._frames import FrameDecoder, Opcode, close_code, encode_frame
from ._transport import READ_SIZE, Transport
from .exceptions import TransportError

__all__ = ["Received", "Wire"]


class Received(NamedTuple):
    """What one read brought: messages, frames to answer with, and the end of the connection if it was in it."""

    messages: list[Any]
    replies: list[bytes]
    end: TransportError | None


class Wire:
    """One transport with what is written to it and read from it."""

    def __init__(
        self, transport: Transport, generation: int, parse: Callable[[int, str | bytes], Any]
    ) -> None:
        """``parse(opcode, payload)`` makes a message of the payload of a text or binary frame; it never raises."""
        self.transport = transport
        self.generation = generation
        self.error: OSError | None = None  # a write broke the socket; the loop has not seen it yet
        self._unwritten: Call | None = (
            None  # the call of whose frame, now the transport's tail, nothing has left
        )
        self._parse = parse
        self._decoder = FrameDecoder()

    @property
    def writable(self) -> bool:
        """Whether a call can be written at once."""
        return self.error is None and not self.transport.blocked

    def write(self, call: Call) -> bool:
        """Write the frame of a call that is in flight; only while ``writable``. Returns whether it still is."""
        call.written = True  # until it is known better: Ctrl-C may strike when the bytes have left
        transport = self.transport
        try:
            call.written = transport.write(call.frame)
        except OSError as error:
            call.written = transport.failed_write_may_have_left
            self.error = error
            return False
        self._unwritten = None if call.written else call
        return not transport.blocked

    def write_control(self, frame: bytes) -> None:
        """Write a frame that belongs to no call, behind what is waiting."""
        if self.error is None:
            try:
                self.transport.write_control(frame)
            except OSError as error:
                self.error = error

    def flush(self) -> None:
        """Go on writing what waits."""
        try:
            while self.error is None and self.transport.blocked and self.transport.flush():
                if self._unwritten is not None:
                    self._unwritten.written = True
                    self._unwritten = None
        except OSError as error:
            self.error = error

    def read(self) -> tuple[bytes | None, bool]:
        """The bytes that are there (None: nothing, empty: the end), and whether to read on.

        Raises ``OSError``: the connection is over.
        """
        data = self.transport.read()
        more = data is not None and (len(data) == READ_SIZE or self.transport.has_pending())
        return data, more

    def drop_expired(self, in_flight: Container[str]) -> None:
        """A frame of which nothing has left must not leave after its call was settled as not sent."""
        if self._unwritten is not None and self._unwritten.id not in in_flight:
            self._unwritten = None
            self.transport.drop_tail()

    def decode(self, data: bytes) -> Received:
        """What the bytes say; on the loop thread, without the lock."""
        messages: list[Any] = []
        replies: list[bytes] = []
        for opcode, payload in self._decoder.feed(data):
            if isinstance(payload, str) or opcode == Opcode.BINARY:
                messages.append(self._parse(opcode, payload))
            elif opcode == Opcode.PING:
                replies.append(encode_frame(Opcode.PONG, payload))
            elif opcode == Opcode.CLOSE:
                code = close_code(payload)
                text = f"the exchange closed the connection with code {code}"
                return Received(messages, replies, TransportError(text, close_code=code))
        broken = self._decoder.error
        if broken is None:
            return Received(messages, replies, None)
        return Received(
            messages, replies, TransportError(f"a broken frame: {broken}", close_code=broken.close_code)
        )
