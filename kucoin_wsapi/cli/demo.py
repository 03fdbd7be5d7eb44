"""``kucoin-wsapi demo``: every operation once, on the sandbox; or one harmless order on KuCoin."""

from __future__ import annotations

import argparse
import sys

from kucoin_wsapi.exceptions import ConfigurationError

from .statuses import FAILED, STATUSES, USAGE

__all__ = ["main"]


def main(arguments: list[str]) -> int:
    """Run the command; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="kucoin-wsapi demo",
        description="Run every operation once on the sandbox and check its effect.",
        epilog=STATUSES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--live", action="store_true", help="one harmless order on KuCoin instead")
    parser.add_argument("--yes", action="store_true", help="really: for --live")
    options = parser.parse_args(arguments)
    try:
        return _demo(live=options.live, yes=options.yes)
    except (ConfigurationError, ImportError) as error:
        print(error, file=sys.stderr)
        return FAILED


def _demo(*, live: bool, yes: bool) -> int:
    if not live:
        from kucoin_wsapi._demo import run_demo

        return run_demo(print)
    from kucoin_wsapi._live import LIVE_WARNING, run_live

    if not yes:
        print(LIVE_WARNING, end="")
        return USAGE
    return run_live(print)
