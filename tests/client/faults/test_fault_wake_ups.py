"""Threads that wait for an answer: whoever settles it wakes them all, whenever they come, and nobody else."""

from __future__ import annotations

import concurrent.futures
import contextlib
import errno
import functools
import gc
import itertools
import logging
import os
import resource
import signal
import threading
import time
from collections.abc import Callable, Iterator
from typing import NoReturn

import pytest
import test_fault_writer_everywhere
from fault_server import FaultServer, serve
from fault_support import client_of, eventually, place
from test_fault_writer_everywhere import Strikes

from kucoin_wsapi import WSAPIResponse, WsKey
from kucoin_wsapi import _wake_ups as module
from kucoin_wsapi._actions import Answer
from kucoin_wsapi._call_table import CallTable
from kucoin_wsapi._calls import Call, ResponseFuture
from kucoin_wsapi._latencies import Latencies
from kucoin_wsapi._messages import Reply
from kucoin_wsapi._quotas import Quotas
from kucoin_wsapi._settling import Settling
from kucoin_wsapi._wake_ups import WakeUp, WakeUps

PATIENCE = 20.0

pytestmark = pytest.mark.skipif(not hasattr(os, "eventfd"), reason="what is tested here is Linux's")


class Watched(WakeUps):
    """Tells when one is taken, and when its owner is about to sleep."""

    def __init__(self) -> None:
        super().__init__()
        self.taken: Callable[[], object] = lambda: None
        self.sleeping: Callable[[], object] = lambda: None
        self.sleeps = 0

    def take(self) -> WakeUp | None:
        """See ``WakeUps``."""
        wake_up = super().take()
        self.taken()
        watched = self

        class Told(WakeUp):
            def wait(self, seconds: float) -> None:
                watched.sleeps += 1
                watched.sleeping()
                super().wait(seconds)

        if wake_up is not None:
            wake_up.__class__ = Told
        return wake_up


@pytest.fixture
def wake_ups() -> Iterator[Watched]:
    """Without descriptors at the end."""
    watched = Watched()
    yield watched
    watched.close()


def call_of(wake_ups: WakeUps) -> Call:
    """A call that is in flight."""
    future: ResponseFuture[str] = ResponseFuture(
        "r1", "spot.order", WsKey.WS_API_SPOT_V1, None, lambda *_: None, os.getpid()
    )
    call = Call(
        id="r1",
        op="spot.order",
        ws_key=WsKey.WS_API_SPOT_V1,
        request={},
        response_type=None,
        client_oid=None,
        frame=b"",
        future=future,
        submitted_at=0.0,
        deadline=1.0,
        stale_at=1.0,
    )
    future._bind(None, call, lambda _: None, wake_ups)
    return call


def in_threads(count: int, function: Callable[[], object]) -> list[concurrent.futures.Future[object]]:
    """Run it in so many threads at once."""
    with_all = concurrent.futures.ThreadPoolExecutor(count)
    futures = [with_all.submit(function) for _ in range(count)]
    with_all.shutdown(wait=False)
    return futures


@pytest.mark.parametrize("timeout", [None, PATIENCE])
@pytest.mark.parametrize("ending", ["result", "exception", "cancelled", "by somebody else"])
def test_all_who_wait_are_woken(wake_ups: Watched, ending: str, timeout: float | None) -> None:
    """More of them than there are descriptors for."""
    call = call_of(wake_ups)

    def wait() -> object:
        return call.future.exception(timeout) or call.future.result(timeout)

    waiting = in_threads(module._MOST + 16, wait)
    eventually(lambda: wake_ups.sleeps == module._MOST, "all that there is is slept on")
    eventually(lambda: len(call.future._condition._waiters or ()) == 16, "the others wait on locks")
    if ending == "cancelled":
        assert call.future.cancel()
        assert call.future.cancel(), "the second time too"
    elif ending == "by somebody else":
        call.future.set_result("answer")
    else:
        call.settle("answer" if ending == "result" else ValueError("refused"))
    done, left = concurrent.futures.wait(waiting, PATIENCE)
    assert not left
    for future in done:
        if ending == "cancelled":
            assert isinstance(future.exception(), concurrent.futures.CancelledError)
        else:
            assert str(future.result()) == ("refused" if ending == "exception" else "answer")
    assert call.future._sleepers == []
    assert len(wake_ups._free) == module._MOST


