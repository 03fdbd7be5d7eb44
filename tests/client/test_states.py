"""The table of the connection's states."""

import pytest

from kucoin_wsapi._states import TRANSITIONS, ConnectionState, Input

S = ConnectionState


def test_closed_is_final():
    """Nothing leads out of it."""
    assert [move for move in TRANSITIONS if move[0] is S.CLOSED] == []


def test_every_state_can_be_reached_from_the_first():
    """And CLOSED from every state."""

    def reachable(start: ConnectionState) -> set[ConnectionState]:
        found = {start}
        while True:
            more = {after for (before, _), after in TRANSITIONS.items() if before in found} - found
            if not more:
                return found
            found |= more

    assert reachable(S.IDLE) == set(S)
    assert all(S.CLOSED in reachable(state) for state in S)


def test_ready_is_reached_by_a_welcome_only():
    """An open socket is not a connection."""
    assert [move for move, after in TRANSITIONS.items() if after is S.READY] == [
        (S.AUTHENTICATING, Input.WELCOMED)
    ]


def test_every_living_state_survives_a_crash_and_ends_with_the_last():
    """An error in this package has an entry everywhere, so that it can be dealt with anywhere."""
    for state in set(S) - {S.CLOSED}:
        assert TRANSITIONS[state, Input.CRASHED] is (S.CLOSED if state is S.CLOSING else S.BACKOFF)
        assert TRANSITIONS[state, Input.CRASHED_AGAIN] is S.CLOSED


def test_close_leads_to_closed_and_only_a_ready_connection_takes_its_time():
    """READY goes through CLOSING, to collect the last answers."""
    closing = {before: after for (before, how), after in TRANSITIONS.items() if how is Input.CLOSE}

    assert closing == {
        S.IDLE: S.CLOSED,
        S.CONNECTING: S.CLOSED,
        S.AUTHENTICATING: S.CLOSED,
        S.BACKOFF: S.CLOSED,
        S.READY: S.CLOSING,
    }


def test_the_table_cannot_be_changed():
    """It is shared by all connections."""
    with pytest.raises(TypeError):
        TRANSITIONS[S.CLOSED, Input.OPEN] = S.READY  # type: ignore[index]  # that is the point
