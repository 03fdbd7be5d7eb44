"""What goes out to one client of a push socket: frames, handed to the network in few writes and within bounds."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable

from .answering import reset

__all__ = ["BINARY", "TEXT", "Outlet", "frame"]

TEXT, BINARY = 0x81, 0x82  # whole messages (RFC 6455)
MOST_UNSENT = 1024 * 1024  # bytes; who leaves more unread is disconnected, so that he slows nobody down

_SHORT, _LONG, _LONGEST = struct.Struct("!BB"), struct.Struct("!BBH"), struct.Struct("!BBQ")


def frame(opcode: int, text: str) -> bytes:
    """The WebSocket frame of a server that carries `text`."""
    payload = text.encode()
    length = len(payload)
    if length < 126:
        return _SHORT.pack(opcode, length) + payload
    if length < 65_536:
        return _LONG.pack(opcode, 126, length) + payload
    return _LONGEST.pack(opcode, 127, length) + payload


class Outlet:
    """Collects frames until `flush`. Runs on the server's thread. Nothing is sent once the connection is closing."""

    def __init__(
        self, transport: asyncio.Transport, opcode: int, note: Callable[[str], None] | None = None
    ) -> None:
        """`opcode` is that of all its messages; `note` is shown every text before it is sent."""
        self._transport = transport
        self.opcode = opcode
        self._note = note
        self._frames: list[bytes] = []

    def say(self, text: str) -> None:
        """Send a text at once, after what has been collected."""
        self.add(text, frame(self.opcode, text))
        self.flush()

    def add(self, text: str, data: bytes) -> None:
        """Collect a frame; `data` is `frame` of `text`, made once for all who get it."""
        if self._note is not None:
            self._note(text)
        self._frames.append(data)

    def flush(self) -> None:
        """Hand over what has been collected, or end the connection of a client that does not read."""
        frames, self._frames = self._frames, []
        if not frames or self._transport.is_closing():
            return
        if self._transport.get_write_buffer_size() > MOST_UNSENT:
            reset(self._transport)
        else:
            self._transport.write(b"".join(frames))
