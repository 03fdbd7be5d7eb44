"""An order and its news: late, twice, never, in any order; what is shown never goes back, and ends in the truth."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from order_tales import Moment, Tale, average, fresh

from kucoin_wsapi import Fill, OrderReport, TrackedOrder
from kucoin_wsapi._order_life import with_fills, with_report, with_state, with_update
from kucoin_wsapi._order_readers import futures_order, spot_order

RANKS = {"submitted": 0, "accepted": 1, "resting": 2, "filled": 3, "cancelled": 3, "never_placed": 3}


def heard(tale: Tale, *names: str, dialect: str = "spot") -> TrackedOrder:
    """The order after these events of its life, in the order given; a number tells one of several."""
    order = fresh()
    for name in names:
        event, _, number = name.partition("#")
        found = [moment for moment in tale.moments() if moment.event == event]
        order = with_update(order, tale.update(found[int(number or 1) - 1], dialect))
    return order


TAKER = Tale(10, taken=(4, 6))
RESTS = Tale(10, taken=(3,), made=(), ending="canceled")


@pytest.mark.parametrize(
    ("tale", "names", "state", "filled"),
    [
        (TAKER, ["received"], "accepted", 0),
        (TAKER, ["received", "match"], "accepted", 4),
        (TAKER, ["match", "received"], "accepted", 4),
        (TAKER, ["match#2"], "filled", 10),
        (TAKER, ["filled", "received"], "filled", 10),
        (TAKER, ["filled", "match", "match#2"], "filled", 10),
        (RESTS, ["open"], "resting", 3),
        (RESTS, ["open", "match"], "resting", 3),
        (RESTS, ["canceled", "open"], "cancelled", 3),
        (RESTS, ["canceled", "match", "received"], "cancelled", 3),
        (Tale(10, made=(10,)), ["filled", "open"], "filled", 10),
        (Tale(10, part_cancelled=4, made=(6,)), ["update"], "resting", 0),
        (Tale(10, part_cancelled=4, made=(6,)), ["update", "match"], "resting", 6),
        (Tale(10, part_cancelled=4, made=(6,)), ["filled", "update"], "filled", 6),
    ],
)
@pytest.mark.parametrize("dialect", ["spot", "futures"])
def test_the_news_that_tells_most_counts(
    tale: Tale, names: list[str], state: str, filled: int, dialect: str
) -> None:
    """Whatever comes after it; V1's words are in 5.9 of KuCoin's "Order V2"."""
    order = heard(tale, *names, dialect=dialect)

    assert (order.state, order.filled_size) == (state, filled)


def test_the_last_fill_ends_an_order_even_if_the_end_is_never_told() -> None:
    """What is wholly filled is filled."""
    assert heard(TAKER, "match", "match#2").state == "filled"


def test_an_update_that_ends_an_order_in_part_filled_leaves_it_cancelled() -> None:
    """Self-trade prevention: the rest is gone, and the size that it tells is what was filled."""
    data = Tale(10, taken=(4,)).moments()
    update = Tale(10, taken=(4,))._v1(Moment("update", "done", 9, 4, 6, False), "futures")
    order = with_update(fresh("futures"), Tale(10).update(data[1], "futures"))
    ended = with_update(order, futures_order(update, "", ""))

    assert (ended.state, ended.filled_size, ended.size, ended.canceled_size) == ("cancelled", 4, 10, 6)


def test_an_order_of_which_only_its_end_is_heard_is_cancelled_all_the_same() -> None:
    """What it tells as its size is what was filled, and the rest is gone."""
    update = Tale(10)._v1(Moment("update", "done", 9, 4, 6, False), "futures")

    assert with_update(fresh("futures"), futures_order(update, "", "")).state == "cancelled"


def test_a_fill_that_comes_twice_counts_once() -> None:
    """By its trade id."""
    order = heard(TAKER, "match", "match", "match#2", "match")

    assert [fill.trade_id for fill in order.fills] == ["7001", "7002"]
    assert order.unseen_size == 0


def test_what_is_no_news_leaves_the_very_same_order() -> None:
    """So that nobody is told of a change that is none."""
    order = heard(TAKER, "received", "match")

    update = TAKER.update(TAKER.moments()[1], "spot")

    assert with_update(order, update) is order


def test_fills_that_were_missed_are_a_difference_in_size() -> None:
    """The stream's total is right; one of its fills is not there."""
    order = heard(TAKER, "match#2")

    assert (order.filled_size, order.unseen_size, order.average_price) == (10, 4, None)


def test_the_average_is_exact_when_every_fill_is_known() -> None:
    """4 at 101 and 6 at 102, by price and size."""
    order = heard(TAKER, "match", "match#2")

    assert order.average_price == Decimal("101.6")


def test_the_average_of_an_inverse_contract_is_by_value() -> None:
    """A lot is a dollar: 1 at 50 and 1 at 100 cost 0.02 and 0.01 coins, 2 lots for 0.03."""
    fills = [
        Fill(price=Decimal(price), size=Decimal(1), trade_id=str(price), liquidity=None, fee_type=None)
        for price in (50, 100)
    ]
    order = with_fills(fresh("futures", symbol="XBTUSDM"), fills)

    assert order.average_price is not None
    assert round(order.average_price, 6) == Decimal("66.666667")


