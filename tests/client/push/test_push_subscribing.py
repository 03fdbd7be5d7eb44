"""Which request follows from which call, and which call an answer settles; without a socket."""

from __future__ import annotations

from typing import Any

import pytest
from push_walk import OPEN, Driver

from kucoin_wsapi import Channel, SubscriptionError, WsKey

A, B, C = (f"/market/ticker:{symbol}-USDT" for symbol in "ABC")
BOOK = "/market/level2:A-USDT"


@pytest.fixture
def driver() -> Driver:
    """One that is connected."""
    return Driver().connect()


def names(error: Any) -> tuple[str, ...]:
    """The topics that an error says are not subscribed."""
    assert isinstance(error, SubscriptionError)
    return error.topics


# One call


def test_an_ack_settles_the_call_with_its_topics(driver):
    """One for each symbol, as updates name them."""
    call = driver.subscribe("/market/ticker:A-USDT,B-USDT")
    (request,) = driver.sent()
    assert request["type"] == "subscribe"
    assert request["topic"] == "/market/ticker:A-USDT,B-USDT"
    assert request["response"] is True
    assert request["privateChannel"] is False
    assert driver.verdict(call) is OPEN
    driver.ack(request)
    assert call.future.result(0) == (A, B)


def test_a_refusal_carries_the_exchanges_reason(driver):
    """Code, text and topics; the topic is not asked for again."""
    call = driver.subscribe(A)
    driver.refuse(*driver.sent(), "404", "topic does not exist")
    error = driver.verdict(call)
    assert (error.code, error.message) == ("404", "topic does not exist")
    assert names(error) == (A,)
    assert "404" in str(error)
    assert "topic does not exist" in str(error)
    assert driver.topics == []
    driver.lose()
    driver.connect()
    assert driver.sent() == []


def test_a_refusal_fails_exactly_its_call(driver):
    """Whatever the order of the answers."""
    calls = [driver.subscribe(topic) for topic in (A, B, C)]
    first, second, third = driver.sent()
    driver.ack(third)
    driver.refuse(second)
    driver.ack(first)
    assert [type(driver.verdict(call)) for call in calls] == [type(None), SubscriptionError, type(None)]
    assert driver.topics == [A, C]
    assert driver.errors == []


def test_a_refusal_without_a_code_says_so():
    """Pro documents only a message."""
    driver = Driver(WsKey.SPOT_PUBLIC_PRO_V2).connect()
    call = driver.subscribe(Channel("ticker", symbol="A-USDT"))
    (request,) = driver.sent()
    driver.say({"id": request["id"], "result": False, "message": "invalid request data"})
    error = driver.verdict(call)
    assert (error.code, error.message) == (None, "invalid request data")


def test_an_error_that_names_no_request_is_an_event_and_fails_nobody(driver):
    """Such as one about a message that the exchange could not read."""
    call = driver.subscribe(A)
    (request,) = driver.sent()
    driver.say({"id": "whatever", "type": "error", "code": 400, "data": "Unrecognized token"})
    assert driver.verdict(call) is OPEN
    assert "Unrecognized token" in str(driver.errors[0])
    driver.ack(request)
    assert driver.verdict(call) is None


def test_answers_that_come_twice_change_nothing(driver):
    """Nor those to what was never asked."""
    call = driver.subscribe(A)
    (request,) = driver.sent()
    driver.ack(request, request, {"id": "77"})
    driver.refuse(request)
    assert driver.verdict(call) is None
    assert driver.topics == [A]


def test_several_streams_are_several_requests(driver):
    """The call settles with the last of them."""
    call = driver.subscribe([A, BOOK, B])
    first, second = driver.sent()
    assert [first["topic"], second["topic"]] == ["/market/ticker:A-USDT,B-USDT", BOOK]
    driver.ack(second)
    assert driver.verdict(call) is OPEN
    driver.ack(first)
    assert call.future.result(0) == (A, BOOK, B)


def test_a_refused_part_is_what_the_error_names_and_the_rest_stays(driver):
    """What it names is not subscribed, what it does not name is."""
    call = driver.subscribe([A, BOOK])
    ticker, book = driver.sent()
    driver.refuse(book)
    assert names(driver.verdict(call)) == (BOOK,)
    driver.ack(ticker)
    assert driver.topics == [A]


