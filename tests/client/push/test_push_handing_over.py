"""How the updates of one read leave the protocol: together, and in their place between the answers."""

from __future__ import annotations

import json

import pytest
from push_server import message, number_of
from push_walk import SPOT, Driver

from kucoin_wsapi._actions import Action, Deliver, SettleSubscription
from kucoin_wsapi._push_messages import Accepted, parse_push

A = "/market/ticker:A-USDT"
B = "/market/ticker:B-USDT"


@pytest.fixture
def driver() -> Driver:
    """One that is connected, with one subscription."""
    driver = Driver().connect()
    driver.subscribe(A)
    driver.ack_all()
    return driver


def read(driver: Driver, *numbers: int) -> list[Action]:
    """What follows from updates; it is not performed yet, as while one read is being dealt with."""
    pushes = [parse_push(json.dumps(message(SPOT, A, number))) for number in numbers]
    return driver.protocol.receive(pushes, driver.now, 1742175983)


def told(driver: Driver) -> list[int]:
    return [number_of(update) for update in driver.updates]


def test_the_updates_of_one_read_are_handed_over_together(driver):
    """Each alone would cost about as much as its decoding."""
    actions = read(driver, 1, 2, 3)

    assert [type(action) for action in actions] == [Deliver]
    driver.perform(actions)
    assert told(driver) == [1, 2, 3]


def test_what_was_handed_over_does_not_grow(driver):
    """The thread of the handlers may be in the middle of it."""
    (first,) = read(driver, 1)
    assert isinstance(first, Deliver)
    driver.perform(read(driver, 2))

    assert [number_of(update) for update in first.updates] == [1]
    assert told(driver) == [2]


def test_an_update_after_an_answer_is_handed_over_after_it(driver):
    """Who waits for the answer is told before the handlers are."""
    driver.subscribe(B)
    (request,) = driver.sent()
    first, second = (parse_push(json.dumps(message(SPOT, A, number))) for number in (1, 2))
    actions = driver.protocol.receive([first, Accepted(request["id"]), second], driver.now, 1742175983)

    assert [type(action) for action in actions] == [Deliver, SettleSubscription, Deliver]


def test_what_a_crash_kept_from_the_handlers_holds_up_nothing(driver):
    """The next connection begins anew."""
    read(driver, 1)
    driver.lose()
    driver.connect()
    driver.perform(read(driver, 2))

    assert told(driver) == [2]