def test_looked_up_fills_join_those_that_were_seen() -> None:
    """REST has all of them; none is there twice, and the fee is that of all."""
    missed = Fill(price=Decimal(101), size=Decimal(4), trade_id="7001", liquidity="taker", fee_type="taker")
    order = heard(TAKER, "match#2")
    order = with_fills(order, [missed, *order.fills], Decimal("0.5"), "USDT")

    assert (order.unseen_size, len(order.fills), order.average_price) == (0, 2, Decimal("101.6"))
    assert (order.fee, order.fee_currency) == (Decimal("0.5"), "USDT")


def test_a_fee_is_known_for_what_is_filled_by_now_only() -> None:
    """One that was told before the next fill is not the fee any more."""
    tale = Tale(10, made=(4, 6))
    moments = tale.moments()
    order = with_report(fresh(), tale.report(moments[2]))
    later = with_update(order, tale.update(moments[3], "spot"))

    assert (order.fee, order.fee_currency) == (4, "USDT")
    assert (later.fee, later.fee_currency) == (None, None)


def test_an_amended_order_has_the_price_and_size_that_were_told_last() -> None:
    """Of a unified account: by the exchange's time, not by ours."""
    first, second = Tale(10), Tale(6, started=Tale(10).started)
    late, early = second.update(second.moments()[1], "pro"), first.update(first.moments()[0], "pro")
    order = with_update(with_update(fresh("uta"), late), early)

    assert order.size == 6


def test_an_order_that_shows_up_after_all_was_placed() -> None:
    """What was concluded from silence yields to what the exchange says."""
    order = with_state(fresh(), "never_placed")

    assert with_update(order, TAKER.update(TAKER.moments()[0], "spot")).state == "accepted"


def test_a_status_of_a_later_release_tells_that_the_order_is_there() -> None:
    """And moves nothing back."""
    data = {**RESTS._v1(RESTS.moments()[0], "spot"), "status": "suspended", "type": "suspended"}
    unknown = spot_order(data, "", "")

    assert with_update(fresh(), unknown).state == "accepted"
    assert with_update(heard(RESTS, "open"), unknown).state == "resting"


@st.composite
def tales(draw: st.DrawFn) -> Tale:
    """Some order's life."""
    size = draw(st.integers(1, 12))
    fills = st.lists(st.integers(1, 5), max_size=4)
    return Tale(
        size,
        taken=draw(fills),
        made=draw(fills),
        part_cancelled=draw(st.integers(0, 4)),
        ending=draw(st.sampled_from(["filled", "canceled"])),
    )


@st.composite
def tellings(draw: st.DrawFn) -> tuple[Tale, list[Any]]:
    """A life, and what was heard of it: shuffled, with repetitions and gaps, the end told somewhere."""
    tale = draw(tales())
    moments = tale.moments()
    dialect = draw(st.sampled_from(["spot", "pro"]))
    news: list[Any] = [tale.update(moment, dialect) for moment in moments]
    news += [tale.report(moment) for moment in moments]
    chosen = draw(st.lists(st.sampled_from(news), max_size=12))
    end = draw(st.sampled_from([news[len(moments) - 1], news[-1]]))
    return tale, draw(st.permutations([*chosen, end]))


def told(order: TrackedOrder, news: Any) -> TrackedOrder:
    """The order after one piece of news."""
    return with_report(order, news) if isinstance(news, OrderReport) else with_update(order, news)


@settings(max_examples=250, derandomize=True, deadline=None)
@given(tellings())
def test_what_is_shown_never_goes_back_and_ends_in_the_truth(telling: tuple[Tale, list[Any]]) -> None:
    """However the news come: updates of either generation, and records of REST of any moment."""
    tale, news = telling
    truth = tale.moments()[-1]
    order = fresh()
    for one in news:
        before, order = order, told(order, one)
        assert RANKS[order.state] >= RANKS[before.state]
        assert not before.is_done or order.state == before.state
        assert order.filled_size >= before.filled_size
        assert (order.canceled_size or 0) >= (before.canceled_size or 0)
        assert order.fills[: len(before.fills)] == before.fills
        assert 0 <= order.unseen_size <= order.filled_size
        assert told(order, one) is order

    assert order.state == ("filled" if truth.event == "filled" else "cancelled")
    assert (order.filled_size, order.size, order.canceled_size) == (truth.filled, tale.size, truth.canceled)
    assert order.average_price in (average(truth), None)
    assert order.average_price is not None or order.unseen_size > 0 or not truth.filled


@settings(max_examples=120, derandomize=True, deadline=None)
@given(tellings(), st.randoms(use_true_random=False))
def test_the_order_of_the_news_does_not_matter(telling: tuple[Tale, list[Any]], random: Any) -> None:
    """The same news, shuffled, tell the same, but for the order of the fills."""
    _, news = telling
    shuffled = list(news)
    random.shuffle(shuffled)
    one, other = fresh(), fresh()
    for first, second in zip(news, shuffled, strict=True):
        one, other = told(one, first), told(other, second)

    assert (one.state, one.filled_size, one.canceled_size) == (
        other.state,
        other.filled_size,
        other.canceled_size,
    )
    assert set(one.fills) == set(other.fills)
    assert (one.average_price is None) == (other.average_price is None)
