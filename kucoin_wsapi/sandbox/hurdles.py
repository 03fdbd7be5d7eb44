"""What faults put in the way of one login to the order socket."""

import asyncio
import contextlib

from aiohttp import web

from .answering import close_with
from .faults import Fault
from .gateway_codes import gateway_text
from .incoming import receive
from .login import LoginRefused
from .options import ChallengeStyle, SandboxOptions

_JUDGED_BY_ANSWER = frozenset({"400011", "400012"})  # codes that tell of the answer to the challenge


class Hurdles:
    """At most one fault, met at its place in the login. Runs on the server's thread."""

    def __init__(
        self,
        fault: Fault | None,
        socket: web.WebSocketResponse,
        transport: asyncio.Transport,
        options: SandboxOptions,
    ) -> None:
        self._fault = fault
        self._kind = None if fault is None else fault.kind
        self._socket = socket
        self._transport = transport
        self._options = options

    @property
    def challenge_style(self) -> ChallengeStyle:
        """How this challenge is spelt."""
        if self._kind == "challenge-blanks":
            return "blanks"
        return "swapped" if self._kind == "challenge-swapped" else self._options.challenge

    async def before_challenge(self) -> bool:
        """Whether the login goes on; raises `LoginRefused`."""
        code = self._fault.code if self._fault is not None and self._kind == "login-error" else None
        if code is not None and code not in _JUDGED_BY_ANSWER:
            raise LoginRefused(code, gateway_text(code))
        if self._kind != "no-challenge":
            return True
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(receive(self._socket), self._options.challenge_timeout)
        return False

    async def before_welcome(self) -> bool:
        """Whether the login goes on; raises `LoginRefused`."""
        fault = self._fault
        if fault is None:
            return True
        if fault.kind == "login-error":
            raise LoginRefused(fault.code, gateway_text(fault.code))
        if fault.kind == "close-before-welcome":
            await close_with(fault.code, self._socket, self._transport)
            return False
        if fault.kind == "welcome-late":
            await asyncio.sleep(fault.delay)
        return True
