"""``kucoin-wsapi modify``: another price or size for a resting spot order."""

from __future__ import annotations

from kucoin_wsapi.orders import SpotModify

from .requests import Operation, run_request
from .running import command_parser

__all__ = ["main"]

_MODIFY = Operation("spot.modify", SpotModify)

_DESCRIPTION = """\
Replace a resting spot order by one with another price or size.

It gets a new order id and loses its place in the queue. When the exchange refuses (exit status 3), the old order may be
cancelled with no new one in its place: look it up.
"""


def main(arguments: list[str]) -> int:
    """Run the command; returns the exit status."""
    parser = command_parser("modify", _DESCRIPTION)
    parser.add_argument("symbol", help="pair such as BTC-USDT")
    return run_request(parser, arguments, {"spot": _MODIFY}, lambda _: _MODIFY, positional=("symbol",))