def test_more_than_a_hundred_symbols_are_several_requests(driver):
    """KuCoin takes a hundred in one."""
    call = driver.subscribe([f"/market/ticker:S{i}-USDT" for i in range(250)])
    requests = driver.sent()
    assert [request["topic"].count(",") + 1 for request in requests] == [100, 100, 50]
    driver.ack(*requests)
    assert len(call.future.result(0)) == 250


@pytest.mark.parametrize(
    ("key", "most"),
    [
        (WsKey.SPOT_PUBLIC_V1, 400),
        (WsKey.SPOT_PUBLIC_PRO_V2, 600),
        (WsKey.FUTURES_PUBLIC_PRO_V2, 600),
        (WsKey.FUTURES_PUBLIC_V1, None),
    ],
)
def test_one_connection_carries_as_many_topics_as_the_exchange_allows(key, most):
    """One more is refused here, with the rule; those that are subscribed already do not count twice."""

    def topics(start: int, stop: int) -> list[Any]:
        if key.is_pro:
            return [Channel("ticker", symbol=f"S{i}") for i in range(start, stop)]
        path = "/market/ticker" if key is WsKey.SPOT_PUBLIC_V1 else "/contractMarket/tickerV2"
        return [f"{path}:S{i}" for i in range(start, stop)]

    driver = Driver(key).connect()
    driver.subscribe(topics(0, most or 1000))
    driver.ack_all()
    again = driver.subscribe(topics(0, 3))
    one_more = driver.subscribe(topics(5000, 5001))
    assert driver.verdict(again) is None
    if most is None:
        assert driver.verdict(one_more) is OPEN
        return
    assert str(most) in str(driver.verdict(one_more))
    driver.unsubscribe(topics(0, 1))
    driver.ack_all()
    assert driver.verdict(driver.subscribe(topics(5000, 5001))) is OPEN


# Several calls


def test_what_is_subscribed_already_is_not_asked_for_again(driver):
    """A duplicate settles at once, or with the request that is on its way."""
    first, second = driver.subscribe(A), driver.subscribe(A)
    (request,) = driver.sent()
    driver.ack(request)
    third = driver.subscribe(A)
    assert [driver.verdict(call) for call in (first, second, third)] == [None, None, None]
    assert driver.sent() == []


def test_only_what_is_missing_is_asked_for(driver):
    """Of a call that overlaps with others."""
    driver.subscribe(A)
    driver.ack_all()
    call = driver.subscribe([A, B])
    (request,) = driver.sent()
    assert request["topic"] == B
    driver.ack(request)
    assert call.future.result(0) == (A, B)


def test_all_who_wait_for_a_refused_topic_fail(driver):
    """Each with an exception of its own."""
    calls = [driver.subscribe(A), driver.subscribe(A)]
    driver.refuse(*driver.sent())
    errors = [driver.verdict(call) for call in calls]
    assert [names(error) for error in errors] == [(A,), (A,)]
    assert errors[0] is not errors[1]


def test_a_call_does_not_fail_for_what_only_another_one_asked_for(driver):
    """Two want one topic, and one of them something impossible in the same request."""
    greedy, modest = driver.subscribe([A, B]), driver.subscribe(A)
    driver.refuse(*driver.sent())
    assert names(driver.verdict(greedy)) == (A, B)
    assert driver.verdict(modest) is OPEN
    (again,) = driver.sent()
    assert again["topic"] == A
    driver.ack(again)
    assert driver.verdict(modest) is None
    assert driver.topics == [A]


# The end of subscriptions


def test_unsubscribing_is_asked_for_and_acknowledged(driver):
    """And not subscribed again after a reconnection."""
    driver.subscribe([A, B])
    driver.ack_all()
    call = driver.unsubscribe([A, "/market/ticker:NEVER-USDT"])
    (request,) = driver.sent()
    assert (request["type"], request["topic"]) == ("unsubscribe", A)
    assert driver.verdict(call) is OPEN
    driver.ack(request)
    assert driver.verdict(call) is None
    driver.lose()
    driver.connect()
    assert driver.asked() == [f"+{B}"]


def test_unsubscribing_what_is_not_subscribed_is_harmless(driver):
    """Before the first connection too."""
    assert driver.verdict(driver.unsubscribe(A)) is None
    assert driver.sent() == []
    idle = Driver()
    assert idle.verdict(idle.unsubscribe(A)) is None


