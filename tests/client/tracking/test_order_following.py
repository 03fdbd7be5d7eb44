"""Which order a handle shows: ids that come late, client ids that are used again, modifies."""

from __future__ import annotations

from typing import Any

import pytest
from order_tales import ORDER_ID, START, Tale, fresh

from kucoin_wsapi import OrderUpdate
from kucoin_wsapi._order_following import Following

NEW_ID = "6720ecd9ec71f4000747731b"
OLD = Tale(10, ending="canceled")
NEW = Tale(8, order_id=NEW_ID, started=START + 5_000_000_000, ending="canceled")


def update(tale: Tale, event: str) -> OrderUpdate:
    """What the stream says of the first such event."""
    return tale.update(next(one for one in tale.moments() if one.event == event), "spot")


def following(**fields: Any) -> Following:
    """A handle of the old order, which rests, by its client id."""
    followed = Following(fresh(), **fields)
    followed.answered(ORDER_ID)
    followed.update(update(OLD, "open"))
    return followed


def test_updates_before_the_answer_are_found_by_the_client_id() -> None:
    """They may come first, on another socket."""
    followed = Following(fresh())
    followed.update(update(OLD, "open"))
    followed.answered(ORDER_ID)

    assert (followed.shown.state, followed.shown.order_id) == ("resting", ORDER_ID)


def test_an_older_order_with_the_same_client_id_yields_to_the_answer() -> None:
    """Its last update was late; what was heard of the right one meanwhile counts."""
    followed = Following(fresh())
    followed.update(update(OLD, "canceled"))
    followed.update(update(NEW, "open"))
    followed.answered(NEW_ID)

    assert (followed.shown.state, followed.shown.order_id) == ("resting", NEW_ID)
    assert followed.shown.previous is None


def test_an_older_order_with_the_same_client_id_yields_to_a_look_up() -> None:
    """REST finds the newest one of a client id."""
    followed = Following(fresh())
    followed.update(update(OLD, "canceled"))
    followed.report(NEW.report(NEW.moments()[1]))

    assert (followed.shown.state, followed.shown.order_id) == ("resting", NEW_ID)


def test_a_client_id_that_is_used_again_is_not_followed() -> None:
    """It may be any other order; the handle names it."""
    followed = following()
    followed.update(update(OLD, "canceled"))
    followed.update(update(NEW, "open"))

    assert (followed.shown.state, followed.shown.order_id) == ("cancelled", ORDER_ID)
    assert followed.shown.replaced_by == NEW_ID


def test_a_refused_order_is_not_the_one_that_has_its_client_id() -> None:
    """What the stream tells is of another one."""
    error = RuntimeError("refused")
    followed = Following(fresh())
    followed.update(update(OLD, "open"))
    followed.never_placed(error)
    followed.update(update(OLD, "canceled"))

    assert (followed.shown.state, followed.shown.error) == ("never_placed", error)
    assert followed.shown.order_id is None


STEPS = {
    "old cancelled": lambda followed: followed.update(update(OLD, "canceled")),
    "new open": lambda followed: followed.update(update(NEW, "open")),
    "answer": lambda followed: followed.modified(NEW_ID),
    "late open": lambda followed: followed.update(update(OLD, "open")),
}


@pytest.mark.parametrize(
    "order",
    [
        ["old cancelled", "new open", "answer"],
        ["old cancelled", "answer", "new open"],
        ["answer", "old cancelled", "new open"],
        ["answer", "new open", "old cancelled"],
        ["new open", "old cancelled", "answer"],
        ["new open", "answer", "old cancelled"],
        ["new open", "answer", "late open", "old cancelled"],
        ["old cancelled", "new open", "answer", "old cancelled", "late open"],
    ],
)
def test_a_handle_by_client_id_follows_a_modify(order: list[str]) -> None:
    """Whatever comes first, it is never shown as cancelled on the way."""
    followed = following()
    followed.being_modified()
    for step in order:
        STEPS[step](followed)
        assert followed.shown.is_live

    shown = followed.shown
    assert (shown.state, shown.order_id, shown.size, shown.replaced_by) == ("resting", NEW_ID, 8, None)
    assert shown.previous is not None
    assert (shown.previous.state, shown.previous.order_id) == ("cancelled", ORDER_ID)
    assert shown.previous.replaced_by == NEW_ID


def test_a_handle_by_order_id_stays_and_names_the_new_order() -> None:
    """It shows the old one cancelled."""
    followed = Following(fresh(order_id=ORDER_ID), by_order_id=True, confirmed=True)
    followed.being_modified()
    for step in ("old cancelled", "new open", "answer"):
        STEPS[step](followed)

    assert (followed.shown.state, followed.shown.order_id) == ("cancelled", ORDER_ID)
    assert followed.shown.replaced_by == NEW_ID


