"""``python -m kucoin_wsapi demo --live --yes``: one harmless order on KuCoin itself, and its cancel."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from ._report import row_of, table
from .api_client import WebsocketAPIClient
from .exceptions import KucoinError

__all__ = ["LIVE_WARNING", "PRICE", "SIZE", "SYMBOL", "run_live"]

# Far below any market, and just above the smallest value that the symbol takes (0.1 USDT).
SYMBOL, PRICE, SIZE = "BTC-USDT", "1000", "0.0002"

LIVE_WARNING = f"""\
This places an order on KuCoin with the key in KUCOIN_API_KEY, KUCOIN_API_SECRET and KUCOIN_API_PASSPHRASE:
buy {SIZE} {SYMBOL} at {PRICE} USDT, post-only, far below the market, and cancels it at once.
Nothing was sent. To do it, add --yes.
"""


def run_live(write: Callable[[str], None], **options: Any) -> int:
    """Place the order, cancel it, and check the sizes of both answers; 0 when they are as they should be.

    ``options`` are those of ``WebsocketAPIClient.from_env``. Raises ``ConfigurationError`` without a key.
    """
    with WebsocketAPIClient.from_env(enable_ns=True, attach_event_listeners=False, **options) as client:
        placed, order = row_of(
            "rests",
            client.submit_sync_spot_order(
                symbol=SYMBOL, side="buy", type="limit", price=PRICE, size=SIZE, post_only=True
            ),
        )
        rows = [placed]
        problem: object = None
        if isinstance(order, KucoinError):
            problem = order
        else:
            row, cancel = row_of(
                "cancelled", client.cancel_sync_spot_order(symbol=SYMBOL, order_id=order.data.order_id)
            )
            rows.append(row)
            if isinstance(cancel, KucoinError):
                problem = f"{cancel}\nTHE ORDER {order.data.order_id} MAY STILL REST: cancel it by hand."
            elif cancel.data.canceled_size != Decimal(SIZE):
                problem = f"only {cancel.data.canceled_size} of {SIZE} was cancelled"
    for line in table(rows):
        write(line)
    if problem is not None:
        write(f"\n{problem}")
        return 1
    write("\nPlaced and cancelled; nothing was filled.")
    return 0