def test_a_refused_end_fails_the_call_that_asked_for_it(driver):
    """With the exchange's reason; nobody else."""
    driver.subscribe(A)
    driver.ack_all()
    ending = driver.unsubscribe(A)
    (request,) = driver.sent()
    again = driver.subscribe(A)
    driver.refuse(request, "500", "system error")
    assert driver.verdict(ending).code == "500"
    assert driver.verdict(again) is OPEN
    driver.ack_all()
    assert driver.verdict(again) is None


def test_who_waits_for_a_topic_that_is_unsubscribed_is_told(driver):
    """Before the ack: the later word counts."""
    waiting = driver.subscribe([A, B])
    ending = driver.unsubscribe(A)
    assert names(driver.verdict(waiting)) == (A,)
    assert driver.asked() == ["+/market/ticker:A-USDT,B-USDT", f"-{A}"]
    assert driver.verdict(ending) is OPEN
    driver.ack({"id": "1"}, {"id": "2"})
    assert driver.verdict(ending) is None
    assert driver.topics == [B]
    assert driver.sent() == []


def test_what_a_failed_call_did_not_name_is_subscribed_after_all(driver):
    """Its request is refused as a whole: the topic is asked for alone, and its loss is told."""
    waiting = driver.subscribe([A, B])
    driver.unsubscribe(A)
    first, _ = driver.sent()
    driver.refuse(first)
    assert names(driver.verdict(waiting)) == (A,)
    (alone,) = driver.sent()
    assert alone["topic"] == B
    driver.refuse(alone)
    assert [names(error) for error in driver.errors] == [(B,)]


def test_subscribing_again_while_the_end_is_on_its_way(driver):
    """Each call is settled by the answer to its own request."""
    driver.subscribe(A)
    driver.ack_all()
    ending = driver.unsubscribe(A)
    again = driver.subscribe(A)
    end, begin = driver.sent()
    driver.ack(end)
    assert (driver.verdict(ending), driver.verdict(again)) == (None, OPEN)
    driver.ack(begin)
    assert driver.verdict(again) is None
    assert driver.topics == [A]


def test_an_answer_to_an_older_request_says_nothing_about_a_newer_one(driver):
    """Subscribed, ended and subscribed again before the first ack, and then refused."""
    driver.subscribe(A)
    ending = driver.unsubscribe(A)
    again = driver.subscribe(A)
    first, end, second = driver.sent()
    driver.ack(first)
    assert driver.verdict(again) is OPEN
    driver.ack(end)
    assert driver.verdict(ending) is None
    driver.refuse(second)
    assert names(driver.verdict(again)) == (A,)
    assert driver.topics == []
    assert driver.verdict(driver.subscribe(A)) is OPEN


def test_two_ends_are_settled_each_by_its_own_ack(driver):
    """With a subscription between them."""
    driver.subscribe(A)
    driver.ack_all()
    first = driver.unsubscribe(A)
    driver.subscribe(A)
    second = driver.unsubscribe(A)
    end, begin, last = driver.sent()
    driver.ack(end)
    assert (driver.verdict(first), driver.verdict(second)) == (None, OPEN)
    driver.ack(begin, last)
    assert driver.verdict(second) is None


# Cancelled, or too late


@pytest.mark.parametrize("how", ["cancel", "timeout"])
def test_what_was_withdrawn_is_unsubscribed(driver, how):
    """It may have been subscribed all the same, whether the ack comes late or never."""
    call = driver.subscribe(A, timeout=2)
    (request,) = driver.sent()
    if how == "cancel":
        driver.cancel(call)
        assert call.future.cancelled()
    else:
        driver.pass_time(2)
        assert names(driver.verdict(call)) == (A,)
    driver.ack(request)
    assert driver.asked() == [f"-{A}"]
    assert driver.topics == []


def test_a_call_that_is_late_names_what_is_missing_only(driver):
    """What was acknowledged stays."""
    call = driver.subscribe([A, BOOK], timeout=2)
    ticker, _ = driver.sent()
    driver.ack(ticker)
    driver.pass_time(2)
    assert names(driver.verdict(call)) == (BOOK,)
    assert driver.topics == [A]


