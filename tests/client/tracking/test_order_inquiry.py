"""What is asked about an order, and how soon: without a clock, a thread or a network."""

from __future__ import annotations

import math
from decimal import Decimal

import pytest
from attrs import evolve
from order_tales import CLIENT_OID, ORDER_ID, Tale, fresh

from kucoin_wsapi import AuthenticationError, LookUpError
from kucoin_wsapi._fill_reader import read_fills
from kucoin_wsapi._order_following import Following
from kucoin_wsapi._order_inquiry import Inquiry
from kucoin_wsapi._records import OrderName
from kucoin_wsapi.exceptions import ProtocolError

RESTS = Tale(10, made=(4,), ending="none")
BY_CLIENT_ID = OrderName("spot", "BTC-USDT", client_oid=CLIENT_OID)


def inquiry(product: str = "spot") -> Inquiry:
    """About an order of which only the client id is known, since 10 s."""
    return Inquiry(Following(fresh(product)), evolve(BY_CLIENT_ID, product=product), 10.0)


def test_an_answer_to_a_question_from_before_the_doubt_settles_nothing() -> None:
    """It was asked at 9, and the stream came at 10: what happened in between is in neither."""
    asked = inquiry()
    asked.found(RESTS.report(RESTS.moments()[1]), None, 9.0)
    assert asked.is_due(awaited=False)

    asked.found(RESTS.report(RESTS.moments()[1]), None, 10.0)

    assert not asked.is_due(awaited=False)


def test_a_stream_that_tells_of_the_order_spares_the_look_up() -> None:
    """What it tells covers what came before; not what came between its reading and the doubt."""
    asked = inquiry()
    asked.was_told(9.0)
    assert asked.is_due(awaited=False)

    asked.was_told(10.0)

    assert not asked.is_due(awaited=False)
    assert asked.is_due(awaited=True)


def test_nothing_is_asked_before_the_answer() -> None:
    """There is nothing to ask for yet."""
    asked = inquiry()
    asked.answered = False

    assert not asked.is_due(awaited=True)


def test_an_order_that_is_not_found_was_never_placed_when_that_is_certain() -> None:
    """Not before; the question must have been asked after that moment."""
    asked = inquiry()
    asked.certain_at = lambda: math.inf
    asked.found(None, None, 50.0)
    assert (asked.following.shown.state, asked.is_due(awaited=False)) == ("submitted", True)

    asked.certain_at = lambda: 60.0
    asked.found(None, None, 59.9)
    assert asked.following.shown.state == "submitted"

    asked.found(None, None, 60.0)

    assert asked.following.shown.state == "never_placed"
    assert asked.pause_after(awaited=True, streamed=False) is None


def test_an_order_that_was_accepted_and_is_not_found_is_asked_for_again() -> None:
    """It may be too new to show; it is never taken for one that was not placed."""
    asked = inquiry()
    asked.following.answered(ORDER_ID)
    asked.certain_at = lambda: 0.0
    asked.found(None, None, 20.0)

    assert asked.following.shown.state == "accepted"


def test_look_ups_become_rarer() -> None:
    """After 0.5, 1, 2, 4 and 4 seconds; every 15 beside a live stream."""
    asked = inquiry()

    assert [asked.pause(streamed=False) for _ in range(6)] == [0.5, 1.0, 2.0, 4.0, 4.0, 4.0]
    assert asked.pause(streamed=True) == 15.0


@pytest.mark.parametrize(
    ("failure", "pause"), [(AuthenticationError("no permission"), None), (LookUpError("no answer"), 0.5)]
)
def test_a_look_up_that_failed_is_repeated_unless_the_key_may_not(
    failure: Exception, pause: float | None
) -> None:
    """A refused key is not hammered."""
    asked = inquiry()
    asked.failure = failure

    assert asked.pause_after(awaited=True, streamed=False) == pause


