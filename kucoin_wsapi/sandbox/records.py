"""The REST look-up records of an order (KuCoin documentation, "Get Order By OrderId" of spot, margin, futures, UTA)."""

from __future__ import annotations

from kucoin_wsapi.sandbox.orders import OrderView

__all__ = ["futures_record", "spot_record", "uta_record"]


def spot_record(order: OrderView) -> dict[str, object]:
    """The record of a spot or margin order."""
    raise NotImplementedError


def futures_record(order: OrderView) -> dict[str, object]:
    """The record of a futures order."""
    raise NotImplementedError


def uta_record(order: OrderView) -> dict[str, object]:
    """The record of any order as the unified account shows it."""
    raise NotImplementedError
