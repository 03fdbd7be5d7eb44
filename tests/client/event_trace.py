"""Everything that a client announces."""

from __future__ import annotations

from typing import Any

from scripted_exchange import eventually

from kucoin_wsapi import WebsocketAPIClient

NAMES = ("open", "reconnected", "authenticated", "reconnect", "close", "response", "exception")


class Trace:
    """Everything that a client announces, as (name, event), in order."""

    def __init__(self, client: WebsocketAPIClient) -> None:
        self.events: list[tuple[str, Any]] = []
        for name in NAMES:
            client.get_ws_client().on(name, lambda event, name=name: self.events.append((name, event)))

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.events]

    def all(self, name: str) -> list[Any]:
        return [event for given, event in self.events if given == name]

    def wait_for(self, name: str, times: int = 1) -> Any:
        """The last of so many events."""
        eventually(lambda: len(self.all(name)) >= times, f"{times} x {name}")
        return self.all(name)[times - 1]
