"""What is left of the rate limits: as reported, as used since, and after a refusal."""

from __future__ import annotations

import time
from random import Random

import pytest

from kucoin_wsapi._quotas import Quotas, pool_of, weight_of
from kucoin_wsapi.reports import Quota
from kucoin_wsapi.responses import RateLimit


@pytest.mark.parametrize(
    ("op", "pool", "weight"),
    [
        ("spot.order", "spot", 1),
        ("spot.sync_order", "spot", 1),
        ("spot.modify", "spot", 1),
        ("spot.cancel", "spot", 1),
        ("spot.sync_cancel", "spot", 1),
        ("margin.order", "spot", 2),
        ("margin.cancel", "spot", 2),
        ("futures.order", "futures", 2),
        ("futures.cancel", "futures", 1),
        ("futures.multi_order", "futures", 20),
        ("futures.multi_cancel", "futures", 20),
        ("uta.order", "uta", 1),
        ("uta.cancel", "uta", 1),
        ("uta.amend", "uta", 2),
        ("spot.newer", "spot", 1),
        ("newer.order", None, 1),
    ],
)
def test_pools_and_weights_are_as_documented(op: str, pool: str | None, weight: int) -> None:
    """KuCoin documentation, the table of each operation; margin draws on the pool of spot."""
    assert (pool_of(op), weight_of(op)) == (pool, weight)


def room_at(quotas: Quotas, pool: str, weight: int = 1, *, is_cancel: bool = False) -> float:
    return quotas.allowed_at(pool, weight, is_cancel=is_cancel)


def test_before_any_report_the_lowest_tier_is_assumed() -> None:
    """4000 in 30 s for spot, of which orders get 95 %; the window begins with the first request."""
    quotas = Quotas()
    sent = 0
    while room_at(quotas, "spot") <= 100:
        quotas.charge("spot", 1, 100)
        sent += 1

    assert sent == 3800
    assert room_at(quotas, "spot") == 130
    assert room_at(quotas, "spot", is_cancel=True) == 0
    assert room_at(quotas, "futures") == 0
    assert quotas.known() == {}


def test_the_kept_share_is_for_cancels_and_ends_too() -> None:
    """All 4000 and no more."""
    quotas = Quotas()
    for _ in range(4000):
        quotas.charge("spot", 1, 100)
    assert room_at(quotas, "spot", is_cancel=True) == 130


def test_at_the_end_of_the_window_the_whole_quota_is_back() -> None:
    """And a new window begins with the next request."""
    quotas = Quotas()
    quotas.charge("uta", 200, 100)
    assert room_at(quotas, "uta") == 103
    quotas.charge("uta", 1, 104)
    assert room_at(quotas, "uta") == 0
    quotas.charge("uta", 199, 105)
    assert room_at(quotas, "uta") == 107


def test_what_is_reported_counts_more_than_what_we_counted() -> None:
    """Limit, rest and end of the window; in both directions."""
    quotas = Quotas()
    position = quotas.charge("futures", 2, 100)

    quotas.reported("futures", RateLimit(16_000, 15_999, 5_000), 100, position)
    quotas.charge("futures", 15_198, 100)
    assert room_at(quotas, "futures") == 0
    quotas.charge("futures", 2, 100)
    assert room_at(quotas, "futures") == 105

    quotas.reported("futures", RateLimit(16_000, 10, 4_000), 101, quotas.charge("futures", 2, 101))
    assert room_at(quotas, "futures", is_cancel=True) == 0
    assert room_at(quotas, "futures", 20, is_cancel=True) == 105


def test_what_was_sent_after_the_reported_request_is_added() -> None:
    """Whatever the order in which the answers come."""
    quotas = Quotas()
    positions = [quotas.charge("uta", 1, 100) for _ in range(50)]
    reports = [(position, RateLimit(100, 100 - position, 3000)) for position in positions]
    Random(1).shuffle(reports)
    for position, report in reports:
        quotas.reported("uta", report, 100, position)
        quotas.charge("uta", 44, 100)
        assert room_at(quotas, "uta") <= 100
        quotas.charge("uta", 1, 100)
        assert room_at(quotas, "uta", 2) == 103
        quotas = _again(positions)


def _again(positions: list[int]) -> Quotas:
    quotas = Quotas()
    for _ in positions:
        quotas.charge("uta", 1, 100)
    return quotas


def test_a_report_of_a_window_that_is_over_changes_the_limit_only() -> None:
    """It was long on its way."""
    quotas = Quotas()
    quotas.reported("spot", RateLimit(50, 0, 0), 100, None)
    assert room_at(quotas, "spot") <= 100
    quotas.charge("spot", 48, 100)
    assert room_at(quotas, "spot") == 130


def test_a_refusal_stops_the_pool_until_it_is_reset() -> None:
    """Cancels too: the exchange would refuse them as well."""
    quotas = Quotas()
    quotas.refused("spot", 15.244, 100)
    assert room_at(quotas, "spot") == pytest.approx(115.244)
    assert room_at(quotas, "spot", is_cancel=True) == pytest.approx(115.244)
    assert room_at(quotas, "futures") == 0


def test_refusals_that_name_no_time_stop_it_longer_and_longer() -> None:
    """1 s, doubling up to 10 s, until a request passes."""
    quotas = Quotas()
    pauses = []
    for _ in range(6):
        quotas.refused("spot", None, 100)
        pauses.append(room_at(quotas, "spot") - 100)
    assert pauses == [1, 2, 4, 8, 10, 10]

    quotas.passed("spot")
    quotas.refused("spot", None, 200)
    assert room_at(quotas, "spot") == 201


def test_known_are_the_pools_that_were_reported() -> None:
    """As of now: with what we sent since, and whole again after the end of the window."""
    quotas = Quotas()
    now = time.monotonic()
    quotas.reported("futures", RateLimit(2000, 1998, 60_000), now, quotas.charge("futures", 2, now))
    quotas.charge("futures", 20, now)
    quotas.reported("spot", RateLimit(4000, 7, 5_000), now - 6)

    known = quotas.known()
    assert set(known) == {"futures", "spot"}
    assert known["spot"] == Quota(4000, 4000, 0.0)
    futures = known["futures"]
    assert (futures.limit, futures.remaining) == (2000, 1978)
    assert 0 < futures.reset_after <= 60
