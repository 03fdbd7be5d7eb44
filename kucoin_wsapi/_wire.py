"""The open socket of a connection: calls go in as frames, messages come out."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Container, Iterator, Sequence
from operator import length_hint
from typing import Any, NamedTuple

from ._calls import Call
from ._frames import FrameDecoder, Opcode, close_code, encode_frame
from ._transport import WOULD_BLOCK, Transport
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
    signal handler in that very thread, which has to ``take_over`` first.

    Invariants: what waits for the socket leaves in this order: ``_batch``, if a signal has struck while it was written;
    ``_tail``, the rest of a frame; ``_unsent``, calls in flight of whose frame nothing has left; ``_control``, frames
    that belong to no call. Requests wait elsewhere, where they can still expire unsent.
    """

    def __init__(
        self, transport: Transport, generation: int, parse: Callable[[int, str | bytes], Any]
    ) -> None:
        """``parse(opcode, payload)`` makes a message of the payload of a text or binary frame; it never raises."""
        self.transport = transport
        self.generation = generation
        self.error: OSError | None = None  # a write broke the socket; the loop has not seen it yet
        # The call that made its thread the writer. Unset without the lock by whom a signal has struck only.
        self.writer: Call | None = None
        self.interruptible = False  # the writer does not hold the lock, so a signal handler may take over
        self.writing_thread = 0  # of the writer
        # What is being written, and what is known of that: `_offer` is None until the bytes are there, then an iterator
        # over them, which the socket takes them out of; `_taken` gets the number that it has taken. On plain sockets
        # both is one step: whoever finds the bytes gone finds the number. With no writer: left behind at a signal.
        self._batch: Sequence[Call] = ()
        self._offer: Iterator[bytes] | None = None
        self._taken: list[int] = []
        self._first: Call | None = None  # the call of the last writer itself
        self._tail = memoryview(b"")
        self._unsent: deque[Call] = deque()
        self._control: deque[bytes] = deque()
        self._parse = parse
        self._decoder = FrameDecoder()

    # What waits

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

    def flush(self) -> None:
        """Go on writing what waits."""
        while self.error is None and self.blocked:
            if self._tail or not self._unsent:
                if not self._flush_once():
                    return
            else:
                call = self._unsent[0]
                call.written = True  # until it is known better
                self._offer, self._taken = None, []
                # At once: it is in one of the two, whenever a signal strikes.
                self._batch = (call,)
                del self._unsent[0]
                if not self.transfer():
                    self.conclude()
                    if self._unsent and self._unsent[0] is call:
                        return

    def _flush_once(self) -> bool:
        """Write the rest of a frame, or a control frame; returns whether anything was taken."""
        try:
            if self._tail:
                taken = self._send(self._tail)
                self._tail = self._tail[taken:]
            else:
                taken = self._send(self._control[0])
                if taken or self.transport.tls:
                    rest = memoryview(self._control[0])[taken:]
                    self._tail = rest
                    del self._control[0]
        except OSError as error:
            self.error = error
            return False
        except BaseException:  # in a signal handler, by another signal: who knows what has left
            self.error = self.error or ConnectionAbortedError("a write was interrupted")
            raise
        return taken > 0

    def _send(self, data: bytes | memoryview) -> int:
        try:
            return self.transport.send(data)
        except WOULD_BLOCK:
            return 0

    def write_control(self, frame: bytes) -> None:
        """Write a frame that belongs to no call, behind what is waiting."""
        if len(self._control) == _MOST_CONTROL_FRAMES:
            self.error = self.error or ConnectionAbortedError("the peer asks without reading the answers")
            return
        self._control.append(frame)
        if not self._batch and self.writer is None:
            self.flush()

    def drop_expired(self, in_flight: Container[str]) -> None:
        """A frame of which nothing has left must not leave after its call was settled as not sent."""
        if self._unsent:
            self._unsent = deque(call for call in self._unsent if call.id in in_flight)

    # Writing calls

    def write(self, call: Call) -> None:
        """Write the frame of a call that is in flight, holding the lock; only while nothing is ``blocked``."""
        call.written = True  # until it is known better: a signal may strike when the bytes have left
        self.go_on((call,))
        if not self.transfer():
            self.conclude()

    def begin(self, call: Call) -> bool:
        """Make the calling thread the writer, to write this call. False: it waits, because a signal handler that has
        struck since the wire was ``writable`` has left something.
        """
        self.writing_thread = threading.get_ident()
        # At once, as nothing is called in between: an order of a signal handler that strikes before goes ahead.
        if not (self._batch or self.writer or self._tail or self._unsent or self._control or self.error):
            call.written = True  # until it is known better
            self._offer, self._taken, self._batch = None, [], (call,)
            self._first = self.writer = call
            self.interruptible = True
            return True
        self._unsent.append(call)
        return False

    def go_on(self, batch: Sequence[Call]) -> None:
        """This is to be written next."""
        self._offer, self._taken = None, []
        self._batch = batch

    def transfer(self, writer: Call | None = None) -> bool:
        """Offer the batch to the socket; by the writer, without the lock, or, with none, holding it. False: see what
        has become of it.
        """
        batch, taken = self._batch, self._taken
        # Nothing has been called since: it is not that of a writer who came when a signal handler had taken over.
        if self.writer is not writer or not batch:
            return False
        data = batch[0].frame if len(batch) == 1 else b"".join([call.frame for call in batch])
        size, offer = len(data), iter((data,))
        # No signal handler runs between these two lines, as nothing is called there; from then on it finds the offer.
        if self._batch is batch:
            self._offer = offer
        else:
            return False
        try:
            taken.extend(map(self.transport.send, offer))
        except OSError as error:
            left = [*offer]  # nothing is called before it is noted that the socket has refused
            if not taken and not left and self._batch is batch:
                taken += (0,)
                if not isinstance(error, WOULD_BLOCK):
                    self.error = error
            else:
                # A signal handler has raised this: after the bytes were taken, or before they were offered (which is
                # taken back), or when it had taken over.
                if left:
                    self._offer = None
                raise
        # Looked at last: a signal handler may have taken over, and another thread be the writer.
        if taken and taken[0] == size and self._batch is batch:
            self._batch = ()
            return True
        return False

    def conclude(self) -> None:
        """See what has become of the batch."""
        batch = self._batch
        if not batch:
            return
        tail = self._tail
        unsent: list[Call] = []
        if self._was_offered():
            # Inside OpenSSL, when a signal struck: it counts as taken.
            taken = self._taken[0] if self._taken else sum(len(call.frame) for call in batch)
            if self.error is not None and taken == 0:
                for call in batch:
                    call.written = self.transport.tls  # where nobody can tell
            elif self.transport.tls:  # all of it may be on its way, and has to be offered again as it was
                tail = memoryview(b"".join(call.frame for call in batch))[taken:]
            else:
                tail = _divide(batch, taken, unsent)
        else:
            for call in batch:
                call.written = False
            unsent.extend(batch)
        # At once, as nothing is called in between: a signal that strikes before changes nothing.
        unsent.extend(self._unsent)
        self._tail, self._unsent, self._batch = tail, deque(unsent), ()

    def _was_offered(self) -> bool:
        return bool(self._taken) or (self._offer is not None and not length_hint(self._offer))

    def release(self) -> None:
        """The writer has nothing more to write."""
        self.writer = None

    def take_over(self) -> bool:
        """In a signal handler of the writer's thread, holding the lock: write in its place; whether that is possible.

        What it has not offered to the socket is taken from it, and comes first. That is not possible where it struck in
        the middle of the bookkeeping; nor, over TLS, inside OpenSSL, where nobody can tell what is half done.
        """
        if not self.interruptible:
            return False
        self.interruptible = False  # this is bookkeeping, too, should another signal strike
        if self._batch and not self._taken:
            if self._offer is not None and not [*self._offer]:  # nothing is called before it is noted
                self.interruptible = True
                return False
            self._offer = None
        self.conclude()
        self.writer = None
        return True

    def recover(self) -> None:
        """Take up what a signal had its writer leave behind, but for its own call, if nothing of that has left: nobody
        has its future.
        """
        if self._batch and self.writer is None:
            if not self._was_offered() or (self._taken == [0] and not self.transport.tls):
                self._batch = [call for call in self._batch if call is not self._first]
            self.conclude()

    # Reading

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
        """Close the socket, while nobody writes: with a close frame, or so that not even buffered bytes leave."""
        if graceful:
            self.transport.close(None if self._tail or self._batch else 1000)
        else:
            self.transport.abort()


def _divide(calls: Sequence[Call], taken: int, unsent: list[Call]) -> memoryview:
    """The rest of the frame that has left in part; calls of whose frame nothing has left are added to ``unsent``."""
    tail = memoryview(b"")
    for call in calls:
        size = len(call.frame)
        if taken == 0:
            call.written = False
            unsent.append(call)
        elif taken < size:
            tail = memoryview(call.frame)[taken:]
        taken = max(0, taken - size)
    return tail
