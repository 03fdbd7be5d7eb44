"""Any conversation with the order socket: every call settles once, with a verdict that is true."""

from __future__ import annotations

import json
from typing import Any

from fuzzing import WORDS, fuzzed, json_texts, json_values, objects
from hypothesis import given
from hypothesis import strategies as st
from protocol_support import CHALLENGE_TEXT, WALL_MS, make_call, make_protocol

from kucoin_wsapi import CallError, NotSentError, RejectedError, WSAPIResponse
from kucoin_wsapi._actions import Action, Answer, Connect, Fail
from kucoin_wsapi._conversion import RESPONSE_TYPES
from kucoin_wsapi._messages import parse_message
from kucoin_wsapi._outcomes import outcome_of
from kucoin_wsapi._protocol import OrderProtocol
from kucoin_wsapi._states import ConnectionState

OPS = sorted(RESPONSE_TYPES)
CODES = (
    st.sampled_from(["200000", 200000, "400100", "429000", "500000", "400003", "400002", "200001", ""])
    | json_values
)


@st.composite
def replies(draw: st.DrawFn, ids: list[str]) -> str:
    """An answer to one of the requests, of any content, or of the right shape with something wrong in it."""
    answer: dict[str, Any] = draw(objects)
    answer |= {"id": draw(st.sampled_from(ids)), "op": draw(st.sampled_from(OPS)), "code": draw(CODES)}
    if draw(st.booleans()):
        answer["data"] = {
            "orderId": draw(st.sampled_from(WORDS)),
            "clientOid": draw(json_values),
            "status": "done",
        }
        answer["data"] |= dict.fromkeys(("originSize", "dealSize", "remainSize", "canceledSize"), "1")
    return json.dumps(answer)


@fuzzed(120)
@given(st.sampled_from(OPS), st.data())
def test_an_answer_of_any_content_is_judged(op, data):
    """As a response or as an error of a written call: never "not sent", and a refusal only with a code that refuses."""
    call = make_call("r1", op=op, response_type=RESPONSE_TYPES[op])
    call.written = True
    reply = parse_message(data.draw(replies(["r1"])))

    outcome = outcome_of(call, reply, 1.0, late=False)

    assert isinstance(outcome, (WSAPIResponse, CallError))
    assert not isinstance(outcome, NotSentError)
    if isinstance(outcome, WSAPIResponse):
        assert reply.code == "200000"
    if isinstance(outcome, RejectedError):
        assert reply.code not in ("", "200000")
        assert not reply.raw.get("data")
    str(outcome), repr(outcome)


LINES = st.one_of(
    st.just(CHALLENGE_TEXT),
    st.just('{"data":"welcome","pingInterval":18000,"pingTimeout":10000}'),
    json_texts(objects),
    json_texts(),
    st.sampled_from(
        ["lost", "refused", "expire", "second", "minute", "open", "order", "order", "unwritten order"]
    ),
    replies([f"r{number}" for number in range(6)]),
)


@fuzzed(80)
@given(st.lists(LINES, max_size=25))
def test_every_call_of_any_conversation_settles_once_and_truly(lines):
    """Messages, losses, time and orders in any order, then the close: nothing raises, all is settled, once."""
    walk = Walk()
    for line in lines:
        walk.step(line)
    walk.end()


class Walk:
    """A protocol with its calls, and what became of them."""

    def __init__(self) -> None:
        self.protocol: OrderProtocol = make_protocol()
        self.now, self.placed = 0.0, 0
        self.calls: dict[str, Any] = {}
        self.verdicts: dict[str, list[Any]] = {}
        self.perform(self.protocol.life.open(0.0))

    def perform(self, actions: list[Action]) -> None:
        for action in actions:
            if isinstance(action, Fail):
                self.verdicts[action.call.id].append(action.error)
                assert isinstance(action.error, NotSentError) != action.call.written
            elif isinstance(action, Answer):
                outcome = outcome_of(action.call, action.reply, action.received_at, action.late)
                assert not isinstance(outcome, NotSentError)
                assert action.call.written
                if not action.late:
                    self.verdicts[action.call.id].append(outcome)
            elif isinstance(action, Connect):
                self.perform(self.protocol.life.upgraded(action.generation))

    def step(self, line: str) -> None:
        protocol = self.protocol
        if line == "lost":
            self.perform(protocol.life.lost(protocol.life.generation, OSError("lost"), self.now))
        elif line == "refused":
            told = parse_message('{"code":"500000"}')
            self.perform(protocol.life.attempt_refused(protocol.life.generation, told, self.now, WALL_MS))
        elif line in ("expire", "second", "minute"):
            self.now += {"expire": 0.0, "second": 1.0, "minute": 60.0}[line]
            self.perform(protocol.expire(self.now))
        elif line == "open":
            self.perform(protocol.life.open(self.now))
        elif line.endswith("order"):
            self.place(written=line == "order")
        else:
            protocol.life.heartbeat.heard()
            self.perform(protocol.receive([parse_message(line)], self.now, WALL_MS))
        while (call := protocol.next_to_send(self.now)) is not None:
            call.written = True

    def place(self, *, written: bool) -> None:
        name = f"r{self.placed}"
        op = OPS[self.placed % len(OPS)]
        self.placed += 1
        call = make_call(name, now=self.now, op=op, response_type=RESPONSE_TYPES[op])
        self.calls[name], self.verdicts[name] = call, []
        try:
            if self.protocol.submit(call, self.now, writable=True):
                call.written = written
        except NotSentError as refusal:
            self.verdicts[name].append(refusal)

    def end(self) -> None:
        self.perform(self.protocol.life.close(self.now))
        self.now += 3
        self.perform(self.protocol.expire(self.now))
        assert self.protocol.life.state is ConnectionState.CLOSED
        assert all(len(verdicts) == 1 for verdicts in self.verdicts.values()), self.verdicts
