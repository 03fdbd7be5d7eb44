"""What goes out to one client of the order socket: text frames, handed to the network in as few writes as possible."""

import asyncio
import struct
from collections.abc import Callable

MOST_AT_ONCE = 32  # frames for one client, before the others get their turn
MOST_UNSENT = 1024 * 1024  # bytes; who has left so many unread is not answered further for a while
PAUSE = 0.01  # seconds between two looks whether he has read on

_SHORT, _LONG, _LONGEST = struct.Struct("!BB"), struct.Struct("!BBH"), struct.Struct("!BBQ")
_TEXT = 0x81  # a whole message of text


def text_frame(text: str) -> bytes:
    """The WebSocket frame (RFC 6455) of a server that carries `text`."""
    payload = text.encode()
    length = len(payload)
    if length < 126:
        return _SHORT.pack(_TEXT, length) + payload
    if length < 65_536:
        return _LONG.pack(_TEXT, 126, length) + payload
    return _LONGEST.pack(_TEXT, 127, length) + payload


class Outgoing:
    """Collects frames until the server has nothing more to do for this client at once, then writes them in one go.

    Runs on the server's thread. Nothing is sent once the connection is closing.
    """

    def __init__(self, transport: asyncio.Transport, note: Callable[[str], None] | None = None) -> None:
        """`note` is shown every text before it is sent."""
        self._transport = transport
        self._note = note
        self._frames: list[bytes] = []
        self._call_soon = asyncio.get_running_loop().call_soon

    def send(self, text: str) -> None:
        """Sends a text, soon and in turn."""
        if self._note is not None:
            self._note(text)
        if not self._frames:
            self._call_soon(self.flush)
        self._frames.append(text_frame(text))

    def flush(self) -> None:
        """Hands over what has been collected."""
        frames, self._frames = self._frames, []
        if frames and not self._transport.is_closing():
            self._transport.write(b"".join(frames))

    async def keep_pace(self) -> None:
        """Lets others have their turn, and waits for a client that does not read; for after every `send` or so."""
        if len(self._frames) < MOST_AT_ONCE:
            return
        self.flush()
        await asyncio.sleep(0)
        while self._transport.get_write_buffer_size() > MOST_UNSENT and not self._transport.is_closing():
            await asyncio.sleep(PAUSE)
