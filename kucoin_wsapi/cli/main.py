"""The program ``kucoin-wsapi``: finds the command, and loads only that."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from kucoin_wsapi._version import __version__

from .statuses import FAILED, INTERRUPTED, STATUSES

__all__ = ["COMMANDS", "main"]

COMMANDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "demo": ("kucoin_wsapi.cli.demo", "run every operation once on the sandbox and check its effect"),
        "sandbox": ("kucoin_wsapi.cli.sandbox", "serve the sandbox until Ctrl-C"),
        "ping": ("kucoin_wsapi.cli.ping", "connect, authenticate, measure round trips and the clock"),
        "latency": (
            "kucoin_wsapi.cli.latency",
            "place and cancel orders far from the market, and measure each stage",
        ),
        "listen": ("kucoin_wsapi.cli.listen", "print the updates of a topic"),
        "doctor": ("kucoin_wsapi.cli.doctor", "check network, clock, key and login, and say what to do"),
        "order": ("kucoin_wsapi.cli.order", "place one order, or show what would be sent"),
        "modify": ("kucoin_wsapi.cli.modify", "replace a resting spot order, or show what would be sent"),
        "cancel": ("kucoin_wsapi.cli.cancel", "cancel one order, or show what would be sent"),
    }
)
"""The module of each command, and what it does."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status. For the main thread."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        try:
            if not given or given[0] not in COMMANDS:
                _help_or_refuse(given)
            return _run(given)
        finally:
            sys.stdout.flush()  # here, where it may fail
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has gone, as `head` does; the interpreter must not complain of it at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED


def _run(given: list[str]) -> int:
    status: int = importlib.import_module(COMMANDS[given[0]][0]).main(given[1:])
    return status


def _help_or_refuse(given: list[str]) -> None:
    listing = "\n".join(f"  {name:9} {what}" for name, (_, what) in COMMANDS.items())
    parser = argparse.ArgumentParser(
        prog="kucoin-wsapi",
        description=f"Trade on KuCoin over WebSocket, and on a local exchange of one's own.\n\ncommands:\n{listing}",
        epilog=f"kucoin-wsapi COMMAND --help tells more of each.\n\n{STATUSES}",
        usage="kucoin-wsapi [--help] [--version] COMMAND ...",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=__version__)
    parser.add_argument("command", choices=COMMANDS, help=argparse.SUPPRESS)
    parser.parse_args(given)
    parser.error("the command comes first")
