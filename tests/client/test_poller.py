"""What a wake-up must not do, whatever the other threads are doing."""

import threading
import time

from kucoin_wsapi._poller import Poller


def test_a_wake_up_does_not_wait_for_a_thread_that_has_stopped_inside_another() -> None:
    """At the end of the interpreter, threads stop wherever they are; a finaliser that wakes must not hang on them."""
    poller = Poller()
    inside, let_go = threading.Event(), threading.Event()

    def stop_inside() -> None:
        with poller._closing:
            inside.set()
            let_go.wait(30)

    stopped = threading.Thread(target=stop_inside)
    stopped.start()
    try:
        assert inside.wait(10)
        began = time.monotonic()
        poller.wake()
        took = time.monotonic() - began
    finally:
        let_go.set()
        stopped.join()
        poller.close()

    assert took < 10
