"""``kucoin-wsapi sandbox``: serves a sandbox until Ctrl-C or SIGTERM."""

from __future__ import annotations

import argparse
import contextlib
import inspect
import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from kucoin_wsapi.exceptions import ConfigurationError
from kucoin_wsapi.sandbox import SYMBOLS, Account, Fault, SpotSymbol
from kucoin_wsapi.sandbox.account_options import read_accounts

from .progress import Progress
from .running import Result, command_parser, run

if TYPE_CHECKING:
    from kucoin_wsapi.sandbox import Sandbox

__all__ = ["main"]

_DESCRIPTION = """\
Serve a local exchange that speaks KuCoin's WebSocket trading API, with play money, until Ctrl-C or SIGTERM,
which end it with status 0.

It prints its URLs and keys; with --json as one object on a line of its own, as soon as it accepts
connections, and a last line when it ends. On a terminal a line shows what goes on.
"""
_TEXT = """\
The sandbox is open. It trades play money, and {reach} can reach it.

  WebSocket   {ws_url}
  REST        {rest_url}
  key         {api_key}
  secret      {api_secret}
  passphrase  {api_passphrase}
{others}
from kucoin_wsapi import WebsocketAPIClient

with WebsocketAPIClient(
    api_key="{api_key}",
    api_secret="{api_secret}",
    api_passphrase="{api_passphrase}",
    ws_url="{ws_url}",
    rest_url="{rest_url}",
) as client:
    future = client.submit_new_spot_order(
        symbol="BTC-USDT", side="buy", type="limit", price="50000", size="0.001"
    )
    print(future.result())

Ctrl-C closes it.
"""
_OTHER = "\n  {name:11} key {api_key}, secret {api_secret}, passphrase {api_passphrase}"
_WAIT = 1.0  # seconds: on Windows only a wait with a timeout lets a signal through


def main(arguments: list[str]) -> int:
    """Run the command; returns the exit status. For the main thread."""
    parser = command_parser("sandbox", _DESCRIPTION)
    parser.epilog = f"faults:\n\n{inspect.cleandoc(Fault.__doc__ or '')}\n\n{parser.epilog}"
    _add_options(parser)
    options = parser.parse_args(arguments)
    return run(parser, as_json=options.json, body=lambda: _serve(options))


def _add_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--port", type=int, default=0, help="port for WebSocket and REST (default: a free one)")
    add("--seed", type=int, default=0, help="same seed, same market (default: %(default)s)")
    add(
        "--symbol",
        action="append",
        default=[],
        metavar="NAME=PRICE",
        help="one more spot pair, traded around a price, such as SOL-USDT=150; may be given more than once. "
        f"{' and '.join(symbol.symbol for symbol in SYMBOLS)} are always there",
    )
    add(
        "--fault",
        action="append",
        default=[],
        metavar="KIND[:NAME=VALUE,...]",
        help="something that goes wrong, such as no-reply:every=50; may be given more than once. The kinds are below",
    )
    add(
        "--accounts", type=Path, metavar="FILE", help="JSON with the accounts: their names, deposits and keys"
    )
    add(
        "--log", type=Path, metavar="FILE", help="where every frame is written, without secrets; - for stderr"
    )
    add("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    add(
        "--serve-the-network",
        action="store_true",
        help="let --host be one that other computers reach; whoever reaches it can trade on it",
    )


