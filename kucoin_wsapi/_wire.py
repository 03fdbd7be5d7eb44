"""The open socket of a connection: calls go in as frames, messages come out."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Container, Sequence
from typing import Any, NamedTuple

from ._calls import Call
from ._frames import FrameDecoder, Opcode, close_code, encode_frame
from ._transport import READ_SIZE, StruckError, Transport
from .exceptions import TransportError

__all__ = ["Received", "Wire"]

_MOST_CONTROL_FRAMES = 1000  # waiting at once; a peer that reads never sees ten


class Received(NamedTuple):
    """What one read brought: messages, frames to answer with, and the end of the connection if it was in it."""

    messages: list[Any]
    replies: list[bytes]
    end: TransportError | None


class Wire:
    """One transport with what is written to it and read from it. The connection's lock guards what changes here.

    Either somebody writes holding the lock; or, so that others need not wait for the system call, one thread writes
    without it: the *writer*, from ``begin`` to ``release``. Meanwhile nobody else touches the transport to write, but a
    signal handler in that very thread.

    Invariant: what waits for the socket leaves in this order: ``_tail``, the rest of a frame; ``_unsent``, calls in
    flight of whose frame nothing has left; ``_control``, frames that belong to no call. Requests wait elsewhere, where
    they can still expire unsent.
    """

    def __init__(
        self, transport: Transport, generation: int, parse: Callable[[int, str | bytes], Any]
    ) -> None:
        """``parse(opcode, payload)`` makes a message of the payload of a text or binary frame; it never raises."""
        self.transport = transport
        self.generation = generation
        self.error: OSError | None = None  # a write broke the socket; the loop has not seen it yet
        # The call that made its thread the writer, which is this thread. Unset without the lock by a Ctrl-C only.
        self.writer: Call | None = None
        self.writing_thread = 0
        # What the writer writes, and how many bytes of it were taken (None: it has not been offered). Left behind, with
        # no writer, by a Ctrl-C.
        self._batch: Sequence[Call] = ()
        self._taken: int | None = None
        self._first: Call | None = None  # the call of the last writer itself
        self._tail = memoryview(b"")
        self._unsent: deque[Call] = deque()
        self._control: deque[bytes] = deque()
        self._parse = parse
        self._decoder = FrameDecoder()

    # Writing

    @property
    def blocked(self) -> bool:
        """Whether something waits for the socket to become writable."""
        return bool(self._tail or self._unsent or self._control)

    @property
    def writable(self) -> bool:
        """Whether a call can be written at once."""
        return not (self._batch or self.writer or self._tail or self._unsent or self._control or self.error)

    @property
    def needs_attention(self) -> bool:
        """Whether there is something that the loop has to see to; without the lock as far as the loop knows."""
        return bool(
            self.error or self._tail or self._unsent or self._control or (self._batch and self.writer is None)
        )

    def write(self, call: Call) -> None:
        """Write the frame of a call that is in flight; only while nothing is ``blocked``."""
        call.written = True  # until it is known better: Ctrl-C may strike when the bytes have left
        try:
            taken = self._send(call.frame)
        except OSError as error:
            call.written = self.transport.tls  # where nobody can tell
            self.error = error
            return
        if taken < len(call.frame):
            self._keep((call,), taken)

    def write_control(self, frame: bytes) -> None:
        """Write a frame that belongs to no call, behind what is waiting."""
        if len(self._control) == _MOST_CONTROL_FRAMES:
            self.error = self.error or ConnectionAbortedError("the peer asks without reading the answers")
            return
        self._control.append(frame)
        if self.writer is None and not self._batch:  # left behind by a Ctrl-C, it goes first
            self.flush()

    def flush(self) -> None:
        """Go on writing what waits."""
        while self.error is None and self.blocked:
            try:
                if not self._flush_once():
                    return
            except OSError as error:
                self.error = error

    def _flush_once(self) -> bool:
        if self._tail:
            taken = self._send(self._tail)
            self._tail = self._tail[taken:]
        elif self._unsent:
            taken = self._write_unsent(self._unsent[0])
        else:
            taken = self._send(self._control[0])
            if taken or self.transport.tls:
                self._tail = memoryview(self._control.popleft())[taken:]
        return taken > 0

    def _write_unsent(self, call: Call) -> int:
        call.written = True
        try:
            taken = self._send(call.frame)
        except OSError:
            call.written = self.transport.tls
            raise
        if taken or self.transport.tls:
            self._unsent.popleft()
            self._tail = memoryview(call.frame)[taken:]
        else:
            call.written = False
        return taken

    def _send(self, data: bytes | memoryview) -> int:
        try:
            return self.transport.send(data)
        except StruckError:  # a signal handler that writes was interrupted by another one
            self.error = self.error or ConnectionAbortedError("a write was interrupted")
            raise

    def drop_expired(self, in_flight: Container[str]) -> None:
        """A frame of which nothing has left must not leave after its call was settled as not sent."""
        if self._unsent:
            self._unsent = deque(call for call in self._unsent if call.id in in_flight)

    def _keep(self, calls: Sequence[Call], taken: int) -> None:
        """Have the rest of what was offered wait for the socket."""
        tail, unsent = memoryview(b""), list(self._unsent)
        if self.transport.tls:  # all of it may be on its way, and has to be offered again as it was
            tail = memoryview(b"".join(call.frame for call in calls))[taken:]
        else:
            for call in calls:
                size = len(call.frame)
                if taken == 0:
                    call.written = False
                    unsent.append(call)
                elif taken < size:
                    tail = memoryview(call.frame)[taken:]
                taken = max(0, taken - size)
        self._tail, self._unsent, self._batch = tail, deque(unsent), ()

    # The writer

    def begin(self, call: Call) -> None:
        """Make the calling thread the writer, to write this call; only while ``writable``."""
        call.written = True  # until it is known better
        self._taken = None
        self._first = call
        self._batch = (call,)
        self.writing_thread = threading.get_ident()
        self.writer = call

    def go_on(self, batch: Sequence[Call]) -> None:
        """More to write, for the writer."""
        self._taken = None
        self._batch = batch

    def transfer(self) -> bool:
        """Offer the batch to the socket; by the writer, without the lock. False: see what has become of it."""
        if self._tail or self._unsent:  # of a signal handler that came in between
            return False
        batch = self._batch
        data = batch[0].frame if len(batch) == 1 else b"".join([call.frame for call in batch])
        size = self._taken = len(data)  # until it is known better: Ctrl-C may strike when the bytes have left
        try:
            taken = self._taken = self.transport.send(data)
        except StruckError as struck:
            self._taken = struck.taken
            raise
        except OSError as error:
            self._taken = 0
            self.error = error
            return False
        if taken < size:
            return False
        self._batch = ()
        return True

    def conclude(self) -> None:
        """See what has become of the batch."""
        batch, taken = self._batch, self._taken
        if taken is None:
            self._keep_unoffered(batch)
        elif self.error is not None and taken == 0:
            for call in batch:
                call.written = self.transport.tls
        elif taken < sum([len(call.frame) for call in batch]):
            self._keep(batch, taken)
        self._batch = ()

    def _keep_unoffered(self, batch: Sequence[Call]) -> None:
        for call in batch:
            call.written = False
        self._unsent.extend(batch)

    def release(self) -> None:
        """The writer has nothing more to write."""
        self.writer = None

    def recover(self) -> None:
        """Take up what a writer was about to write when Ctrl-C struck, but for its own call: nobody has its future.

        Of that, too, the rest has to follow what has left: the peer would take the next frame for it.
        """
        if self._batch and self.writer is None:
            if self._taken is None or (self._taken == 0 and not self.transport.tls):
                self._batch = [call for call in self._batch if call is not self._first]
            self.conclude()

    # Reading

    def read(self) -> tuple[bytes | None, bool]:
        """The bytes that are there (None: nothing, empty: the end), and whether to read on.

        On the loop thread; over TLS holding the lock while there is no writer, else without it. Raises ``OSError``: the
        connection is over.
        """
        data = self.transport.read()
        more = data is not None and (len(data) == READ_SIZE or self.transport.has_pending())
        return data, more

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

    # The end

    def close(self, *, graceful: bool) -> None:
        """Close the socket, with a close frame, or so that not even buffered bytes leave any more; by no writer."""
        if graceful:
            self.transport.close(None if self._tail else 1000)
        else:
            self.transport.abort()
