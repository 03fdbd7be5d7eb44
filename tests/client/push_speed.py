"""What an update costs, in units of decoding its text: ``python tests/client/push_speed.py`` prints it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from decimal import Decimal

from push_samples import SAMPLES

from kucoin_wsapi import Update, WsKey
from kucoin_wsapi._push_messages import Push, parse_push
from kucoin_wsapi._topics import subscription_key

TICKERS = {"spot ticker": "/market/ticker:BTC-USDT", "pro ticker": "ticker.FUTURES:ETHUSDTM"}


def handle(update: Update) -> None:
    """A handler that does nothing."""


def decoding(name: str) -> Callable[[], object]:
    """Decodes the text of a sample as the standard library does it, and nothing else."""
    text = SAMPLES[name]
    return lambda: json.loads(text, parse_float=Decimal)


def updating(name: str) -> Callable[[], object]:
    """Does what a connection does with the text: decode, find the subscription, make the update, call the handler."""
    text, subscribed = SAMPLES[name], {TICKERS[name]: handle}

    def run() -> None:
        message = parse_push(text)
        assert isinstance(message, Push)
        key = subscription_key(message, subscribed)
        assert key is not None
        subscribed[key](Update(WsKey.WS_API_SPOT_V1, key, message.subject, message.raw, 1.0))

    return run


def typing(name: str) -> Callable[[], object]:
    """Makes an update and looks at its data."""
    message = parse_push(SAMPLES[name])
    assert isinstance(message, Push)
    return lambda: Update(WsKey.WS_API_SPOT_V1, "", message.subject, message.raw, 1.0).data


def seconds(*works: Callable[[], object], rounds: int = 20, times: int = 500) -> list[float]:
    """The shortest time of one call of each; they take turns, so that a busy machine is busy for all of them."""
    best = [float("inf")] * len(works)
    for _ in range(rounds):
        for index, work in enumerate(works):
            start = time.perf_counter()
            for _ in range(times):
                work()
            best[index] = min(best[index], (time.perf_counter() - start) / times)
    return best


if __name__ == "__main__":
    for sample in TICKERS:
        decoded, updated, typed = seconds(decoding(sample), updating(sample), typing(sample), rounds=60)
        print(
            f"{sample}: decoding {decoded * 1e6:.2f} us, up to the handler {updated * 1e6:.2f} us,"
            f" ratio {updated / decoded:.2f}; typing {typed * 1e6:.2f} us"
        )
