"""What an update costs, beside ``json.loads`` and a bare call: ``python tests/client/push_speed.py`` prints it."""

from __future__ import annotations

import contextlib
import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.extend(str(Path(__file__).parent / there) for there in ("..", "faults", "push"))

from fault_server import TEXT, frame
from push_samples import SAMPLES, push, update
from push_server import PushPeer, PushServer
from push_walk import Driver

from kucoin_wsapi import Channel, Update, WsKey
from kucoin_wsapi._actions import Deliver
from kucoin_wsapi._callbacks import CallbackThread
from kucoin_wsapi._dispatching import Dispatcher, TopicHandlers
from kucoin_wsapi.events import Listeners

TICKERS: dict[str, tuple[WsKey, str | Channel]] = {
    "spot ticker": (WsKey.SPOT_PUBLIC_V1, "/market/ticker:BTC-USDT"),
    "pro ticker": (WsKey.FUTURES_PUBLIC_PRO_V2, Channel("ticker", symbol="ETHUSDTM")),
}
ONE_READ = 200  # tickers come in one read when they come fast


def handle(_: object) -> None:
    """A handler that does nothing."""


def decoding(name: str) -> Callable[[], None]:
    """Decodes the texts of one read, and calls the handler with each."""
    text = SAMPLES[name]

    def run() -> None:
        for _ in range(ONE_READ):
            handle(json.loads(text))

    return run


@contextlib.contextmanager
def updating(name: str) -> Iterator[Callable[[], None]]:
    """Does what a connection does with the texts of one read, up to the last call on the thread of the handlers."""
    text, (ws_key, topic) = SAMPLES[name], TICKERS[name]
    driver = Driver(ws_key).connect()
    driver.subscribe(topic)
    driver.ack_all()
    protocol, handlers, listeners = driver.protocol, TopicHandlers(), Listeners()
    handlers.add(handle, driver.topics)
    thread = CallbackThread(lambda: "updates", lambda error: None)
    dispatcher = Dispatcher(thread, listeners, handlers, bounded=True)

    def run() -> None:
        messages = [protocol.parse(TEXT, text) for _ in range(ONE_READ)]
        for action in protocol.receive(messages, 1.0, 1):
            assert isinstance(action, Deliver)
            dispatcher.deliver(action.updates, lambda: None)
        handled = threading.Event()
        thread.submit(handled.set)
        handled.wait()

    try:
        yield run
    finally:
        thread.stop()
        thread.join(None)


def typing(name: str) -> Callable[[], None]:
    """Looks at the data of the updates of one read."""
    message = push(name)

    def run() -> None:
        for _ in range(ONE_READ):
            assert update(message).data is not message.raw

    return run


def seconds(*works: Callable[[], object], rounds: int = 60) -> list[float]:
    """The shortest time of one update of each; they take turns, so that a busy machine is busy for all of them."""
    best = [float("inf")] * len(works)
    for _ in range(rounds):
        for index, work in enumerate(works):
            start = time.perf_counter()
            work()
            best[index] = min(best[index], (time.perf_counter() - start) / ONE_READ)
    return best


def ratio(name: str) -> float:
    """What an update costs in units of its decoding and the call."""
    with updating(name) as work:
        decoded, updated = seconds(decoding(name), work)
    return updated / decoded


def processor_seconds(count: int) -> float:
    """Of this process for one update that comes over a socket, to its handler; what the server needs is in it."""
    block = frame(TEXT, SAMPLES["spot ticker"].encode()) * 500
    ws_key, topic = TICKERS["spot ticker"]
    begin, done = threading.Event(), threading.Event()

    def send(peer: PushPeer) -> None:
        peer.log_in()
        peer.ack(peer.next())
        begin.wait()
        for _ in range(count // 500):
            peer.peer.send(block)
        peer.serve()

    seen = 0

    def see(_: Update) -> None:
        nonlocal seen
        seen += 1
        if seen == count:
            done.set()

    with PushServer(ws_key, send) as server, server.client() as client:
        client.subscribe(topic, ws_key, handler=see).result()
        start = time.process_time()
        begin.set()
        assert done.wait(60)
        return (time.process_time() - start) / count


if __name__ == "__main__":
    for sample in TICKERS:
        with updating(sample) as handing_over:
            decoded, updated, typed = seconds(decoding(sample), handing_over, typing(sample), rounds=200)
        print(
            f"{sample}: json.loads and a call {decoded * 1e6:.2f} us, from the text to the handler"
            f" {updated * 1e6:.2f} us, ratio {updated / decoded:.2f}; typing {typed * 1e6:.2f} us"
        )
    print(f"over a socket: {1 / processor_seconds(100_000):.0f} updates in a second of one processor")
