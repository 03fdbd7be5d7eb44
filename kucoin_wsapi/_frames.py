"""WebSocket frames to and from bytes (RFC 6455, client side), without I/O.

``websocket-client`` has a codec that is right; this one is the same thing for the hot path, at a fraction of
the time: one buffer, no callbacks, no byte-wise UTF-8 check. A differential test holds the two together.
"""

from __future__ import annotations

import enum
import os
import struct
import sys

__all__ = [
    "MASK_SIZE",
    "TEXT",
    "Frame",
    "FrameDecoder",
    "FrameError",
    "Opcode",
    "close_code",
    "close_frame",
    "encode_frame",
]

# Larger than any answer of the order socket by far (a batch of 20 items is about 4 KB).
MAX_MESSAGE_SIZE = 1 << 20


class Opcode(enum.IntEnum):
    """The opcodes of RFC 6455, section 5.2."""

    CONTINUATION = 0x0
    TEXT = 0x1
    BINARY = 0x2
    CLOSE = 0x8
    PING = 0x9
    PONG = 0xA


# (opcode, payload): text as str, everything else as bytes. A tuple, because one is made for each answer.
Frame = tuple[int, "str | bytes"]

TEXT = 0x1  # a plain number: one frame is made for each order, and the enumeration takes its time to be looked up in
_CONTINUATION, _TEXT, _BINARY = 0x0, TEXT, 0x2
_CONTROL = frozenset({0x8, 0x9, 0xA})
_LENGTH_16, _LENGTH_64 = 126, 127
_HEAD_16 = struct.Struct(">BBH")
MASK_SIZE = 4


class FrameError(ValueError):
    """The bytes are not a stream of server frames; ``close_code`` is what RFC 6455 says to answer."""

    def __init__(self, reason: str, close_code: int) -> None:
        super().__init__(reason)
        self.close_code = close_code


def encode_frame(opcode: int, payload: bytes, mask: bytes | None = None) -> bytes:
    """One final, masked frame, as a client must send it (RFC 6455, section 5.3); ``mask`` must be fresh."""
    size = len(payload)
    if size < _LENGTH_16:
        head = bytes((0x80 | opcode, 0x80 | size))
    elif size < 1 << 16:
        head = _HEAD_16.pack(0x80 | opcode, 0x80 | _LENGTH_16, size)
    else:
        head = bytes((0x80 | opcode, 0x80 | _LENGTH_64)) + size.to_bytes(8, "big")
    if mask is None:
        mask = os.urandom(MASK_SIZE)
    repeated = mask * (size // MASK_SIZE + 1)
    # XOR of two large integers is the fastest masking that the interpreter has.
    masked = int.from_bytes(payload, sys.byteorder) ^ int.from_bytes(repeated[:size], sys.byteorder)
    return head + mask + masked.to_bytes(size, sys.byteorder)


def close_frame(code: int = 1000) -> bytes:
    """A close frame with a status code (RFC 6455, section 7.4)."""
    return encode_frame(Opcode.CLOSE, code.to_bytes(2, "big"))


def close_code(payload: str | bytes) -> int | None:
    """The status code in a received close frame, or None when it holds none."""
    return int.from_bytes(payload[:2], "big") if isinstance(payload, bytes) and len(payload) >= 2 else None


class FrameDecoder:
    """Turns what the socket delivers into whole messages and control frames; used by one thread.

    After a violation ``error`` is set, and nothing more is decoded: the stream has no meaning from there on.
    """

    def __init__(self, max_message_size: int = MAX_MESSAGE_SIZE) -> None:
        self.error: FrameError | None = None
        self._max = max_message_size
        self._rest = bytearray()  # the beginning of a frame
        # Invariant: None, or the opcode and the payload so far of a fragmented message.
        self._partial: tuple[int, bytearray] | None = None

    def feed(self, data: bytes) -> list[Frame]:
        """Decode what has become complete with ``data``; incomplete rests are kept for the next call."""
        frames: list[Frame] = []
        if self.error is None:
            rest = self._rest
            if rest:
                rest += data
            try:
                taken = self._decode(rest or data, frames)
            except FrameError as error:
                self.error = error
            else:
                if rest:
                    del rest[:taken]
                elif taken < len(data):
                    rest += data[taken:]
        return frames

    def _decode(self, data: bytes | bytearray, frames: list[Frame]) -> int:
        """Decode the whole frames at the beginning of ``data``; returns how many bytes they take."""
        start, end = 0, len(data)
        while end - start >= 2:
            head, size = data[start], data[start + 1]
            payload_start = start + 2
            if head != 0x81 or size & 0x80:  # anything but an unmasked, unfragmented text message
                self._check_head(head, size)
            if size >= _LENGTH_16:
                extra = 2 if size == _LENGTH_16 else 8
                if end < payload_start + extra:
                    break
                size = int.from_bytes(data[payload_start : payload_start + extra], "big")
                payload_start += extra
                if size > self._max or self._partial is not None:
                    self._check_size(size)
            payload_end = payload_start + size
            if end < payload_end:
                break
            payload = data[payload_start:payload_end]
            if head == 0x81 and self._partial is None:  # as nearly always
                frames.append(self._message(_TEXT, payload))
            elif (frame := self._frame(head, payload)) is not None:
                frames.append(frame)
            start = payload_end
        return start

    def _check_head(self, head: int, length: int) -> None:
        opcode, final = head & 0x0F, head & 0x80
        if head & 0x70:
            raise FrameError("a reserved bit is set", 1002)
        if length & 0x80:
            raise FrameError("a server frame is masked", 1002)
        if opcode in _CONTROL:
            if not final or length > 125:
                raise FrameError("a control frame is fragmented or too long", 1002)
        elif opcode not in (_CONTINUATION, _TEXT, _BINARY):
            raise FrameError(f"opcode {opcode:#x} is reserved", 1002)
        elif (opcode == _CONTINUATION) != (self._partial is not None):
            raise FrameError("the fragments of a message are out of order", 1002)

    def _check_size(self, size: int) -> None:
        held = len(self._partial[1]) if self._partial is not None else 0
        if size + held > self._max:
            raise FrameError(f"a message of more than {self._max} bytes", 1009)

    def _frame(self, head: int, payload: bytes | bytearray) -> Frame | None:
        opcode = head & 0x0F
        if opcode in _CONTROL:
            return opcode, bytes(payload)
        if opcode != _CONTINUATION and self._partial is not None:
            raise FrameError("the fragments of a message are out of order", 1002)
        if self._partial is None and head & 0x80:
            return self._message(opcode, payload)
        if self._partial is None:
            self._partial = opcode, bytearray(payload)
            return None
        first_opcode, parts = self._partial
        self._check_size(len(payload))  # of short fragments too: any number of them may come
        parts += payload
        if not head & 0x80:
            return None
        self._partial = None
        return self._message(first_opcode, parts)

    @staticmethod
    def _message(opcode: int, payload: bytes | bytearray) -> Frame:
        if opcode == _BINARY:
            return opcode, bytes(payload)
        try:
            return opcode, payload.decode()
        except UnicodeDecodeError:
            raise FrameError("a text message is not UTF-8", 1007) from None