def test_who_comes_when_it_is_being_settled_does_not_sleep(wake_ups: Watched) -> None:
    """Whoever settles it has looked for sleepers before."""
    call = call_of(wake_ups)
    wake_ups.taken = lambda: call.settle("answer")
    assert call.future.result() == "answer"
    assert wake_ups.sleeps == 0


def test_who_is_about_to_sleep_when_it_is_settled_wakes_up_at_once(wake_ups: Watched) -> None:
    """The ring comes before the sleep."""
    call = call_of(wake_ups)
    wake_ups.sleeping = lambda: call.settle("answer")
    assert call.future.result() == "answer"
    assert wake_ups.sleeps == 1


@pytest.mark.parametrize("seconds", [0.01, 0, -1, 1e-9])
def test_who_gives_up_is_told_so_and_can_wait_again(wake_ups: Watched, seconds: float) -> None:
    """As with any other future; a ring for something else makes no difference."""
    call = call_of(wake_ups)
    for wait in (call.future.result, call.future.exception):
        with pytest.raises(concurrent.futures.TimeoutError):
            wait(seconds)
    assert call.future._sleepers == []
    assert len(wake_ups._free) == module._MOST
    started = time.monotonic()
    wake_ups.sleeping = lambda: [wake_up.ring() for wake_up in call.future._sleepers or ()]
    with pytest.raises(concurrent.futures.TimeoutError):
        call.future.result(0.05)
    assert time.monotonic() - started >= 0.05
    assert wake_ups.sleeps > 2, "it was woken, and slept again"
    call.settle("answer")
    assert call.future.result(seconds) == "answer"


def test_who_is_settled_but_not_woken_yet_has_the_answer(wake_ups: Watched) -> None:
    """Of several answers all are there before anybody is woken."""
    call = call_of(wake_ups)
    call.claim()
    waiting = in_threads(1, call.future.result)
    eventually(lambda: wake_ups.sleeps == 1, "it sleeps")
    call.conclude("answer")
    assert call.future.result() == "answer"
    assert not waiting[0].done()
    call.future._wake()
    assert waiting[0].result(PATIENCE) == "answer"


def answer_to(call: Call) -> Answer:
    """A success."""
    return Answer(call, Reply("r1", "200000", {"id": "r1", "code": "200000"}), 0.5, False)


