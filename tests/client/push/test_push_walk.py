"""The push protocol under random input: what holds whatever happens, in whatever order."""

from __future__ import annotations

import json
import math
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from push_walk import Driver

from kucoin_wsapi import SubscriptionError, WsKey
from kucoin_wsapi._messages import Welcome
from kucoin_wsapi._push_messages import Accepted, Refused, parse_push
from kucoin_wsapi._states import ConnectionState
from kucoin_wsapi._subscribing import SubscriptionCall
from kucoin_wsapi.exceptions import AuthenticationError
from kucoin_wsapi.options import Backoff

S = ConnectionState
TOPICS = [f"/market/ticker:{symbol}" for symbol in "ABCDE"] + ["/market/level2:A", "/market/level2:B"]
BAD = {"/market/ticker:E", "/market/level2:B"}  # what this exchange refuses, while it is in the mood for it
SOME = st.lists(st.sampled_from(TOPICS), min_size=1, max_size=4, unique=True)


class PushWalk(RuleBasedStateMachine):
    """Plays users and an exchange that answers in the order of the requests, and knows who is subscribed to what."""

    @initialize(random=st.floats(0, 1, exclude_max=True), private=st.booleans())
    def begin(self, random: float, private: bool) -> None:
        self.driver = Driver(WsKey.SPOT_PUBLIC_V1, random, close_timeout=3, backoff=Backoff())
        self.calls: list[SubscriptionCall] = []
        self.cancelled: set[SubscriptionCall] = set()
        self.unanswered: list[dict[str, Any]] = []
        self.subscribed: set[str] = set()  # at the exchange, on this connection
        self.generation = 0
        self.ended: set[str] = set()  # what users have last asked to end, or heard to be lost
        self.ids: set[str] = set()

    @property
    def life(self) -> Any:
        return self.driver.protocol.life

    # Users

    @rule(topics=SOME, timeout=st.sampled_from([0.5, 5.0, 60.0]))
    def subscribe(self, topics: list[str], timeout: float) -> None:
        call = self.driver.subscribe(topics, timeout)
        self.calls.append(call)
        if self.life.state is S.CLOSED:
            assert isinstance(self.driver.verdict(call), SubscriptionError)

    @rule(topics=SOME, timeout=st.sampled_from([0.5, 60.0]))
    def unsubscribe(self, topics: list[str], timeout: float) -> None:
        self.calls.append(self.driver.unsubscribe(topics, timeout))
        assert not set(topics) & set(self.driver.topics), "what is unsubscribed is not wanted"

    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        if self.calls:
            call = data.draw(st.sampled_from(self.calls[-8:]))
            if not call.future.done():
                self.driver.cancel(call)
                self.cancelled.add(call)

    # Exchange and network

    @precondition(lambda self: self.life.state in (S.IDLE, S.BACKOFF, S.CONNECTING))
    @rule()
    def connect(self) -> None:
        driver = self.driver
        driver.perform(self.life.open(driver.now))
        if self.life.state is S.BACKOFF:
            self.time_passes(20.0)
        if self.life.state is S.CONNECTING:
            driver.perform(self.life.upgraded(self.life.generation))
            self.unanswered, self.subscribed = [], set()
            driver.receive(Welcome(None, None))

    @precondition(lambda self: self.life.state is S.READY)
    @rule()
    def requests_leave(self) -> None:
        for request in self.driver.sent():
            assert request["id"] not in self.ids, "an id is used once"
            self.ids.add(request["id"])
            self.unanswered.append(request)

    @precondition(lambda self: self.life.state is S.READY and self.unanswered)
    @rule(strict=st.booleans(), busy=st.sampled_from([False, False, False, True]))
    def answer(self, strict: bool, busy: bool) -> None:
        request = self.unanswered.pop(0)
        path, _, symbols = request["topic"].partition(":")
        topics = {f"{path}:{symbol}" for symbol in symbols.split(",")}
        if request["type"] == "unsubscribe":
            self.subscribed -= topics
            self.driver.receive(Accepted(request["id"]))
        elif busy:
            self.driver.receive(Refused(request["id"], "500", "system error"))
        elif strict and topics & BAD:
            self.driver.receive(Refused(request["id"], "404", "topic does not exist"))
        else:
            self.subscribed |= topics
            self.driver.receive(Accepted(request["id"]))

    @precondition(lambda self: self.life.state is S.READY)
    @rule(topic=st.sampled_from(TOPICS))
    def push(self, topic: str) -> None:
        before = len(self.driver.updates)
        self.driver.receive(parse_push(json.dumps({"type": "message", "topic": topic, "data": {}})))
        assert len(self.driver.updates) == before + 1
        assert self.driver.updates[-1].topic == topic

    @precondition(lambda self: self.life.state in (S.CONNECTING, S.AUTHENTICATING, S.READY))
    @rule()
    def lost(self) -> None:
        self.driver.lose()

    @rule(answer=st.sampled_from([Accepted("777"), Refused("778", "400", "?"), Refused("", "", "")]))
    def stray(self, answer: Any) -> None:
        self.driver.receive(answer)

    @rule(seconds=st.sampled_from([0.1, 1.0, 20.0]))
    def time_passes(self, seconds: float) -> None:
        self.driver.pass_time(seconds)
        assert self.driver.protocol.next_deadline() > self.driver.now, "no deadline stays in the past"

    @precondition(lambda self: len(self.calls) > 8)
    @rule()
    def crash(self) -> None:
        self.driver.perform(self.life.crashed(RuntimeError("oops"), self.driver.now))

    @precondition(lambda self: len(self.calls) > 12)
    @rule(barred=st.booleans())
    def end(self, barred: bool) -> None:
        if barred:
            refusal = AuthenticationError("no such key")
            self.driver.perform(self.life.attempt_barred(self.life.generation, refusal))
        else:
            self.driver.perform(self.life.close(self.driver.now))

    # What always holds

    @invariant()
    def every_call_is_settled_once_or_waits(self) -> None:
        if not hasattr(self, "driver"):
            return
        waiting = set(self.driver.protocol.table.waiting)
        for call in self.calls:
            settled = call in self.driver.verdicts
            assert settled + (call in self.cancelled) + (call in waiting) == 1
            assert call.future.done() is (call not in waiting)
        assert not waiting or self.life.state not in (S.CLOSING, S.CLOSED)

    @invariant()
    def when_all_is_answered_the_exchange_sends_exactly_what_is_wanted(self) -> None:
        if not hasattr(self, "driver"):
            return
        table = self.driver.protocol.table
        if self.life.state is S.READY and not (self.unanswered or table._sent or table.has_requests):
            assert self.subscribed == set(table.wanted) == table.active
            assert not list(table.waiting), "nobody waits for an answer that was given"

    @invariant()
    def what_is_active_is_wanted(self) -> None:
        if hasattr(self, "driver"):
            table = self.driver.protocol.table
            assert table.active <= set(table.wanted)
            assert not table.active or self.life.state is S.READY

    @invariant()
    def what_was_acknowledged_is_wanted_until_that_is_taken_back(self) -> None:
        """By an unsubscription, or by news of a loss."""
        if not hasattr(self, "driver"):
            return
        last: dict[str, bool] = {}
        for call in self.calls:  # in the order in which they were made
            for topic in call.topics:
                if call.kind == "unsubscribe":
                    last[topic.key] = False
                elif self.driver.verdicts.get(call, "open") is None:
                    last[topic.key] = True
        lost = {topic for error in self.driver.errors for topic in getattr(error, "topics", ())}
        for topic, subscribed in last.items():
            assert topic in self.driver.protocol.table.wanted or not subscribed or topic in lost

    def teardown(self) -> None:
        if not hasattr(self, "driver"):
            return
        self.driver.perform(self.life.close(self.driver.now))
        self.driver.pass_time(5)
        assert self.life.state is S.CLOSED
        assert not list(self.driver.protocol.table.waiting)
        assert self.driver.protocol.next_deadline() == math.inf
        assert all(call.future.done() for call in self.calls)


PushWalk.TestCase.settings = settings(
    derandomize=True,
    max_examples=80,
    stateful_step_count=50,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


class TestPushWalk(PushWalk.TestCase):  # type: ignore[misc]  # made by hypothesis
    """Every call settles once, and the exchange sends what is wanted."""
