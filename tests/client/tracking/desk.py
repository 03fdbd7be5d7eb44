"""A sandbox with two traders and no market maker: what one rests, the other one fills."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import Any

from attrs import frozen
from relay import Relay
from rest_front import RestFront

from kucoin_wsapi import WebsocketAPIClient
from kucoin_wsapi.sandbox import Account, Sandbox

PATIENCE = 20.0  # seconds that a test waits for what must come


@frozen
class Desk:
    """``client`` places orders and follows them; ``other`` trades with it.

    REST of ``client`` passes ``front``, its classic push sockets pass ``relay``.
    """

    sandbox: Sandbox
    client: WebsocketAPIClient
    other: WebsocketAPIClient
    front: RestFront
    relay: Relay

    def buy(self, size: str = "0.01", price: str = "50000", **fields: Any) -> Any:
        """A limit order of the one; returns its future."""
        return self.client.submit_new_spot_order(
            symbol="BTC-USDT", side="buy", type="limit", price=price, size=size, **fields
        )

    def fill(self, size: str = "0.01", price: str = "50000") -> None:
        """The other one sells so much; returns when the exchange has matched it."""
        self.other.submit_sync_spot_order(
            symbol="BTC-USDT", side="sell", type="limit", price=price, size=size
        ).result()

    def truth(self, order_id: str | None) -> Any:
        """The order as the exchange's ledger has it."""
        assert order_id is not None
        return self.sandbox.find_order(order_id=order_id)


@contextmanager
def open_desk(*, options: dict[str, Any] | None = None, **sandbox_options: Any) -> Iterator[Desk]:
    """``options`` are those of ``client``."""
    with ExitStack() as stack:
        accounts = (Account("main"), Account("other"))
        sandbox = stack.enter_context(Sandbox(accounts=accounts, liquidity=0, **sandbox_options))
        # Where to push is told by the name that REST was asked under.
        relay = stack.enter_context(closing(Relay(int(sandbox.rest_url.rpartition(":")[2]))))
        front = stack.enter_context(RestFront(f"http://127.0.0.1:{relay.port}"))
        given: dict[str, Any] = {**sandbox.client_options(), "rest_url": front.url, **(options or {})}
        client = WebsocketAPIClient(**given, close_timeout=0.2, attach_event_listeners=False)
        other = WebsocketAPIClient(**sandbox.client_options("other"), attach_event_listeners=False)
        stack.enter_context(client)
        stack.enter_context(other)
        yield Desk(sandbox, client, other, front, relay)
