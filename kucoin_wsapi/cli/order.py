"""``kucoin-wsapi order``: one new order."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from kucoin_wsapi.orders import FuturesOrder, MarginOrder, SpotOrder

from .requests import Operation, run_request
from .running import command_parser

__all__ = ["main"]

_OPERATIONS: Mapping[str, Operation] = MappingProxyType(
    {
        "spot": Operation("spot.order", SpotOrder),
        "margin": Operation("margin.order", MarginOrder),
        "futures": Operation("futures.order", FuturesOrder),
    }
)
_SYNC = Operation("spot.sync_order", SpotOrder)

_DESCRIPTION = """\
Place one order; a limit order unless --type says otherwise.

The answer says that it was accepted, not that it rests or was filled; with --sync, which spot has, the exchange answers
after it was matched once, with the sizes.
"""


def main(arguments: list[str]) -> int:
    """Run the command; returns the exit status."""
    parser = command_parser("order", _DESCRIPTION)
    parser.add_argument("symbol", help="pair such as BTC-USDT, or contract such as XBTUSDTM")
    parser.add_argument("side", choices=["buy", "sell"], help="whether to buy or to sell")
    product = parser.add_mutually_exclusive_group()
    product.add_argument(
        "--product", choices=[*_OPERATIONS], default="spot", help="what to trade (default: %(default)s)"
    )
    product.add_argument("--sync", action="store_true", help="spot, answered with sizes")
    return run_request(
        parser,
        arguments,
        _OPERATIONS,
        lambda options: _SYNC if options.sync else _OPERATIONS[options.product],
        positional=("symbol", "side"),
        usual={"type": "limit"},
    )
