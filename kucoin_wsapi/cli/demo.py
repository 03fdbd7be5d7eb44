"""``kucoin-wsapi demo``: every operation once, on the sandbox; or one harmless order on KuCoin."""

from __future__ import annotations

import argparse

from kucoin_wsapi._report import Row, table
from kucoin_wsapi.exceptions import ConfigurationError

from .exchanges import add_access, add_confirmation, find_access
from .progress import Progress
from .running import Result, command_parser, run
from .statuses import FAILED, OK, UNKNOWN, error_record, status_of

__all__ = ["main"]

_DESCRIPTION = """\
Run every operation once on a sandbox of its own, and check each effect against the sandbox's ledger.

With --live --yes: one order on KuCoin instead, far below the market, and its cancel.
"""


def main(arguments: list[str]) -> int:
    """Run the command; returns the exit status."""
    parser = command_parser("demo", _DESCRIPTION)
    add_confirmation(parser)
    add_access(parser.add_argument_group("with --live"))
    options = parser.parse_args(arguments)
    return run(parser, as_json=options.json, body=lambda: _live(options) if options.live else _demo(options))


def _demo(options: argparse.Namespace) -> Result:
    from kucoin_wsapi._demo import run_demo

    for name in ("yes", "credentials", "proxy"):
        if getattr(options, name):
            raise ConfigurationError(f"--{name}: with --live only")
    with Progress("calls") as progress:

        def done(calls: int) -> None:
            progress.done = calls

        shown = run_demo(done)
    lines = [
        f"A sandbox was open at {shown.ws_url}; a client connected to it as to KuCoin.\n",
        *table(shown.rows),
        *(["\nThe ledger of the sandbox disagrees:"] if shown.differences else ()),
        *(f"  {difference}" for difference in shown.differences),
    ]
    if not shown.differences:
        lines.append(f"\n{shown.checks} effects checked against the ledger of the sandbox: all as answered.")
    record = {
        "live": False,
        "calls": _records(shown.rows),
        "checks": shown.checks,
        "differences": list(shown.differences),
    }
    return Result(record, lines, FAILED if shown.differences else OK)


def _live(options: argparse.Namespace) -> Result:
    from kucoin_wsapi._live import PRICE, SIZE, SYMBOL, run_live
    from kucoin_wsapi.api_client import WebsocketAPIClient

    if not options.yes:
        raise ConfigurationError(
            f"nothing was sent: this buys {SIZE} {SYMBOL} at {PRICE} USDT on KuCoin, post-only, far below the market, "
            "and cancels it at once; to do it, add --yes"
        )
    with (
        WebsocketAPIClient(**find_access(options), enable_ns=True, attach_event_listeners=False) as client,
        Progress("one order, and its cancel"),
    ):
        shown = run_live(client)
    record = {"live": True, "calls": _records(shown.rows), "problem": shown.problem}
    lines = [*table(shown.rows), ""]
    if shown.error is not None:
        record["error"] = error_record(shown.error)
        lines.append(str(shown.error))
    if shown.problem is not None:
        lines.append(shown.problem)
    if shown.error is None and shown.problem is None:
        return Result(record, [*lines, "Placed and cancelled; nothing was filled."])
    if shown.may_rest:
        return Result(record, lines, UNKNOWN)
    return Result(record, lines, FAILED if shown.error is None else status_of(shown.error))


def _records(rows: tuple[Row, ...]) -> list[dict[str, object]]:
    return [row.record() for row in rows]
