"""What a wake-up must not do, whatever the other threads are doing."""

import math
import select
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from kucoin_wsapi import _poller
from kucoin_wsapi._poller import Poller


@pytest.fixture(params=["poll", "select"])
def poller(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Poller]:
    """One that waits as this system does, and one that waits as a system without ``select.poll`` does."""
    monkeypatch.setattr(_poller, "_new_poll", select.poll if request.param == "poll" else _poller._Selection)
    made = Poller()
    yield made
    made.close()


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Two ends of a connection."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    with ours, theirs:
        yield ours, theirs


def test_a_wake_up_ends_the_wait_once(poller: Poller) -> None:
    """However often it is asked for before; and one that came before the wait counts."""
    poller.wake()
    poller.wake()

    assert not poller.wait(math.inf)
    assert poller.was_woken
    assert not poller.wait(0.001)
    assert not poller.was_woken


def test_a_socket_ends_the_wait_when_it_can_be_read_or_written(
    poller: Poller, pair: tuple[socket.socket, socket.socket]
) -> None:
    """As far as it is watched for that."""
    ours, theirs = pair
    poller.watch(ours, writable=False)
    assert not poller.wait(0)
    poller.watch(ours, writable=True)
    assert poller.wait(math.inf)
    poller.watch(ours, readable=True, writable=False)
    theirs.send(b"x")
    assert poller.wait(math.inf)
    assert not poller.was_woken
    poller.watch(ours, readable=False, writable=False)
    assert not poller.wait(0)


def test_the_end_of_a_connection_ends_the_wait(
    poller: Poller, pair: tuple[socket.socket, socket.socket]
) -> None:
    """It can be read then."""
    ours, theirs = pair
    poller.watch(ours, writable=False)
    theirs.close()
    assert poller.wait(math.inf)
    poller.unwatch()
    assert not poller.wait(0)


def test_another_socket_takes_the_place_of_the_one_before(poller: Poller) -> None:
    """Also when it has got the same number."""
    for _ in range(3):
        ours, theirs = socket.socketpair()
        with ours, theirs:
            poller.watch(ours, writable=False)
            assert not poller.wait(0)
            theirs.send(b"x")
            assert poller.wait(math.inf)
            poller.unwatch()


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
