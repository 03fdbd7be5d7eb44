"""Where the examples trade: on a sandbox of their own, or on KuCoin, with real money.

KuCoin is meant by KUCOIN_LIVE=yes, with a key in KUCOIN_API_KEY, KUCOIN_API_SECRET and KUCOIN_API_PASSPHRASE. The
key alone is not enough: it may be set for another program.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial

from kucoin_wsapi import WebsocketAPIClient


@contextmanager
def venue(faults: Iterable[str] = ()) -> Iterator[Callable[..., WebsocketAPIClient]]:
    """What makes clients of it, from options; ``faults`` are what goes wrong on the sandbox."""
    if os.environ.get("KUCOIN_LIVE") == "yes":
        yield WebsocketAPIClient.from_env
        return
    from kucoin_wsapi.sandbox import Sandbox

    with Sandbox(faults=faults) as sandbox:
        yield partial(WebsocketAPIClient, **sandbox.client_options())
