"""What a wire writes: whole frames in their order, however little the socket takes at a time."""

from __future__ import annotations

from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from protocol_support import make_call

from kucoin_wsapi._calls import Call
from kucoin_wsapi._transport import Transport
from kucoin_wsapi._wire import Wire


class Socket:
    """A transport that takes as many bytes at a time as it was told, and then everything."""

    def __init__(self, capacities: list[int], *, tls: bool = False) -> None:
        self.taken = b""
        self.tls = tls
        self._capacities = capacities
        self._refused: bytes | None = None

    def send(self, data: bytes | memoryview) -> int:
        """OpenSSL wants to be offered again what it has not taken."""
        offered = bytes(data)
        if self.tls and self._refused is not None:
            assert offered == self._refused
        taken = offered[: self._capacities.pop(0) if self._capacities else None]
        self._refused = offered[len(taken) :] or None
        self.taken += taken
        return len(taken)


def make_wire(socket: Socket) -> Wire:
    """Over a socket that is none."""
    return Wire(cast("Transport", socket), 1, lambda opcode, payload: payload)


def make_calls(sizes: list[int]) -> list[Call]:
    """Calls with frames that cannot be mistaken for each other."""
    calls = []
    for number, size in enumerate(sizes):
        call = make_call(f"r{number}")
        call.frame = bytes([number]) * size
        calls.append(call)
    return calls


def write_batch(wire: Wire, calls: list[Call]) -> None:
    """As a caller does: its own first, then what others have queued."""
    wire.begin(calls[0])
    wire.transfer(calls[0])
    wire.conclude()
    if not wire.blocked and calls[1:]:
        for call in calls[1:]:
            call.written = True
        wire.go_on(calls[1:])
        wire.transfer(calls[0])
        wire.conclude()
    wire.release()


SIZES = st.lists(st.integers(1, 9), min_size=1, max_size=6)
CAPACITIES = st.lists(st.integers(0, 12), max_size=12)


@given(SIZES, CAPACITIES, st.booleans())
def test_frames_leave_whole_and_in_order(sizes: list[int], capacities: list[int], tls: Any) -> None:
    """And a control frame behind them; nothing twice."""
    socket = Socket(capacities, tls=tls)
    wire, calls = make_wire(socket), make_calls(sizes)
    write_batch(wire, calls)
    offered = [call for call in calls if call.written or call in wire._unsent]
    wire.write_control(b"\xff\xff")
    while wire.blocked:
        wire.flush()

    assert socket.taken == b"".join(call.frame for call in offered) + b"\xff\xff"
    assert all(call.written for call in offered)
    assert wire.writable


@given(SIZES, CAPACITIES)
def test_a_call_counts_as_written_when_its_first_byte_has_left(
    sizes: list[int], capacities: list[int]
) -> None:
    """What has not left, and expires, never leaves."""
    socket = Socket(capacities)
    wire, calls = make_wire(socket), make_calls(sizes)
    write_batch(wire, calls)
    for call in calls:
        assert call.written == (call.frame[0] in socket.taken)

    wire.drop_expired({call.id for call in calls if call.written})
    while wire.blocked:
        wire.flush()

    assert socket.taken == b"".join(call.frame for call in calls if call.written)


@pytest.mark.parametrize("tls", [False, True])
def test_a_broken_socket_leaves_in_doubt_what_it_may_have_sent(tls: Any) -> None:
    """A plain one has taken nothing of what it refused to take."""

    class Broken(Socket):
        def send(self, data: bytes | memoryview) -> int:
            raise BrokenPipeError

    wire, calls = make_wire(Broken([], tls=tls)), make_calls([3, 3])
    wire.begin(calls[0])
    calls[1].written = True
    wire.go_on(calls)
    wire.transfer(calls[0])
    wire.conclude()

    assert isinstance(wire.error, BrokenPipeError)
    assert [call.written for call in calls] == [tls, tls]
    assert wire.needs_attention


@pytest.mark.parametrize("offered", [False, True])
def test_what_an_interrupted_writer_left_behind_is_taken_up(offered: Any) -> None:
    """What it had not offered to the socket leaves later, but for its own order, whose future nobody has."""
    socket = Socket([])
    wire, calls = make_wire(socket), make_calls([2, 3, 4])
    wire.begin(calls[0])
    wire.go_on(calls)
    if offered:
        wire.transfer(calls[0])
    wire.writer = None  # Ctrl-C

    assert wire.writable == offered
    assert wire.needs_attention != offered
    wire.recover()
    wire.flush()

    assert socket.taken == b"".join(call.frame for call in (calls if offered else calls[1:]))
    assert wire.writable


def test_a_control_frame_does_not_leave_in_the_middle_of_what_an_interrupted_writer_left_behind() -> None:
    """The loop answers a ping before it has seen to that."""
    socket = Socket([1])
    wire, calls = make_wire(socket), make_calls([2, 3])
    wire.begin(calls[0])
    wire.transfer(calls[0])
    wire.writer = None  # Ctrl-C
    wire.write_control(b"\xff\xff")
    wire.recover()
    wire.flush()

    assert socket.taken == calls[0].frame + b"\xff\xff"


@pytest.mark.parametrize("batched", [False, True])
def test_a_frame_that_has_left_in_part_when_its_writer_was_interrupted_leaves_whole(batched: Any) -> None:
    """Whoever has its future: else the peer takes the next frame for the rest of it."""
    socket = Socket([1])
    wire, calls = make_wire(socket), make_calls([2, 3])
    wire.begin(calls[0])
    if batched:
        wire.go_on(calls)
    wire.transfer(calls[0])
    wire.writer = None  # Ctrl-C
    wire.recover()
    wire.flush()

    assert socket.taken == b"".join(call.frame for call in calls[: 2 if batched else 1])
    assert wire.writable


@pytest.mark.parametrize("taken", [None, 0])
def test_the_call_of_an_interrupted_writer_never_leaves_if_nothing_of_it_has(taken: Any) -> None:
    """Nobody has its future."""
    socket = Socket([0])
    wire, calls = make_wire(socket), make_calls([2])
    wire.begin(calls[0])
    if taken == 0:
        wire.transfer(calls[0])
    wire.writer = None  # Ctrl-C
    wire.recover()
    wire.flush()

    assert socket.taken == b""
    assert wire.writable
