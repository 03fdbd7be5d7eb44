"""``python -m kucoin_wsapi sandbox``: serves a sandbox until Ctrl-C or SIGTERM."""

import argparse
import contextlib
import inspect
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from .account_options import Account, read_accounts
from .faults import Fault

if TYPE_CHECKING:
    from kucoin_wsapi.sandbox import Sandbox

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
_STATUS_EVERY = 1.0  # seconds


def main(argv: list[str]) -> int:
    """Runs the command with the arguments after its name; returns the exit status. For the main thread.

    Wrong arguments exit with status 2, as argparse does it.
    """
    parser = _parser()
    arguments = parser.parse_args(argv)
    with contextlib.ExitStack() as stack:
        try:
            from kucoin_wsapi.sandbox import Sandbox

            accounts = _read_accounts(arguments.accounts)
            sandbox = Sandbox(
                host=arguments.host,
                port=arguments.port,
                serve_the_network=arguments.serve_the_network,
                seed=arguments.seed,
                accounts=accounts,
                faults=arguments.fault,
                log=None if arguments.log is None else stack.enter_context(_log_to(arguments.log)),
            )
            stack.enter_context(sandbox)
        except ValueError as error:
            parser.error(str(error))
        except (ImportError, OSError) as error:
            print(f"The sandbox cannot start: {error}", file=sys.stderr)
            return 1
        names = [account.name for account in accounts]
        _serve_until_signalled(
            sandbox, _introduction(sandbox, names, only_here=not arguments.serve_the_network)
        )
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m kucoin_wsapi sandbox",
        description="A local exchange that speaks KuCoin's WebSocket trading API, with play money.",
        epilog=f"faults:\n\n{inspect.cleandoc(Fault.__doc__ or '')}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--port", type=int, default=0, help="port for WebSocket and REST (default: a free one)")
    add("--seed", type=int, default=0, help="same seed, same market (default: 0)")
    add(
        "--fault",
        action="append",
        default=[],
        metavar="KIND[:NAME=VALUE,...]",
        help="something that goes wrong, such as no-reply:every=50; may be given more than once",
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
    return parser


def _read_accounts(path: Path | None) -> tuple[Account, ...]:
    return (Account(),) if path is None else read_accounts(path.read_text(encoding="utf-8"))


@contextlib.contextmanager
def _log_to(path: Path) -> Iterator[Callable[[str], None]]:
    """What appends lines to a file, each at once."""
    if str(path) == "-":
        yield lambda line: print(line, file=sys.stderr, flush=True)
        return
    with path.open("a", encoding="utf-8", buffering=1) as file:
        yield lambda line: print(line, file=file)


def _introduction(sandbox: "Sandbox", names: list[str], *, only_here: bool) -> str:
    others = [{"name": name, **sandbox.client_options(name)} for name in names[1:]]
    listed = "".join(_OTHER.format(**other) for other in others)
    return _TEXT.format(
        **sandbox.client_options(),
        reach="only this computer" if only_here else "everybody on its network",
        others=f"{listed}\n" if listed else "",
    )


def _serve_until_signalled(sandbox: "Sandbox", introduction: str) -> None:
    signalled = threading.Event()

    def note(_: int, __: FrameType | None) -> None:
        signalled.set()

    previous = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        print(introduction, flush=True)
        # On Windows only a wait with a timeout lets a signal through.
        while not signalled.wait(_STATUS_EVERY):
            if sys.stdout.isatty():
                print(f"\r{_status(sandbox)}\x1b[K", end="", flush=True)
        if sys.stdout.isatty():
            print()
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _status(sandbox: "Sandbox") -> str:
    connections, requests, orders = sandbox.traffic
    return f"{connections} connections, {requests} requests, {orders} open orders"
