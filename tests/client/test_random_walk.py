"""The protocol under random input: what holds whatever happens, in whatever order."""

import concurrent.futures
import math

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from protocol_support import (
    CHALLENGE,
    PONG,
    SPOT,
    WALL_MS,
    WELCOME,
    make_call,
    refusal,
    reply,
)

from kucoin_wsapi._actions import (
    Action,
    Answer,
    AnswerChallenge,
    Connect,
    Disconnect,
    Emit,
    Fail,
    Ready,
    SendPing,
)
from kucoin_wsapi._calls import Call
from kucoin_wsapi._messages import GatewayError, Unrecognised
from kucoin_wsapi._protocol import OrderProtocol
from kucoin_wsapi._states import TRANSITIONS, ConnectionState
from kucoin_wsapi.events import ConnectionEvent
from kucoin_wsapi.exceptions import (
    AuthenticationError,
    NotSentError,
    OutcomeUnknownError,
    TransportError,
)
from kucoin_wsapi.options import Options

S = ConnectionState
MAX_IN_FLIGHT = 12
MOVES = {(before, after) for (before, _), after in TRANSITIONS.items()}
CODES = st.sampled_from(["400002", "400003", "400012", "503000", "501000", "420001"])


class ProtocolWalk(RuleBasedStateMachine):
    """Plays the owner: performs actions, keeps its own account of the calls, and lets time pass."""

    @initialize(random=st.floats(0, 1, exclude_max=True))
    def begin(self, random: float) -> None:
        options = Options(max_in_flight=MAX_IN_FLIGHT, max_send_delay=4, close_timeout=3)
        self.protocol = OrderProtocol(SPOT, options, random=lambda: random)
        self.now = 1000.0
        self.calls: dict[str, Call] = {}  # accepted, in the order of their acceptance
        self.verdicts: dict[str, list[object]] = {}
        self.sent: list[str] = []
        self.cancelled: set[str] = set()
        self.waiting: set[object] = set()
        self.socket: int | None = None  # the generation of the open socket
        self.attempts = 0
        self.ended = False
        self.names: list[str] = []  # of the life-cycle events
        self.state = S.IDLE

    def perform(self, actions: list[Action]) -> None:
        for action in actions:
            if isinstance(action, Fail):
                self.settle(action.call, action.error)
            elif isinstance(action, Answer):
                self.answer(action)
            elif isinstance(action, Ready):
                self.waiting.remove(action.waiter)
            elif isinstance(action, Connect):
                assert self.socket is None, "one socket at a time"
                assert action.generation == self.attempts + 1
                self.attempts += 1
            elif isinstance(action, Disconnect):
                self.socket = None
            elif isinstance(action, (SendPing, AnswerChallenge)):
                assert action.generation == self.socket
                wanted = S.READY if isinstance(action, SendPing) else S.AUTHENTICATING
                assert self.protocol.life.state is wanted
            elif isinstance(action, Emit) and isinstance(action.event, ConnectionEvent):
                assert not self.ended, "close comes last"
                self.names.append(action.event.name)
                self.ended = action.event.name == "close"

    def settle(self, call: Call, error: object) -> None:
        self.verdicts[call.id].append(error)
        expected = OutcomeUnknownError if call.written else NotSentError
        assert isinstance(error, expected), "the verdict is what the bytes say"
        call.settle(error)

    def answer(self, action: Answer) -> None:
        call = action.call
        assert call.id in self.sent
        if action.late:
            assert len(self.verdicts[call.id]) == 1
        else:
            self.verdicts[call.id].append(action.reply)
            call.settle(action.reply)

    # What the user does

    @rule(timeout=st.floats(0.5, 30), writable=st.booleans(), written=st.booleans())
    def submit(self, timeout: float, writable: bool, written: bool) -> None:
        name = f"r{len(self.verdicts)}"
        call = make_call(name, now=self.now, timeout=timeout, max_send_delay=4)
        self.verdicts[name] = []
        try:
            taken = self.protocol.submit(call, self.now, writable=writable)
        except NotSentError as refused:
            assert (
                self.protocol.life.state in (S.CLOSING, S.CLOSED) or len(self.protocol.calls) >= MAX_IN_FLIGHT
            )
            self.settle(call, refused)
            return
        self.calls[name] = call
        if taken:
            assert writable
            self.write(call, written)

    def write(self, call: Call, written: bool) -> None:
        assert self.protocol.life.state is S.READY, "nothing is sent outside READY"
        assert call.id not in self.sent, "nothing is sent twice"
        assert call.future.running(), "what is sent can no longer be cancelled"
        assert self.now < min(call.deadline, call.stale_at), "nothing is sent late"
        waiting = [
            name
            for name in self.calls
            if name not in self.sent and name not in self.cancelled and not self.verdicts[name]
        ]
        assert waiting[0] == call.id, "nobody overtakes"
        self.sent.append(call.id)
        call.written = written

    @rule(count=st.integers(1, 4), written=st.booleans())
    def send_queued(self, count: int, written: bool) -> None:
        for _ in range(count):
            call = self.protocol.next_to_send(self.now)
            if call is None:
                return
            self.write(call, written)

    @rule(data=st.data(), withdrawn=st.booleans())
    def cancel(self, data: st.DataObject, withdrawn: bool) -> None:
        if not self.calls:
            return
        call = self.calls[data.draw(st.sampled_from(sorted(self.calls)))]
        if call.future.cancel() and call.id not in self.cancelled:
            assert call.id not in self.sent
            self.cancelled.add(call.id)
        if withdrawn and call.id in self.cancelled and self.protocol.withdraw(call.id):
            call.claim()

    @rule(data=st.data())
    def finish_writing(self, data: st.DataObject) -> None:
        in_flight = sorted(self.protocol.calls.in_flight)
        if in_flight:
            self.protocol.calls.in_flight[data.draw(st.sampled_from(in_flight))].written = True

    @rule(waits=st.booleans())
    def open(self, waits: bool) -> None:
        waiter: concurrent.futures.Future[None] | None = None
        if waits:
            waiter = concurrent.futures.Future()
            self.waiting.add(waiter)
        self.perform(self.protocol.life.open(self.now, waiter))

    # What the network and the exchange do

    @precondition(lambda self: self.protocol.life.state is S.CONNECTING)
    @rule()
    def upgraded(self) -> None:
        self.socket = self.attempts
        self.perform(self.protocol.life.upgraded(self.attempts))

    @precondition(lambda self: self.protocol.life.state is S.CONNECTING)
    @rule(code=CODES)
    def refused(self, code: str) -> None:
        told = refusal(code, inTime=WALL_MS)
        assert isinstance(told, GatewayError)
        self.perform(self.protocol.life.attempt_refused(self.attempts, told, self.now, WALL_MS))

    @precondition(lambda self: self.socket is not None)
    @rule(told=st.sampled_from([CHALLENGE, WELCOME, WELCOME, WELCOME, PONG, Unrecognised("not JSON", "x")]))
    def receive(self, told: object) -> None:
        self.protocol.life.heartbeat.heard()
        self.perform(self.protocol.receive([told], self.now, WALL_MS))  # type: ignore[arg-type]  # a Message

    @precondition(lambda self: self.socket is not None)
    @rule(code=CODES)
    def gateway_error(self, code: str) -> None:
        self.perform(self.protocol.receive([refusal(code)], self.now, WALL_MS))

    @precondition(lambda self: self.socket is not None)
    @rule(data=st.data(), code=st.sampled_from(["200000", "400100"]))
    def reply(self, data: st.DataObject, code: str) -> None:
        name = data.draw(st.sampled_from([*self.sent[-20:], "unknown"]))
        self.protocol.life.heartbeat.heard()
        self.perform(self.protocol.receive([reply(name, code)], self.now, WALL_MS))

    @rule(age=st.sampled_from([0, 0, 0, 1]), barred=st.sampled_from([False, False, False, True]))
    def lost(self, age: int, barred: bool) -> None:
        generation, before = self.attempts - age, self.protocol.life.state
        if barred:
            self.perform(self.protocol.life.attempt_barred(generation, AuthenticationError("signer")))
        else:
            self.perform(self.protocol.life.lost(generation, TransportError("lost"), self.now))
        if age and self.attempts:
            assert self.protocol.life.state is before, "an old socket changes nothing"

    @rule(seconds=st.sampled_from([0.01, 0.3, 1.0, 5.0, 20.0]))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds
        self.expire()

    @rule()
    def until_the_next_deadline(self) -> None:
        due = self.protocol.next_deadline()
        if due != math.inf:
            self.now = max(self.now, due)
            self.expire()

    def expire(self) -> None:
        for _ in range(4):
            self.perform(self.protocol.expire(self.now))
        assert self.protocol.next_deadline() > self.now, "no deadline stays in the past"

    @precondition(lambda self: len(self.verdicts) > 8)
    @rule()
    def crash(self) -> None:
        self.perform(self.protocol.life.crashed(RuntimeError("oops"), self.now))

    @precondition(lambda self: len(self.verdicts) > 12)
    @rule()
    def close(self) -> None:
        self.perform(self.protocol.life.close(self.now))

    # What always holds

    @invariant()
    def the_state_moves_along_the_table(self) -> None:
        if hasattr(self, "protocol"):
            after = self.protocol.life.state
            self.state, before = after, self.state
            assert before is not S.CLOSED or after is S.CLOSED, "CLOSED is final"
            assert before is after or after in _reachable(before)

    @invariant()
    def every_call_is_settled_or_in_exactly_one_table(self) -> None:
        if not hasattr(self, "protocol"):
            return
        calls = self.protocol.calls
        for name, call in self.calls.items():
            places = (name in calls.queued) + (name in calls.in_flight)
            settled = len(self.verdicts[name])
            assert settled <= 1, "settled once"
            if name in self.cancelled:
                assert not settled or call.future.cancelled()
            else:
                assert places + settled == 1
                assert call.future.done() == bool(settled)
        assert len(calls) <= MAX_IN_FLIGHT
        assert not calls.in_flight or self.protocol.life.state in (S.READY, S.CLOSING)
        assert not self.waiting or self.protocol.life.state not in (S.READY, S.CLOSING, S.CLOSED)

    def teardown(self) -> None:
        if not hasattr(self, "protocol"):
            return
        self.perform(self.protocol.life.close(self.now))
        self.now += 3
        self.expire()

        assert self.protocol.life.state is S.CLOSED
        assert len(self.protocol.calls) == 0
        assert self.protocol.next_deadline() == math.inf
        assert self.socket is None
        assert not self.waiting
        assert self.names.count("close") == 1
        for name in self.calls:
            assert len(self.verdicts[name]) == 1 or name in self.cancelled
        assert self.names.count("reconnect") <= self.names.count("authenticated")
        # A login that is refused after a loss is followed by another socket, and by no other loss.
        if "reconnected" in self.names:
            assert self.names.index("reconnect") < self.names.index("reconnected")


def _reachable(state: ConnectionState) -> set[ConnectionState]:
    """What one rule may lead to: a move of the table, or two (an expiry may end an attempt and begin the next)."""
    reached, frontier = set(), {state}
    for _ in range(4):
        frontier = {after for before, after in MOVES if before in frontier}
        reached |= frontier
    return reached


ProtocolWalk.TestCase.settings = settings(
    derandomize=True,
    max_examples=60,
    stateful_step_count=60,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


class TestProtocolWalk(ProtocolWalk.TestCase):  # type: ignore[misc]  # made by hypothesis
    """Every call settles once, nobody overtakes, nothing is sent out of place, and close ends it all."""