def test_a_late_call_does_not_take_a_topic_from_another_that_waits(driver):
    """The patient one gets it."""
    hasty, patient = driver.subscribe(A, timeout=2), driver.subscribe(A, timeout=20)
    (request,) = driver.sent()
    driver.pass_time(2)
    assert isinstance(driver.verdict(hasty), SubscriptionError)
    driver.ack(request)
    assert driver.verdict(patient) is None
    assert driver.topics == [A]


def test_a_late_duplicate_does_not_end_what_was_subscribed_before(driver):
    """While the connection is lost, somebody asks again for what is remembered, and gives up."""
    driver.subscribe(A)
    driver.ack_all()
    driver.lose()
    duplicate = driver.subscribe([A, B], timeout=2)
    driver.pass_time(2)
    assert isinstance(driver.verdict(duplicate), SubscriptionError)
    assert driver.topics == [A]
    driver.connect()
    assert driver.asked() == [f"+{A}"]


def test_a_withdrawn_call_leaves_nothing_although_an_end_is_on_its_way(driver):
    """Who unsubscribes does not want it."""
    driver.subscribe(A)
    driver.ack_all()
    driver.unsubscribe(A)
    again = driver.subscribe(A, timeout=2)
    driver.cancel(again)
    assert driver.topics == []


def test_a_cancelled_call_is_not_asked_for_later():
    """Before there is a connection."""
    driver = Driver()
    call = driver.subscribe(A)
    driver.subscribe(B)
    driver.cancel(call)
    assert call.future.cancelled()
    driver.connect()
    assert driver.asked() == [f"+{B}"]


def test_an_end_that_is_not_acknowledged_in_time_fails(driver):
    """The subscription is forgotten all the same."""
    driver.subscribe(A)
    driver.ack_all()
    call = driver.unsubscribe(A, timeout=2)
    driver.pass_time(2)
    assert names(driver.verdict(call)) == (A,)
    assert driver.topics == []


def test_an_end_that_is_acknowledged_late_is_done_for_who_has_the_patience(driver):
    """More than a request is usually waited for."""
    driver.subscribe(A)
    driver.ack_all()
    call = driver.unsubscribe(A, timeout=60)
    requests = driver.sent()
    driver.pass_time(30)
    driver.ack(*requests)
    assert driver.verdict(call) is None


def test_the_reason_of_the_last_loss_is_told_when_time_is_over():
    """Why there was no connection."""
    driver = Driver()
    call = driver.subscribe(A, timeout=2)
    driver.perform(driver.protocol.life.open(driver.now))
    driver.lose()
    driver.pass_time(2)
    assert "closed the connection" in str(driver.verdict(call))


# Lost and found


@pytest.mark.parametrize("before", ["idle", "connecting", "lost", "in flight"])
def test_a_call_waits_for_the_next_connection(before):
    """Wherever the connection is."""
    driver = Driver()
    if before == "connecting":
        driver.perform(driver.protocol.life.open(driver.now))
    elif before != "idle":
        driver.connect()
    if before == "lost":
        driver.lose()
    call = driver.subscribe(A, timeout=100)
    if before == "in flight":
        driver.sent()
        driver.lose()
    assert driver.sent() == []
    if before == "connecting":
        driver.perform(driver.protocol.life.upgraded(1))
        driver.say({"id": "x", "type": "welcome"})
    else:
        driver.connect()
    driver.ack_all()
    assert driver.verdict(call) is None


def test_everything_is_subscribed_again_in_batches(driver):
    """A hundred symbols of one stream in one request, however they were asked for."""
    for i in range(150):
        driver.subscribe(f"/market/ticker:S{i}-USDT")
        driver.ack_all()
        driver.pass_time(1)
    driver.subscribe(BOOK)
    driver.ack_all()
    driver.lose()
    driver.connect()
    requests = driver.sent()
    assert [request["topic"].count(",") + 1 for request in requests] == [100, 50, 1]


def test_an_answer_from_the_last_connection_settles_nothing(driver):
    """Ids go on counting over connections."""
    call = driver.subscribe(A, timeout=100)
    (request,) = driver.sent()
    driver.lose()
    driver.connect()
    driver.ack(request)
    assert driver.verdict(call) is OPEN


