"""``kucoin-wsapi demo --live --yes``: one harmless order on KuCoin itself, and its cancel."""

from __future__ import annotations

import os
import sys
from decimal import Decimal

from attrs import frozen

from ._report import Row, row_of
from .api_client import WebsocketAPIClient
from .exceptions import KucoinError, NotSentError, RejectedError

__all__ = ["PRICE", "SIZE", "SYMBOL", "LiveDemonstration", "run_live"]

# Far below any market, and just above the smallest value that the symbol takes (0.1 USDT).
SYMBOL, PRICE, SIZE = "BTC-USDT", "1000", "0.0002"


@frozen
class LiveDemonstration:
    """The calls, the first error, in words what is not as it should be, and whether the order may still be there."""

    rows: tuple[Row, ...]
    error: KucoinError | None = None
    problem: str | None = None
    may_rest: bool = False


def run_live(client: WebsocketAPIClient) -> LiveDemonstration:
    """Place the order, cancel it, and check the sizes of both answers. The client must use ``enable_ns``.

    Whatever happens in between, Ctrl-C included, the cancel is tried.
    """
    client_oid = os.urandom(12).hex()
    future = client.submit_sync_spot_order(
        symbol=SYMBOL, side="buy", type="limit", price=PRICE, size=SIZE, post_only=True, client_oid=client_oid
    )
    try:
        placed, order = row_of("rests", future)
    except BaseException:
        if not future.cancel():
            _, cancel = row_of(
                "cancelled", client.cancel_sync_spot_order(symbol=SYMBOL, client_oid=client_oid)
            )
            if isinstance(cancel, KucoinError):
                print(_may_rest(client_oid), file=sys.stderr)
        raise
    if isinstance(order, (NotSentError, RejectedError)):
        return LiveDemonstration((placed,), order)
    row, cancel = row_of("cancelled", client.cancel_sync_spot_order(symbol=SYMBOL, client_oid=client_oid))
    rows = (placed, row)
    error = order if isinstance(order, KucoinError) else None
    if isinstance(cancel, KucoinError):
        return LiveDemonstration(rows, error or cancel, _may_rest(client_oid), may_rest=True)
    if cancel.data.canceled_size != Decimal(SIZE):
        return LiveDemonstration(rows, problem=f"only {cancel.data.canceled_size} of {SIZE} was cancelled")
    return LiveDemonstration(rows, error)


def _may_rest(client_oid: str) -> str:
    return f"THE ORDER WITH THE CLIENT ID {client_oid} MAY STILL REST: cancel it by hand."
