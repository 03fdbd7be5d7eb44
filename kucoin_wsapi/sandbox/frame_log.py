"""A log of what goes over the wires of a sandbox, for who looks for a mistake. It shows no secrets."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from itertools import count

from .times import SECOND

MASK = "***"
SECRETS = frozenset({"apikey", "sign", "passphrase", "partner_sign", "token"})
# In JSON: what bullet calls and key look-ups answer, and a login that was sent to the wrong socket.
_MEMBER = re.compile(
    r'("(?:token|apiKey|kc-api-(?:key|sign|passphrase|partner-sign))"\s*:\s*)"[^"]*"', re.IGNORECASE
)

Note = Callable[[str], None]


class FrameLog:
    """Writes a line for each frame and each request: time, connection, direction, text.

    ``>`` is from the client, ``<`` to it, as KuCoin's documentation has it. Called on the server's thread.
    """

    def __init__(self, write: Note | None, now: Callable[[], int]) -> None:
        """`write` gets each line, without an end; without it nothing is logged. `now` is in Unix nanoseconds."""
        self._write = write
        self._now = now
        self._numbers = count(1)

    def open(self, kind: str) -> tuple[Note | None, Note | None]:
        """What notes the frames of a new connection or request: from the client, and to it."""
        if self._write is None:
            return None, None
        name = f"{kind}-{next(self._numbers)}"
        return self._noting(name, ">"), self._noting(name, "<")

    def _noting(self, name: str, direction: str) -> Note:
        write = self._write
        assert write is not None, "nobody notes for nobody"

        def note(text: str) -> None:
            seconds, nanoseconds = divmod(self._now(), SECOND)
            time = datetime.fromtimestamp(seconds, timezone.utc)
            shown = _MEMBER.sub(rf'\1"{MASK}"', text).replace("\r", "\\r").replace("\n", "\\n")
            write(f"{time:%Y-%m-%dT%H:%M:%S}.{nanoseconds // 1000:06d}Z {name} {direction} {shown}")

        return note


def masked(path: str, query: Mapping[str, str]) -> str:
    """A URL of the order socket as it may be shown."""
    shown = "&".join(f"{name}={MASK if name.lower() in SECRETS else value}" for name, value in query.items())
    return f"GET {path}?{shown}" if shown else f"GET {path}"
