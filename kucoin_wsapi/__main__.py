"""The command line: ``python -m kucoin_wsapi demo | sandbox``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from ._version import __version__
from .exceptions import ConfigurationError

__all__ = ["main"]

_EPILOG = """\
exit status: 0 as expected, 1 something failed, 2 wrong or missing arguments
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status. For the main thread."""
    parser = argparse.ArgumentParser(
        prog="python -m kucoin_wsapi", epilog=_EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True)
    demo = commands.add_parser("demo", help="run every operation once on the sandbox and check its effect")
    demo.add_argument("--live", action="store_true", help="one harmless order on KuCoin instead")
    demo.add_argument("--yes", action="store_true", help="really: for --live")
    commands.add_parser("sandbox", help="serve the sandbox until Ctrl-C", add_help=False)
    chosen, rest = parser.parse_known_args(arguments)
    if chosen.command == "sandbox":
        from .sandbox.command import main as serve

        return serve(rest)
    if rest:
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    try:
        return _demo(live=chosen.live, yes=chosen.yes)
    except (ConfigurationError, ImportError) as error:
        print(error, file=sys.stderr)
        return 1


def _demo(*, live: bool, yes: bool) -> int:
    if not live:
        from ._demo import run_demo

        return run_demo(print)
    from ._live import LIVE_WARNING, run_live

    if not yes:
        print(LIVE_WARNING, end="")
        return 2
    return run_live(print)


if __name__ == "__main__":
    sys.exit(main())
