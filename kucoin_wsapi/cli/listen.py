"""``kucoin-wsapi listen``: the updates of a topic, as they come."""

from __future__ import annotations

import argparse
import datetime
import json
import sys
from typing import TYPE_CHECKING

from kucoin_wsapi.client import WebsocketClient
from kucoin_wsapi.exceptions import AuthenticationError
from kucoin_wsapi.options import WsKey

from .exchanges import add_exchange, open_exchange
from .progress import Progress
from .running import Result, command_parser, plain, print_json, run, whole
from .topics import key_for, read_topic

if TYPE_CHECKING:
    from kucoin_wsapi.events import ExceptionEvent
    from kucoin_wsapi.updates import Update

__all__ = ["main"]

_DESCRIPTION = """\
Print the updates of a topic until Ctrl-C, or until there were as many as --count says.

A topic is one of the classic account, such as /market/ticker:BTC-USDT or /spotMarket/tradeOrdersV2, or a
channel of the unified one, such as obu:symbol=BTC-USDT,depth=50 or orderAll. Public ones need no key. It
goes on after a lost connection; what was pushed meanwhile is not there. With --json each update is one
object on a line of its own, and so is the end. The market of a sandbox of the command's own moves a little.
"""
_MARKET_PACE = 500.0  # orders that are replaced in a second, over all symbols
_WAIT = 1.0  # seconds: on Windows only a wait with a timeout lets Ctrl-C through
_SUBSCRIPTIONS = [key.value for key in WsKey if not key.is_for_orders]


def main(arguments: list[str]) -> int:
    """Run the command; returns the exit status."""
    parser = command_parser("listen", _DESCRIPTION)
    parser.add_argument("topic", help="what to listen to")
    parser.add_argument(
        "--key",
        choices=_SUBSCRIPTIONS,
        help="the connection to use (default: the first of these that takes the topic, spot before futures)",
    )
    parser.add_argument("--count", type=whole(1, 1_000_000_000), help="updates to print before it ends")
    add_exchange(parser)
    options = parser.parse_args(arguments)
    return run(parser, as_json=options.json, body=lambda: _listen(options))


def _listen(options: argparse.Namespace) -> Result:
    topic = read_topic(options.topic)
    key = key_for(topic) if options.key is None else WsKey(options.key)
    with (
        open_exchange(options, needs_key=key.is_private, market_pace=_MARKET_PACE) as exchange,
        WebsocketClient(**exchange) as client,
        client.updates(key, topic) as updates,
    ):
        trouble = _Trouble()
        client.on("exception", trouble.note)
        with Progress(f"subscribing on {key.value}"):
            client.connect(key)  # by itself, for the sake of the code of a key that is refused
            client.subscribe(topic, key).result()
        print(f"Listening to {options.topic} on {key.value}; Ctrl-C ends it.", file=sys.stderr)
        count = 0
        while count != options.count:
            update = updates.next(_WAIT)
            if update is not None:
                _print(update, as_json=options.json)
                count += 1
            elif trouble.refusal is not None:
                raise trouble.refusal
    return Result({"updates": count}, [])


class _Trouble:
    """What the client tells of its connection; ``note`` is called on its callback thread."""

    def __init__(self) -> None:
        self.refusal: AuthenticationError | None = None

    def note(self, event: ExceptionEvent) -> None:
        """Tell it, or keep it where the connection is not tried again."""
        if isinstance(event.error, AuthenticationError):
            self.refusal = event.error
        else:
            print(event.error, file=sys.stderr)


def _print(update: Update, *, as_json: bool) -> None:
    if as_json:
        record = {"ws_key": update.ws_key.value, "topic": update.topic, "subject": update.subject}
        print_json({**record, "message": update.raw})
        return
    now = datetime.datetime.now().astimezone().strftime("%H:%M:%S.%f")[:-3]
    data = update.raw.get("data", update.raw.get("d", update.raw))
    print(now, update.topic, update.subject, json.dumps(data, default=plain), flush=True)