def test_the_name_is_the_order_id_as_soon_as_that_is_certain() -> None:
    """A client id may have been used before; by order id there is one order."""
    asked = inquiry()
    assert asked.present_name() == BY_CLIENT_ID

    asked.following.update(RESTS.update(RESTS.moments()[0], "spot"))
    assert asked.present_name() == BY_CLIENT_ID

    asked.following.answered(ORDER_ID)
    assert asked.present_name() == OrderName("spot", "BTC-USDT", order_id=ORDER_ID)

    asked.doubtful_modifies = 1

    assert asked.present_name() == BY_CLIENT_ID


def test_of_two_modifies_in_doubt_each_ends_by_itself() -> None:
    """A new order is what became of one; nothing has become of the other when that is certain for both."""
    new = Tale(8, order_id="new", started=RESTS.started + 1_000_000_000, ending="none")
    asked = inquiry()
    asked.following.answered(ORDER_ID)
    asked.following.being_modified()
    asked.following.being_modified()
    asked.doubt_modify(lambda: 40.0)
    asked.doubt_modify(lambda: 30.0)
    asked.found(new.report(new.moments()[1]), None, 20.0)
    assert asked.following.shown.order_id == "new"
    assert (asked.following.replacing, asked.is_due(awaited=False)) == (1, True)

    asked.found(new.report(new.moments()[1]), None, 39.0)
    assert asked.following.replacing == 1

    asked.found(new.report(new.moments()[1]), None, 40.0)

    assert (asked.following.replacing, asked.is_due(awaited=False)) == (0, False)


def test_the_order_itself_is_not_what_became_of_a_modify_in_doubt() -> None:
    """It was not known yet: its own answer was lost too."""
    asked = inquiry()
    asked.following.being_modified()
    asked.doubt_modify(lambda: 40.0)
    asked.found(RESTS.report(RESTS.moments()[1]), None, 20.0)

    assert (asked.following.replacing, asked.is_due(awaited=False)) == (1, True)


def test_fills_that_do_not_come_are_not_asked_for_for_ever() -> None:
    """Six times; a fill that is missed later begins anew."""
    report = RESTS.report(RESTS.moments()[2])
    asked = inquiry()
    times = 0
    asked.found(report, None, 20.0)
    while asked.lacks_fills:
        asked.found(report, None, 20.0)
        times += 1

    assert times == 6
    record = {"tradeId": 7001, "price": "102", "size": "4", "fee": "1", "feeCurrency": "USDT"}
    asked.found(report, read_fills([record]), 20.0)
    assert asked.following.shown.unseen_size == 0


def test_fills_of_the_unified_account_are_not_asked_for() -> None:
    """REST has none."""
    asked = inquiry("uta")
    asked.found(RESTS.report(RESTS.moments()[2]), None, 20.0)

    assert asked.following.shown.unseen_size == 4
    assert not asked.lacks_fills


def test_records_of_fills_are_read_in_the_order_of_their_ids() -> None:
    """Trade ids are numbers on spot and text on futures; the fee is the sum, if each tells it in one currency."""
    old = {
        "tradeId": 5,
        "price": "100",
        "size": "1",
        "liquidity": "maker",
        "fee": "0.1",
        "feeCurrency": "USDT",
    }
    new = {**old, "tradeId": "11", "forceTaker": True}
    found = read_fills([new, old])

    assert [fill.trade_id for fill in found.fills] == ["5", "11"]
    assert [(fill.liquidity, fill.fee_type) for fill in found.fills] == [
        ("maker", "maker"),
        ("maker", "taker"),
    ]
    assert (found.fee, found.fee_currency) == (Decimal("0.2"), "USDT")
    assert read_fills([old, {**new, "feeCurrency": "KCS"}]).fee is None
    assert read_fills([old, {**new, "fee": None}]).fee is None
    assert read_fills([]).fills == ()


@pytest.mark.parametrize("broken", [{}, {"tradeId": "x"}, {"tradeId": 5, "price": "1"}, {"tradeId": None}])
def test_a_record_that_is_none_of_a_fill_makes_no_sense(broken: dict[str, object]) -> None:
    """And is said to."""
    with pytest.raises(ProtocolError, match="makes no sense"):
        read_fills([broken])