def test_a_modify_that_leaves_nothing_to_order_ends_the_order() -> None:
    """The cancel that was held back is shown."""
    followed = following()
    followed.being_modified()
    followed.update(update(OLD, "canceled"))
    assert followed.shown.state == "resting"

    followed.modified(None)

    assert followed.shown.state == "cancelled"


def test_two_modifies_one_after_the_other_are_both_followed() -> None:
    """Each keeps what it was before."""
    third = Tale(7, order_id="third", started=START + 9_000_000_000)
    followed = following()
    followed.being_modified()
    followed.being_modified()
    followed.update(update(NEW, "open"))
    followed.modified(NEW_ID)
    followed.update(update(NEW, "canceled"))
    assert followed.shown.is_live

    followed.update(update(third, "open"))
    followed.modified("third")

    assert (followed.shown.order_id, followed.shown.state) == ("third", "resting")
    assert followed.shown.previous is not None
    assert followed.shown.previous.previous is not None


def test_what_is_told_late_of_an_order_before_the_last_one_moves_nothing_back() -> None:
    """Of the new order nothing is known yet but its id, and another modify is on its way."""
    followed = following()
    followed.being_modified()
    followed.being_modified()
    followed.being_modified()
    followed.modified(NEW_ID)
    followed.modified("third")
    followed.update(update(OLD, "open"))

    assert (followed.shown.order_id, followed.shown.state) == ("third", "accepted")


def test_a_fill_that_was_told_late_belongs_to_the_order_before() -> None:
    """The new one has filled nothing."""
    old = Tale(10, made=(3,), ending="canceled")
    followed = following()
    followed.being_modified()
    followed.update(update(NEW, "open"))
    followed.modified(NEW_ID)
    followed.update(update(old, "match"))

    assert followed.shown.filled_size == 0
    assert followed.shown.previous is not None
    assert followed.shown.previous.filled_size == 3


@pytest.mark.parametrize("heard", [True, False])
def test_an_answer_that_is_later_than_that_to_a_modify_moves_nothing_back(heard: bool) -> None:
    """The request was answered late; it says what the order was before."""
    followed = Following(fresh())
    if heard:
        followed.update(update(OLD, "open"))
    followed.being_modified()
    followed.modified(NEW_ID)
    followed.update(update(NEW, "open"))
    is_it = followed.answered(ORDER_ID, symbol="BTC-USDT")

    assert not is_it
    assert (followed.shown.order_id, followed.shown.state) == (NEW_ID, "resting")
    assert followed.shown.previous is not None
    assert (followed.shown.previous.order_id, followed.shown.previous.state) == (ORDER_ID, "cancelled")


def test_a_modify_whose_answer_is_later_than_the_next_order_moves_nothing_back() -> None:
    """The stream was faster than the answers."""
    third = Tale(7, order_id="third", started=START + 9_000_000_000)
    followed = following()
    followed.being_modified()
    followed.being_modified()
    followed.update(update(NEW, "open"))
    followed.update(update(third, "open"))
    followed.modified(NEW_ID)

    assert (followed.shown.order_id, followed.shown.state) == ("third", "resting")

    followed.modified("third")

    assert (followed.shown.order_id, followed.shown.state, followed.replacing) == ("third", "resting", 0)


THIRD = Tale(7, order_id="third", started=START + 9_000_000_000, ending="canceled")
ANSWERS = {
    "first": lambda followed: followed.modified(NEW_ID, 1),
    "second": lambda followed: followed.modified("third", 2),
    "second open": lambda followed: followed.update(update(NEW, "open")),
    "second cancelled": lambda followed: followed.update(update(NEW, "canceled")),
    "third open": lambda followed: followed.update(update(THIRD, "open")),
}


@pytest.mark.parametrize(
    "order",
    [
        ["second", "first", "second open", "second cancelled", "third open"],
        ["second", "second open", "second cancelled", "third open", "first"],
        ["second", "third open", "second open", "first", "second cancelled"],
        ["second open", "second", "second cancelled", "first", "third open"],
    ],
)
def test_answers_to_modifies_in_another_order_than_they_were_sent_in_lead_to_the_last_one(
    order: list[str],
) -> None:
    """Whatever is told in between, it is never shown as cancelled on the way."""
    followed = following()
    numbers = [followed.being_modified() for _ in range(2)]
    for step in order:
        ANSWERS[step](followed)
        assert followed.shown.is_live

    assert numbers == [1, 2]
    assert (followed.shown.order_id, followed.shown.state) == ("third", "resting")


def test_modifies_that_were_executed_in_another_order_than_they_were_sent_in_are_told_by_their_times() -> (
    None
):
    """Two threads have sent them."""
    followed = following()
    followed.being_modified()
    followed.being_modified()
    followed.modified(NEW_ID, 2)
    followed.modified("third", 1)
    for name in ("second open", "third open", "second cancelled"):
        ANSWERS[name](followed)

    assert (followed.shown.order_id, followed.shown.state) == ("third", "resting")
