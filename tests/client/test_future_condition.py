"""The condition of a future: all that ``concurrent.futures`` does with a ``threading.Condition``."""

import concurrent.futures
import linecache
import os
import sys
import threading

from kucoin_wsapi._calls import ResponseFuture
from kucoin_wsapi._future_condition import FutureCondition
from kucoin_wsapi.options import WsKey

PATIENCE = 20.0


def make_future() -> ResponseFuture[object]:
    """One that nobody has settled."""
    return ResponseFuture("r1", "spot.order", WsKey.WS_API_SPOT_V1, None, lambda *_: None, os.getpid())


def test_a_future_has_all_that_one_of_the_standard_library_has():
    """It does not call that constructor; an attribute that a new Python adds would be missing."""
    assert set(vars(concurrent.futures.Future())) <= set(vars(make_future()))


def test_those_who_wait_are_woken_together():
    """Each goes on when it can have the lock."""
    condition, waiting, woken = FutureCondition(), threading.Semaphore(0), []

    def wait() -> None:
        with condition:
            waiting.release()
            woken.append(condition.wait(PATIENCE))

    threads = [threading.Thread(target=wait) for _ in range(8)]
    for thread in threads:
        thread.start()
        waiting.acquire()
    with condition:  # so each of them has let go, and waits
        condition.notify_all()
        assert woken == []
    for thread in threads:
        thread.join(PATIENCE)

    assert woken == [True] * 8


def test_who_gives_up_is_forgotten():
    """And is not woken by a later call, and keeps nobody else from it."""
    condition = FutureCondition()
    with condition:
        assert condition.wait(0.01) is False
        assert condition.wait(0) is False
        assert condition.wait(-1) is False
        assert condition._waiters == []
        condition.notify_all()


def test_a_signal_handler_that_waits_too_takes_no_wake_up_away():
    """It runs while a wait gives up, and lets go of the lock; another thread begins to wait meanwhile."""
    condition, waits, woken = FutureCondition(), threading.Event(), []

    def wait() -> None:
        with condition:
            waits.set()
            woken.append(condition.wait(PATIENCE))

    other = threading.Thread(target=wait)

    def handle(frame, event, _):
        line = linecache.getline(frame.f_code.co_filename, frame.f_lineno)
        if event == "line" and "waiters.remove" in line and not waits.is_set():
            other.start()
            while not waits.is_set():
                condition.wait(0.01)
        return handle

    measuring = sys.gettrace()  # whoever measures coverage goes on afterwards
    sys.settrace(lambda frame, *_: handle if frame.f_code is FutureCondition.wait.__code__ else None)
    try:
        with condition:
            assert condition.wait(0.01) is False
    finally:
        sys.settrace(measuring)
    assert waits.is_set(), "the handler has run"
    with condition:
        condition.notify_all()
    other.join(PATIENCE)

    assert woken == [True]


def test_it_can_be_taken_again_by_who_has_it():
    """The representation of a future takes it, also while it is held; a wait lets go of it wholly."""
    future = make_future()
    condition = future._condition
    with condition:
        assert "pending" in repr(future)
        with condition:
            assert condition.wait(0.01) is False
            other = threading.Thread(target=lambda: condition.acquire() and condition.release())
            other.start()
            assert condition.wait(0.05) is False
            other.join(PATIENCE)
            assert not other.is_alive()


def test_the_functions_of_the_standard_library_work_with_it():
    """``wait`` and ``as_completed`` take the locks of all futures at once, and leave waiters of their own."""
    futures = [make_future() for _ in range(20)]
    for future in futures:
        future.set_running_or_notify_cancel()

    def settle() -> None:
        for number, future in enumerate(futures):
            future.set_result(number)

    thread = threading.Thread(target=settle)
    thread.start()
    results = {future.result() for future in concurrent.futures.as_completed(futures, PATIENCE)}
    done, left = concurrent.futures.wait(futures, PATIENCE)
    thread.join(PATIENCE)

    assert results == set(range(20))
    assert (len(done), len(left)) == (20, 0)