def test_an_end_that_waits_when_the_connection_is_lost_is_done(driver):
    """Nothing is subscribed then."""
    driver.subscribe(A)
    driver.ack_all()
    call = driver.unsubscribe(A)
    driver.lose()
    assert driver.verdict(call) is None
    driver.connect()
    assert driver.sent() == []


def test_of_a_refused_batch_only_the_culprit_is_lost(driver):
    """Asked for one by one; its loss is an event, because nobody waits for it."""
    driver.subscribe([A, B, C])
    driver.ack_all()
    driver.lose()
    driver.connect()
    driver.refuse(*driver.sent())
    singles = driver.sent()
    assert [request["topic"] for request in singles] == [A, B, C]
    driver.ack(singles[0])
    driver.refuse(singles[1], "404", "gone")
    driver.ack(singles[2])
    assert driver.topics == [A, C]
    (error,) = driver.errors
    assert names(error) == (B,)
    assert error.code == "404"


@pytest.mark.parametrize("code", ["500", "509", "500000", "429000"])
def test_what_a_busy_exchange_refuses_to_subscribe_again_is_asked_for_again(driver, code):
    """All of it together, and not at once, which would keep it busy; the loss for now is told."""
    driver.subscribe([A, B, C])
    driver.ack_all()
    driver.lose()
    driver.connect()
    (first,) = driver.sent()
    driver.refuse(first, code, "busy")
    assert names(driver.errors[0]) == (A, B, C)
    assert driver.sent() == []
    driver.pass_time(10)
    (again,) = driver.sent()
    assert again["topic"] == first["topic"]
    driver.ack(again)
    assert driver.topics == [A, B, C]
    assert driver.subscribe(A) in driver.verdicts, "it is active"


def test_a_busy_exchange_fails_who_asks_for_something_new(driver):
    """With its reason, at once; who asks for what was subscribed before waits for that."""
    driver.subscribe(A)
    driver.ack_all()
    driver.lose()
    duplicate, fresh = driver.subscribe(A, timeout=100), driver.subscribe(B, timeout=100)
    driver.connect()
    driver.refuse(*driver.sent(), "500", "system error")
    assert "system error" in str(driver.verdict(fresh))
    assert driver.verdict(duplicate) is OPEN
    driver.pass_time(10)
    (again,) = driver.sent()
    assert again["topic"] == A
    driver.ack(again)
    assert driver.verdict(duplicate) is None
    assert driver.topics == [A]
    other = driver.subscribe(B)
    driver.refuse(*driver.sent(), "509", "exceed max permits per second")
    assert "permits" in str(driver.verdict(other))


def test_what_is_put_off_and_wanted_no_more_is_not_asked_for_again(driver):
    """Somebody has unsubscribed meanwhile."""
    driver.subscribe([A, B])
    driver.ack_all()
    driver.lose()
    driver.connect()
    driver.refuse(*driver.sent(), "500", "system error")
    driver.unsubscribe(A)
    driver.ack_all()
    driver.pass_time(10)
    assert driver.asked() == [f"+{B}"]


def test_a_new_call_in_a_refused_batch_fails_alone(driver):
    """Who had a subscription keeps it."""
    driver.subscribe(A)
    driver.ack_all()
    driver.lose()
    call = driver.subscribe(B, timeout=100)
    driver.connect()
    driver.refuse(*driver.sent())
    first, second = driver.sent()
    driver.refuse(second)
    driver.ack(first)
    assert names(driver.verdict(call)) == (B,)
    assert driver.topics == [A]
    assert driver.errors == []


def test_the_loss_of_a_subscription_is_told_although_a_duplicate_hears_of_it(driver):
    """Its owner does not hold that future."""
    driver.subscribe(A)
    driver.ack_all()
    driver.lose()
    duplicate = driver.subscribe(A, timeout=100)
    driver.connect()
    driver.refuse(*driver.sent())
    assert names(driver.verdict(duplicate)) == (A,)
    assert [names(error) for error in driver.errors] == [(A,)]


def test_a_subscription_that_is_not_acknowledged_again_is_told_and_asked_for_again(driver):
    """Nobody waits for it after a reconnection, and without its ack it may be gone."""
    driver.subscribe([A, B, BOOK])
    driver.ack_all()
    driver.lose()
    driver.connect()
    tickers, book = driver.sent()
    driver.ack(book)
    driver.pass_time(9)
    assert driver.sent() == []
    driver.pass_time(1)
    (again,) = driver.sent()
    assert again["topic"] == tickers["topic"]
    (error,) = driver.errors
    assert names(error) == (A, B)
    driver.ack(again)
    driver.pass_time(60)
    assert driver.sent() == []
    assert len(driver.errors) == 1


