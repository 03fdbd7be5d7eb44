"""``python -m kucoin_wsapi sandbox``: serves a sandbox until Ctrl-C or SIGTERM."""

import argparse
import inspect
import signal
import sys
import threading
from types import FrameType
from typing import TYPE_CHECKING

from .faults import Fault

if TYPE_CHECKING:
    from kucoin_wsapi.sandbox import Sandbox

_TEXT = """\
The sandbox is open. It trades play money, and only this computer can reach it.

  WebSocket   {ws_url}
  REST        {rest_url}
  key         {api_key}
  secret      {api_secret}
  passphrase  {api_passphrase}

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


def main(argv: list[str]) -> int:
    """Runs the command with the arguments after its name; returns the exit status. For the main thread.

    Wrong arguments exit with status 2, as argparse does it.
    """
    parser = argparse.ArgumentParser(
        prog="python -m kucoin_wsapi sandbox",
        description="A local exchange that speaks KuCoin's WebSocket trading API, with play money.",
        epilog=f"faults:\n\n{inspect.cleandoc(Fault.__doc__ or '')}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--port", type=int, default=0, help="port for WebSocket and REST (default: a free one)"
    )
    parser.add_argument("--seed", type=int, default=0, help="same seed, same market (default: 0)")
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="KIND[:NAME=VALUE,...]",
        help="something that goes wrong, such as no-reply:every=50; may be given more than once",
    )
    arguments = parser.parse_args(argv)
    try:
        from kucoin_wsapi.sandbox import Sandbox

        sandbox = Sandbox(port=arguments.port, seed=arguments.seed, faults=arguments.fault)
        sandbox.start()
    except ValueError as error:
        parser.error(str(error))
    except (ImportError, OSError) as error:
        print(f"The sandbox cannot start: {error}", file=sys.stderr)
        return 1
    try:
        _serve_until_signalled(sandbox)
    finally:
        sandbox.stop()
    return 0


def _serve_until_signalled(sandbox: "Sandbox") -> None:
    signalled = threading.Event()

    def note(_: int, __: FrameType | None) -> None:
        signalled.set()

    previous = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        print(_TEXT.format(**sandbox.client_options()), flush=True)
        # On Windows only a wait with a timeout lets a signal through.
        while not signalled.wait(1.0):
            pass
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
