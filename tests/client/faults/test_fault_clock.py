"""A clock that is wrong, one that jumps, and a machine that sleeps."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

import pytest
from fault_server import API_KEY, API_PASSPHRASE, API_SECRET, FaultServer, Peer, refused_port, success
from fault_support import SPOT, Recorder, client_of, outcome, place

from kucoin_wsapi import (
    ReplyTimeoutError,
    StaleRequestError,
    WebsocketAPIClient,
    WSAPIResponse,
)

_wall_clock = time.time_ns  # as it was before a test moves it
YEAR = 365 * 86_400.0


@pytest.fixture
def move_clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Sets the wall clock of this process, as everything in it reads it, off by some seconds."""
    real = time.time

    def move(seconds: float) -> None:
        monkeypatch.setattr(time, "time_ns", lambda: _wall_clock() + round(seconds * 1e9))
        monkeypatch.setattr(time, "time", lambda: real() + seconds)

    return move


def login_with_clock(ahead: float) -> Callable[[Peer], None]:
    """A server whose clock is ahead of the real one, and which refuses a login that is 5 s off it."""

    def script(peer: Peer) -> None:
        peer.upgrade()
        now = _wall_clock() // 1_000_000 + round(ahead * 1000)
        if abs(int(peer.query["timestamp"]) - now) > 5000:
            peer.say({"code": "400002", "msg": "Invalid KC-API-TIMESTAMP.", "inTime": now, "outTime": now})
            peer.close()
            return
        peer.check_answer(peer.challenge(f'{{"sessionId":"s","timestamp":{now}}}'))
        peer.welcome()
        peer.answer_all()

    return script


@pytest.mark.parametrize("ahead", [-10.0, -2.0, 0.0, 2.0, 10.0, YEAR])
def test_the_skew_is_measured_and_told(ahead: float) -> None:
    """In the event and on the client, in seconds; a clock that is refused costs one attempt, not the connection."""
    with FaultServer(login_with_clock(ahead)) as server, client_of(server) as client:
        recorder = Recorder(client)
        assert client.clock_skew is None
        client.connect(SPOT)

        (event,) = recorder.wait_for("authenticated")
        assert event.clock_skew == client.clock_skew
        assert event.clock_skew == pytest.approx(ahead, abs=1.0)
        assert [event.clock_skew for event in recorder.named("open")][:1] == [None]
        assert len(server.peers) == (2 if abs(ahead) > 5 else 1)


def test_the_next_login_is_signed_with_the_skew_of_the_last(move_clock: Callable[[float], None]) -> None:
    """Also on a connection that takes the place of a closed one."""
    with FaultServer(login_with_clock(4.0)) as server, client_of(server) as client:
        client.connect(SPOT)
        client.close(SPOT)
        client.connect(SPOT)

        first, second = (int(peer.query["timestamp"]) for peer in server.peers)
        now = _wall_clock() // 1_000_000
        assert first == pytest.approx(now, abs=1500)
        assert second == pytest.approx(now + 4000, abs=1500)


def test_a_wrong_clock_is_a_warning_with_its_size(caplog: pytest.LogCaptureFixture) -> None:
    """Which way it is off, and by how much; a second is nothing to speak of."""
    with caplog.at_level(logging.INFO, "kucoin_wsapi.events"):
        for offset in (0.3, 3.0, -3.0):
            with (
                FaultServer(login_with_clock(offset)) as server,
                WebsocketAPIClient(API_KEY, API_SECRET, API_PASSPHRASE, ws_url=server.url) as client,
            ):
                client.connect_ws_api(SPOT)

    warnings = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert len(warnings) == 2
    assert "wsApiSpotV1 this machine's clock is " in warnings[0]
    assert " s behind the exchange's" in warnings[0]
    assert " s ahead of the exchange's" in warnings[1]
    assert float(warnings[0].split(" is ")[1].split(" s ")[0]) == pytest.approx(3.0, abs=0.5)