def test_a_call_that_waits_for_long_is_asked_for_again(driver):
    """It is no news to anybody."""
    call = driver.subscribe(A, timeout=100)
    driver.sent()
    driver.pass_time(10)
    driver.ack_all()
    assert driver.verdict(call) is None
    assert driver.errors == []


# The end


def test_close_fails_who_waits_and_ends_are_done(driver):
    """Nothing is subscribed on a closed connection."""
    driver.subscribe(A)
    driver.ack_all()
    waiting, ending = driver.subscribe(B), driver.unsubscribe(A)
    driver.perform(driver.protocol.life.close(driver.now))
    assert names(driver.verdict(waiting)) == (B,)
    assert driver.verdict(ending) is None
    late = driver.subscribe(C)
    assert "closed" in str(driver.verdict(late))
    assert driver.verdict(driver.unsubscribe(B)) is None


def test_the_successor_of_a_closed_connection_wants_what_was_subscribed(driver):
    """Not what had failed."""
    driver.subscribe(A)
    driver.ack_all()
    driver.subscribe(B)
    driver.perform(driver.protocol.life.close(driver.now))
    heir = Driver()
    heir.protocol = type(driver.protocol)(
        driver.key,
        driver.protocol.life._options,
        random=lambda: 0.5,
        predecessor=driver.protocol,
    )
    heir.connect()
    assert heir.asked() == [f"+{A}"]
    duplicate = heir.subscribe(A, timeout=1)
    heir.pass_time(1)
    assert isinstance(heir.verdict(duplicate), SubscriptionError)
    assert heir.topics == [A]


def test_a_refused_key_fails_who_waits_with_the_reason():
    """And everybody after that, at once."""
    driver = Driver(WsKey.PRIVATE_PRO_V2)
    waiting = driver.subscribe(Channel("orderAll"))
    life = driver.protocol.life
    driver.perform(life.open(driver.now))
    driver.perform(life.upgraded(1))
    driver.say({"sessionId": "s", "message": "welcome", "pingInterval": 18000})
    driver.say({"id": "login", "result": False, "message": "no such key"})
    later = driver.subscribe(Channel("balance"))
    for call in (waiting, later):
        assert "no such key" in str(driver.verdict(call))
        assert driver.verdict(call).__cause__ is life.reason


# The limit of messages


def test_no_more_than_a_hundred_messages_in_ten_seconds(driver):
    """Pings go before; the rest follows as time allows."""
    calls = [driver.subscribe(f"/market/candles:A-USDT_{i}min", timeout=100) for i in range(120)]
    first = driver.sent()
    assert 90 <= len(first) <= 99
    driver.ack(*first)
    due = driver.protocol.next_deadline()
    assert driver.now < due <= driver.now + 10
    driver.pass_time(5)
    assert driver.sent() == []
    driver.pass_time(due - driver.now)
    driver.ack_all()
    assert [driver.verdict(call) for call in calls] == [None] * 120


def test_the_limit_is_one_of_a_connection(driver):
    """A new one begins anew."""
    for i in range(120):
        driver.subscribe(f"/market/candles:A-USDT_{i}min", timeout=100)
    driver.sent()
    driver.lose()
    driver.connect()
    assert len(driver.sent()) >= 90


def test_pings_count_as_messages_and_are_never_held_back(driver):
    """The exchange counts them too."""
    for i in range(300):
        driver.subscribe(f"/market/candles:A-USDT_{i}min", timeout=1000)
    sent_at: list[float] = []
    while not sent_at or len(sent_at) < 300:
        sent_at += [driver.now] * len(driver.sent())
        before = driver.protocol.life.pings
        driver.pass_time(max(0.001, driver.protocol.next_deadline() - driver.now))
        sent_at += [driver.now] * (driver.protocol.life.pings - before)
        driver.say({"id": f"ping-{driver.protocol.life.pings}", "type": "pong"})
    assert max(sum(start <= at < start + 10 for at in sent_at) for start in sent_at) <= 100
