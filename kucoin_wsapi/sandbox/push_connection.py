"""What a conversation on a push socket is held over, and what it is held with."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import attrs
from aiohttp import WSMessage, web

from .faults import FaultPlan, Occasion
from .gateway import Gateway
from .incoming import receive
from .login import Login
from .options import SandboxOptions
from .push_outlet import Outlet
from .push_subscriber import PushSubscriber

__all__ = ["PushConnection", "PushServices"]


@attrs.frozen
class PushServices:
    """What every push connection of a sandbox has in common."""

    gateway: Gateway
    login: Login
    options: SandboxOptions
    plan: FaultPlan

    def strikes(self, occasion: Occasion, path: str) -> bool:
        """Whether a fault strikes on this occasion on the socket at `path`."""
        return self.plan.draw(occasion, path) is not None


@attrs.frozen
class PushConnection:
    """One connection; `note` is shown what comes in."""

    socket: web.WebSocketResponse
    request: web.Request
    outlet: Outlet
    subscriber: PushSubscriber
    note: Callable[[str], None] | None

    @property
    def path(self) -> str:
        """The socket's, without a slash at the end."""
        return self.request.path.rstrip("/")

    @property
    def query(self) -> Mapping[str, str]:
        """The parameters of the URL."""
        return self.request.query

    async def receive(self, heard: Callable[[], None]) -> WSMessage:
        """The next message; `heard` is told of whatever comes."""
        return await receive(self.socket, heard)