def test_a_clock_that_stays_refused_says_how_far_it_is_off() -> None:
    """The number is what the user needs to set it."""

    def refuse(peer: Peer) -> None:
        peer.upgrade()
        late = _wall_clock() // 1_000_000 + 60_000
        peer.say({"code": "400002", "msg": "Invalid KC-API-TIMESTAMP.", "inTime": late, "outTime": late})
        peer.close()

    with FaultServer(refuse) as server, client_of(server) as client:
        error = outcome(place(client, "never"))
        assert len(server.peers) == 2

    text = str(error)
    assert "400002" in text
    skew = float(text.split("minus ours is ")[1].split(" s")[0])
    assert skew == pytest.approx(60.0, abs=1.5)


@pytest.mark.parametrize("jump", [-YEAR, -3600.0, 3600.0, YEAR])
def test_a_jump_of_the_wall_clock_disturbs_no_timer(jump: float, move_clock: Callable[[float], None]) -> None:
    """Nothing expires early, nothing lives longer, pings keep their pace, and the connection stays."""

    def jump_in_flight(peer: Peer) -> None:
        peer.log_in(ping_interval=1000, ping_timeout=900)
        first, _ = peer.next_request(), peer.next_request()
        move_clock(jump)
        peer.pong(peer.next_message())
        peer.say(success(first))
        while True:
            peer.pong(peer.next_message())

    with FaultServer(jump_in_flight) as server, client_of(server) as client:
        recorder = Recorder(client)
        client.connect(SPOT)
        started = time.monotonic()
        answered = place(client, "answered", timeout=60)
        unanswered = place(client, "unanswered", timeout=2.5)

        assert isinstance(outcome(answered), WSAPIResponse)
        assert type(outcome(unanswered)) is ReplyTimeoutError
        assert 2.4 < time.monotonic() - started < 20
        assert recorder.life() == ["open", "authenticated"]
        (peer,) = server.peers
        server.wait_for(lambda: len(peer.pings) >= 2, "two pings")
        _, second_ping, *_ = (at for at, text in enumerate(peer.texts) if '"ping"' in text)
        assert peer.arrived_at[second_ping] - peer.arrived_at[0] > 1.8, "two intervals after the login"


def test_after_a_jump_of_the_wall_clock_the_next_login_corrects_itself(
    move_clock: Callable[[float], None],
) -> None:
    """The old skew is wrong by the jump: one refused attempt, then all is well."""

    def drop_on_request(peer: Peer) -> None:
        login = login_with_clock(0.0)
        peer.answer_all = lambda: peer.next_request() and peer.reset()  # type: ignore[method-assign]  # its last step
        login(peer)

    with FaultServer(drop_on_request, login_with_clock(0.0)) as server, client_of(server) as client:
        client.connect(SPOT)
        move_clock(3600.0)
        outcome(place(client, "lost"))
        assert isinstance(outcome(place(client, "placed")), WSAPIResponse)
        assert client.clock_skew == pytest.approx(-3600.0, abs=1.0)
        assert len(server.peers) == 3


@pytest.fixture
def suspend(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Lets this machine seem to have been suspended for some seconds."""

    def pass_suspended(seconds: float) -> None:
        monkeypatch.setattr("kucoin_wsapi._loop.suspended_seconds", lambda: seconds)

    pass_suspended(0.0)
    return pass_suspended


def test_what_waited_while_the_machine_slept_is_not_sent_late(suspend: Callable[[float], None]) -> None:
    """Monotonic clocks stand still in suspension: hours later the order would still seem fresh."""
    with refused_port() as url, client_of(url, max_send_delay=60.0, request_timeout=60.0) as client:
        slept_through = place(client, "old")
        suspend(3600.0)
        place(client, "wakes the loop")

        error = outcome(slept_through)
        assert type(error) is StaleRequestError
        assert "suspended for 3600 s" in str(error)


def test_after_a_suspension_the_connection_is_probed_at_once(suspend: Callable[[float], None]) -> None:
    """The other side may have given it up long ago."""

    def late_ping(peer: Peer) -> None:
        peer.log_in(ping_interval=600_000)
        request = peer.next_request()
        suspend(3600.0)
        peer.say(success(request))
        peer.pong(peer.next_message())
        peer.answer_all()

    with FaultServer(late_ping) as server, client_of(server) as client:
        assert isinstance(outcome(place(client, "before")), WSAPIResponse)
        server.wait_for(lambda: len(server.peers[0].pings) == 1, "a ping")
        assert isinstance(outcome(place(client, "after")), WSAPIResponse)
        assert len(server.peers) == 1
