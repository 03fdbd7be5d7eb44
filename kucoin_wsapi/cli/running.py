"""How a command runs: its result or its error becomes text or JSON on stdout, and an exit status."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from attrs import frozen

from kucoin_wsapi.exceptions import KucoinError

from .statuses import OK, STATUSES, UNKNOWN, USAGE, error_record, status_of

__all__ = ["Result", "command_parser", "plain", "print_json", "run", "whole"]


@frozen
class Result:
    """What a command ends with: the same for programs and for people, and its exit status."""

    record: Mapping[str, Any]
    lines: Iterable[str]
    status: int = OK


def command_parser(name: str, description: str) -> argparse.ArgumentParser:
    """A parser with what all commands have."""
    parser = argparse.ArgumentParser(
        prog=f"kucoin-wsapi {name}",
        description=description,
        epilog=STATUSES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,  # an option that is added later must not change what a script means
    )
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout instead of text")
    return parser


def run(parser: argparse.ArgumentParser, *, as_json: bool, body: Callable[[], Result]) -> int:
    """Run a command, print what it ends with, and return its exit status."""
    name = parser.prog.split()[-1]
    try:
        result = body()
    except (KucoinError, ImportError, OSError) as error:
        if isinstance(error, BrokenPipeError):
            raise
        status, record = status_of(error), error_record(error)
        if as_json:
            print_json({"command": name, "status": status, "error": record})
        else:
            kind = (
                "" if status == USAGE else f"{record['type']}: "
            )  # a wrong argument is told as argparse tells it
            print(f"{parser.prog}: {kind}{record['message']}", file=sys.stderr)
            if status == UNKNOWN and record["client_oid"]:
                name = record["client_oid"]
                print(
                    f"Look for the client id {name} among your orders before repeating it.", file=sys.stderr
                )
        return status
    if as_json:
        print_json({"command": name, "status": result.status, **result.record})
    else:
        for line in result.lines:
            print(line)
    return result.status


def print_json(record: Mapping[str, Any]) -> None:
    """One line, at once. Numbers of the exchange that have a fraction become text, so that no digit is lost."""
    print(json.dumps(record, default=plain), flush=True)


def plain(value: object) -> str:
    """For ``json.dumps(default=...)``: the text of what JSON does not know."""
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def whole(smallest: int, largest: int) -> Callable[[str], int]:
    """For ``type=``: a whole number within limits."""

    def number(text: str) -> int:
        value = int(text) if text.isdecimal() else None
        if value is None or not smallest <= value <= largest:
            raise argparse.ArgumentTypeError(
                f"a whole number from {smallest} to {largest} is needed, not {text!r}"
            )
        return value

    return number
