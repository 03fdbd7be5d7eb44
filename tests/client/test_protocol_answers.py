"""Answers: in order and out of it, late, twice, and to nobody."""

import pytest
from protocol_support import (
    LOSS,
    PONG,
    WALL_MS,
    answered,
    connect_again,
    failures,
    make_call,
    of_type,
    protocol_in,
    reply,
    send,
)

from kucoin_wsapi._actions import Emit
from kucoin_wsapi._states import ConnectionState
from kucoin_wsapi.events import ExceptionEvent

S = ConnectionState


def test_answers_find_their_calls_in_any_order():
    """By id, never by position."""
    protocol = protocol_in(S.READY)
    names = [f"r{number}" for number in range(50)]
    for name in names:
        send(protocol, make_call(name), 0)

    for name in reversed(names):
        assert answered(protocol.receive([reply(name)], 1, WALL_MS)) == [(name, False)]
    assert len(protocol.calls) == 0


@pytest.mark.parametrize("name", ["pong", "ping-1", "welcome", '{"id":"r1"}', "r1 ", "R1", "é😀"])
def test_only_the_exact_id_is_the_call(name):
    """Ids that look like messages, words or each other."""
    protocol = protocol_in(S.READY)
    send(protocol, make_call("r1"), 0)
    send(protocol, make_call(name), 0)

    assert protocol.receive([PONG], 1, WALL_MS) == []
    assert answered(protocol.receive([reply(name)], 1, WALL_MS)) == [(name, False)]
    assert list(protocol.calls.in_flight) == ["r1"]


def assert_told_as_unmatched(actions, request_id):
    """An event, and nothing else."""
    (emitted,) = of_type(Emit, actions)
    assert len(actions) == 1
    assert isinstance(emitted.event, ExceptionEvent)
    assert emitted.event.is_ws_api_response
    assert request_id in str(emitted.event.error)


def test_a_second_answer_to_a_call_settles_nothing():
    """A duplicate, even with another verdict, is an event only."""
    protocol = protocol_in(S.READY)
    send(protocol, make_call("r1"), 0)
    protocol.receive([reply("r1")], 1, WALL_MS)

    assert_told_as_unmatched(protocol.receive([reply("r1", "400100")], 1, WALL_MS), "r1")
    assert protocol.life.state is S.READY


def test_an_answer_to_an_unknown_id_settles_nothing():
    """Nor one to a call that is still queued: it was not sent, so it cannot be its answer."""
    protocol = protocol_in(S.READY)
    protocol.submit(make_call("queued"), 0, writable=False)

    assert_told_as_unmatched(protocol.receive([reply("unknown")], 1, WALL_MS), "unknown")
    assert_told_as_unmatched(protocol.receive([reply("queued")], 1, WALL_MS), "queued")
    assert list(protocol.calls.queued) == ["queued"]


def test_a_late_answer_is_told_as_late_once():
    """Its future has settled; whoever listens still learns what became of the order."""
    protocol = protocol_in(S.READY)
    send(protocol, make_call("r1", timeout=5), 0)
    protocol.expire(5)

    assert answered(protocol.receive([reply("r1")], 6, WALL_MS)) == [("r1", True)]
    assert_told_as_unmatched(protocol.receive([reply("r1")], 6, WALL_MS), "r1")


def test_late_answers_are_expected_while_closing_too():
    """But they do not keep it open."""
    protocol = protocol_in(S.READY, close_timeout=60)
    send(protocol, make_call("r1", timeout=5), 0)
    send(protocol, make_call("r2", timeout=9), 0)
    protocol.life.close(1)
    protocol.expire(5)

    assert answered(protocol.receive([reply("r1")], 6, WALL_MS)) == [("r1", True)]
    assert protocol.life.state is S.CLOSING
    protocol.expire(9)
    assert protocol.life.state is S.CLOSED


def test_an_answer_of_an_older_connection_is_not_late_but_unknown():
    """Nothing of a connection survives it."""
    protocol = protocol_in(S.READY)
    send(protocol, make_call("r1", timeout=5), 0)
    protocol.expire(5)
    protocol.life.lost(1, LOSS, 6)
    connect_again(protocol, 6)

    assert_told_as_unmatched(protocol.receive([reply("r1")], 7, WALL_MS), "r1")


def test_a_long_id_is_not_repeated_at_length():
    """What the exchange sends does not fill the log."""
    protocol = protocol_in(S.READY)
    (emitted,) = of_type(Emit, protocol.receive([reply("x" * 100_000)], 1, WALL_MS))

    assert len(str(emitted.event.error)) < 200  # type: ignore[union-attr]  # an ExceptionEvent


def test_an_answer_that_is_read_before_its_deadline_is_looked_at_is_in_time():
    """A stopped process reads what lies in the socket first, and expires deadlines afterwards."""
    protocol = protocol_in(S.READY)
    send(protocol, make_call("r1", timeout=5), 0)

    assert answered(protocol.receive([reply("r1")], 500, WALL_MS)) == [("r1", False)]
    assert failures(protocol.expire(500)) == {}