def test_who_waits_for_one_of_several_answers_is_woken_although_another_one_cannot_be(
    wake_ups: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program has closed a descriptor that it does not know, perhaps."""
    calls = [call_of(wake_ups), call_of(wake_ups)]
    for call in calls:
        call.claim()
    waiting = [in_threads(1, call.future.result)[0] for call in calls]
    eventually(lambda: all(call.future._sleepers for call in calls), "both sleep, or are about to")

    class Closed(WakeUp):
        def ring(self) -> None:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))

    (closed,) = calls[0].future._sleepers or ()
    kind, closed.__class__ = closed.__class__, Closed
    logged: list[str] = []  # without the traceback, which would keep the descriptor
    monkeypatch.setattr(
        logging.getLogger("kucoin_wsapi"), "handle", lambda record: logged.append(record.getMessage())
    )
    try:
        Settling(Quotas(), Latencies(), lambda *_: None).answered([answer_to(call) for call in calls])
        assert isinstance(waiting[1].result(PATIENCE), WSAPIResponse)
        assert logged == ["internal error on an answer to spot.order"]
    finally:
        closed.__class__ = kind
        for call in calls:
            call.future._wake()


def test_who_waits_for_an_answer_is_woken_although_not_even_an_error_can_be_logged(
    wake_ups: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A handler or filter of logging that raises is the program's."""

    def failing(*_: object) -> NoReturn:
        raise RuntimeError("broken")

    call = call_of(wake_ups)
    call.claim()
    waiting = in_threads(1, call.future.result)
    eventually(lambda: call.future._sleepers, "it sleeps, or is about to")
    monkeypatch.setattr(logging.getLogger("kucoin_wsapi"), "handle", failing)
    try:
        with pytest.raises(RuntimeError, match="broken"):
            Settling(Quotas(), Latencies(), failing).answered([answer_to(call)])
        assert isinstance(waiting[0].result(PATIENCE), WSAPIResponse)
    finally:
        call.future._wake()


def test_a_ring_for_what_was_waited_for_before_wakes_nobody(wake_ups: Watched) -> None:
    """A wait that Ctrl-C has ended leaves one that still rings, when another order is waited for on it."""
    first, second = call_of(wake_ups), call_of(wake_ups)

    def interrupted() -> None:
        raise KeyboardInterrupt

    wake_ups.sleeping = interrupted
    with pytest.raises(KeyboardInterrupt):
        first.future.result()
    sleepers = list(wake_ups._free)
    wake_ups.sleeping = lambda: None
    waiting = in_threads(1, second.future.result)
    eventually(lambda: wake_ups.sleeps == 2, "it sleeps")
    (used,) = set(sleepers) - set(wake_ups._free)
    assert used is not None
    used.ring()
    eventually(lambda: wake_ups.sleeps == 3, "it has looked and sleeps again")
    assert not waiting[0].done()
    second.settle("answer")
    assert waiting[0].result(PATIENCE) == "answer"


def test_a_signal_handler_may_wait_for_another_order_meanwhile(wake_ups: Watched) -> None:
    """It has a descriptor of its own, so that neither takes the other's wake-up away."""
    outer, inner = call_of(wake_ups), call_of(wake_ups)
    seen: list[object] = []

    def settle_when_both_sleep() -> None:
        if wake_ups.sleeps == 2:
            outer.settle("outer")
            inner.settle("inner")

    def handle(*_: object) -> None:
        seen.append(inner.future.result())

    wake_ups.sleeping = settle_when_both_sleep

    before = signal.signal(signal.SIGUSR1, handle)
    try:
        main = threading.main_thread().ident
        assert main is not None

        def strike() -> None:
            eventually(lambda: wake_ups.sleeps == 1, "it sleeps")
            signal.pthread_kill(main, signal.SIGUSR1)

        striking = in_threads(1, strike)
        assert outer.future.result() == "outer"
        assert seen == ["inner"]
        striking[0].result(PATIENCE)
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert len(wake_ups._free) == module._MOST


def interrupted_cancel(wake_ups: Watched, place_of_strike: int) -> str:
    """Ctrl-C strikes there, and then its queue comes to the call; returns where it was, or nothing."""
    call, table = call_of(wake_ups), CallTable()
    table.enqueue(call)
    waiting = in_threads(2, call.future.result)
    eventually(lambda: len(call.future._sleepers or ()) == 2, "both sleep, or are about to")

    def interrupt() -> None:
        raise KeyboardInterrupt

    codes = [ResponseFuture.cancel, concurrent.futures.Future.cancel, ResponseFuture._wake, WakeUp.ring]
    strikes = Strikes(place_of_strike, interrupt, frozenset(code.__code__ for code in codes))
    with contextlib.suppress(KeyboardInterrupt), strikes:
        call.future.cancel()
    if call.future.cancelled():
        assert table.next_claimed(0.0) is None
    else:
        call.settle("not cancelled")
    _, left = concurrent.futures.wait(waiting, PATIENCE)
    assert not left, f"{len(left)} sleep for ever: {strikes.where}"
    return strikes.where


def test_who_waits_for_an_order_whose_cancel_is_interrupted_sleeps_no_longer_than_that_is_queued(
    wake_ups: Watched,
) -> None:
    """Wherever Ctrl-C strikes in between the cancel and the last wake-up."""
    places = 0
    while interrupted_cancel(wake_ups, places):
        places += 1
    assert places > 10


def test_without_a_descriptor_left_it_is_waited_for_in_another_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program with too many files open waits as ever, and gets one when it has closed some."""

    def none_left(*_: int) -> int:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    wake_ups = Watched()
    with monkeypatch.context() as patched:
        patched.setattr(os, "eventfd", none_left)
        call = call_of(wake_ups)
        waiting = in_threads(1, call.future.result)
        eventually(lambda: call.future._condition._waiters, "it waits on a lock")
        call.settle("answer")
        assert waiting[0].result(PATIENCE) == "answer"
    assert wake_ups.sleeps == 0
    assert wake_ups.take() is not None
    wake_ups.close()


@pytest.mark.parametrize("raised", [KeyboardInterrupt, TimeoutError])
def test_what_a_signal_handler_raises_when_a_wait_begins_is_raised_and_leaves_no_descriptor(
    wake_ups: Watched, raised: type[BaseException]
) -> None:
    """Wherever it strikes; also a ``TimeoutError``, which is an ``OSError``, as those about descriptors are."""

    def strike() -> None:
        raise raised

    codes = frozenset({WakeUps.take.__code__, WakeUp.__init__.__code__})
    for place_of_strike in itertools.count():
        call = call_of(wake_ups)
        wake_ups.taken = functools.partial(call.settle, "answer")
        strikes = Strikes(place_of_strike, strike, codes)
        try:
            with strikes:
                call.future.result()
        except raised:
            continue
        assert not strikes.where, f"it was swallowed: {strikes.where}"
        break
    assert place_of_strike > 2


def test_where_the_system_has_none_it_is_waited_for_in_another_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on other systems than Linux."""
    monkeypatch.delattr(os, "eventfd")
    assert WakeUps().take() is None


def descriptors() -> int:
    """How many this process has."""
    return len(os.listdir("/proc/self/fd"))


def test_a_client_uses_its_descriptors_again_and_has_none_when_it_is_closed() -> None:
    """There are as many as threads have waited at once."""
    with FaultServer(serve) as server, client_of(server) as client:
        place(client, "first").result()
        before = descriptors()
        for number in range(50):
            assert isinstance(place(client, f"order-{number}").result(), WSAPIResponse)
        assert descriptors() <= before + 1
        client.close_all()
        assert client._wake_ups.take() is None
        assert not client._wake_ups._free


def test_a_forgotten_client_has_none_either_although_its_futures_are_kept() -> None:
    """They know where they were waited for."""
    with FaultServer(serve) as server:
        before = descriptors()
        clients = [client_of(server)]
        future = place(clients[0], "order")
        future.result()
        assert future._wake_ups._free[-1] is not None

        def forget() -> None:
            clients.clear()
            gc.collect()

        with pytest.warns(ResourceWarning, match="unclosed"):
            forget()
        eventually(lambda: descriptors() == before, "all are closed")


def test_one_that_is_given_back_while_the_client_is_closed_is_closed_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without the interpreter lock that may be between any two instructions."""
    monkeypatch.setattr(test_fault_writer_everywhere, "_may_strike", lambda *_: True)
    for place_of_strike in itertools.count():
        wake_ups = Watched()
        taken = wake_ups.take()
        assert taken is not None
        with Strikes(place_of_strike, wake_ups.close, frozenset({WakeUps.give_back.__code__})) as strikes:
            wake_ups.give_back(taken)
        if not strikes.where:
            wake_ups.close()
            break
        assert not wake_ups._free, strikes.where
    assert place_of_strike > 0


def test_a_program_with_no_descriptor_left_still_gets_its_answers() -> None:
    """The limit is real here."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with FaultServer(serve) as server, client_of(server) as client:
        client.connect(WsKey.WS_API_SPOT_V1)
        resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
        try:
            assert isinstance(place(client, "order").result(), WSAPIResponse)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
