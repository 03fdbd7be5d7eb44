"""``kucoin-wsapi cancel``: the end of one order."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from kucoin_wsapi.orders import FuturesCancel, MarginCancel, SpotCancel

from .requests import Operation, run_request
from .running import command_parser

__all__ = ["main"]

_OPERATIONS: Mapping[str, Operation] = MappingProxyType(
    {
        "spot": Operation("spot.cancel", SpotCancel),
        "margin": Operation("margin.cancel", MarginCancel),
        "futures": Operation("futures.cancel", FuturesCancel),
    }
)
_SYNC = Operation("spot.sync_cancel", SpotCancel)

_DESCRIPTION = """\
Cancel one order.

The answer says that the cancel was taken; until it takes effect, the order may still fill. With --sync, which spot has,
the exchange answers when it is done, with the sizes.
"""


def main(arguments: list[str]) -> int:
    """Run the command; returns the exit status."""
    parser = command_parser("cancel", _DESCRIPTION)
    parser.add_argument("symbol", help="pair such as BTC-USDT, or contract such as XBTUSDTM")
    product = parser.add_mutually_exclusive_group()
    product.add_argument(
        "--product", choices=[*_OPERATIONS], default="spot", help="of which product (default: %(default)s)"
    )
    product.add_argument("--sync", action="store_true", help="spot, answered with sizes")
    return run_request(
        parser,
        arguments,
        _OPERATIONS,
        lambda options: _SYNC if options.sync else _OPERATIONS[options.product],
        positional=("symbol",),
    )