def _serve(options: argparse.Namespace) -> Result:
    from kucoin_wsapi.sandbox import Sandbox  # needs the extra

    with contextlib.ExitStack() as stack:
        accounts = _accounts(options.accounts)
        log = None if options.log is None else stack.enter_context(_log_to(options.log))
        try:
            sandbox = Sandbox(
                host=options.host,
                port=options.port,
                serve_the_network=options.serve_the_network,
                seed=options.seed,
                accounts=accounts,
                symbols=_symbols(options.symbol),
                faults=options.fault,
                log=log,
            )
        except ValueError as error:
            raise ConfigurationError(str(error)) from None
        try:
            stack.enter_context(sandbox)
        except OSError as error:
            reason = error.strerror if error.errno is None else os.strerror(error.errno)  # Python adds to it
            advice = "choose another --port, or none for a free one"
            raise OSError(f"cannot listen on {options.host}:{options.port}: {reason}; {advice}") from None
        names = [account.name for account in accounts]
        if options.json:
            text = json.dumps(_addresses(sandbox, names))
        else:
            text = _introduction(sandbox, names, only_here=not options.serve_the_network)
        _serve_until_signalled(sandbox, text)
        traffic = sandbox.traffic
        return Result(
            {
                "requests": traffic.requests,
                "open_orders": traffic.open_orders,
                "fills": traffic.fills,
                "faults": dict(sandbox.faults_struck),
            },
            [],
        )


def _accounts(path: Path | None) -> tuple[Account, ...]:
    if path is None:
        return (Account(),)
    try:
        return read_accounts(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(f"--accounts: {path} cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise ConfigurationError(f"--accounts: {path}: {error}") from None


def _symbols(texts: list[str]) -> tuple[SpotSymbol, ...]:
    pairs = {symbol.symbol: symbol for symbol in SYMBOLS}
    for text in texts:
        name, _, price = text.partition("=")
        try:
            pair = SpotSymbol.at(name, Decimal(price))
        except (ValueError, InvalidOperation) as error:
            reason = "NAME=PRICE is needed" if isinstance(error, InvalidOperation) else error
            raise ConfigurationError(f"--symbol: {text}: {reason}") from None
        if name in pairs:
            raise ConfigurationError(f"--symbol: {name} is there already")
        pairs[name] = pair
    return tuple(pairs.values())


@contextlib.contextmanager
def _log_to(path: Path) -> Iterator[Callable[[str], None]]:
    """What appends lines to a file, each at once."""
    if str(path) == "-":
        yield lambda line: print(line, file=sys.stderr, flush=True)
        return
    try:
        file = path.open("a", encoding="utf-8", buffering=1)
    except OSError as error:
        raise ConfigurationError(f"--log: {path} cannot be written: {error.strerror}") from None
    with file:
        yield lambda line: print(line, file=file)


def _addresses(sandbox: Sandbox, names: list[str]) -> dict[str, Any]:
    options = {name: sandbox.client_options(name) for name in names}
    key = ("api_key", "api_secret", "api_passphrase")
    return {
        "ws_url": sandbox.ws_url,
        "rest_url": sandbox.rest_url,
        "accounts": [{"name": name, **{part: options[name][part] for part in key}} for name in names],  # type: ignore[literal-required]  # of a TypedDict
    }


def _introduction(sandbox: Sandbox, names: list[str], *, only_here: bool) -> str:
    others = [{"name": name, **sandbox.client_options(name)} for name in names[1:]]
    listed = "".join(_OTHER.format(**other) for other in others)
    return _TEXT.format(
        **sandbox.client_options(),
        reach="only this computer" if only_here else "everybody on its network",
        others=f"{listed}\n" if listed else "",
    )


def _serve_until_signalled(sandbox: Sandbox, text: str) -> None:
    signalled = threading.Event()

    def note(_: int, __: FrameType | None) -> None:
        signalled.set()

    previous = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        print(text, flush=True)
        with _Status(sandbox):
            while not signalled.wait(_WAIT):
                pass
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


class _Status(Progress):
    """What goes on in a sandbox, instead of how far it is."""

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__("sandbox")
        self._sandbox = sandbox

    def text(self) -> str:
        """What is shown now."""
        traffic = self._sandbox.traffic
        struck = ", ".join(f"{kind} {times}" for kind, times in self._sandbox.faults_struck.items())
        return (
            f"{traffic.connections} connections, {traffic.requests} requests, {traffic.open_orders} open orders, "
            f"{traffic.fills} fills, faults: {struck or 'none asked for'}"
        )
