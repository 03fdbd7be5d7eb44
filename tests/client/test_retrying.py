"""Whether a refused login is tried again, and when."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kucoin_wsapi._retrying import LoginVerdict, RetrySchedule, judge_login_code
from kucoin_wsapi.options import Backoff

FATAL, RESYNC, RETRY = LoginVerdict.FATAL, LoginVerdict.RESYNC, LoginVerdict.RETRY


def schedule(chance: float = 0.5, now: float = 1000.0) -> RetrySchedule:
    """A full bucket at ``now``, and a die that always falls on ``chance``."""
    made = RetrySchedule(Backoff(), lambda: chance)
    made.next_allowed(now)
    return made


@pytest.mark.parametrize(
    ("verdict", "codes"),
    [
        (RESYNC, "400002"),
        (RETRY, "400012 408000 420001 420002 429000 429001 429002"),
        (RETRY, "500000 501000 503000 504000 505000 599999"),
        (FATAL, "400001 400003 400004 400005 400006 400007 400008 400009 400010 400011"),
        (
            FATAL,
            "400100 400101 400102 4001002 400200 400201 400202 400301 400302 400303 400304 400400 400401",
        ),
        (FATAL, "404000 411100 411200 415000 112010 200000 300000 999999 1015"),
        (FATAL, "5 42 50000 5000000 42900 4290001 0 -1 welcome"),
    ],
)
def test_the_code_of_a_refused_login_decides(verdict, codes):
    """Only what passes by itself is retried; an unknown code is fatal, so that a key is never hammered."""
    assert {code: judge_login_code(code) for code in codes.split()} == dict.fromkeys(codes.split(), verdict)


def test_an_empty_code_is_fatal():
    """As any code that nobody knows."""
    assert judge_login_code("") is FATAL


def test_the_delay_doubles_up_to_the_cap():
    """With the die at its highest: 0.25 s, doubling, never above 10 s."""
    delays = [schedule(1.0).backoff.delay(failures, lambda: 1.0) for failures in range(9)]

    assert delays == [0.25, 0.5, 1, 2, 4, 8, 10, 10, 10]


def test_a_thousand_failures_do_not_overflow_the_delay():
    """A client may be without a connection for days."""
    assert Backoff().delay(100_000, lambda: 1.0) == 10


@settings(derandomize=True, max_examples=100, deadline=None)
@given(st.lists(st.floats(0, 1, exclude_max=True), min_size=1, max_size=12))
def test_the_delay_is_full_jitter(dice):
    """Anywhere between nothing and the envelope, as the die falls, so that clients do not come back in step."""
    falls = iter(dice)
    retry = RetrySchedule(Backoff(), lambda: next(falls))
    now = 0.0
    for failures, die in enumerate(dice):
        assert retry.next_after_failure(now) == pytest.approx(now + die * min(10, 0.25 * 2**failures))
        now += 60


def test_a_welcome_resets_the_delay():
    """The next failure starts from the beginning."""
    retry = schedule(1.0)
    for _ in range(5):
        retry.next_after_failure(1000)
    retry.succeeded()

    assert retry.next_after_failure(1000) == 1000.25


def test_after_a_loss_the_next_attempt_may_start_at_once():
    """As long as the bucket holds."""
    assert schedule().next_allowed(1000) == 1000


def attempts_within(minutes: float, *, lost_after: float, chance: float, fails: bool) -> list[float]:
    """The times of all attempts of a client whose every attempt ends after ``lost_after`` seconds."""
    retry, now, times = schedule(chance, now=0.0), 0.0, []
    while now < minutes * 60:
        retry.started(now)
        times.append(now)
        now += lost_after
        if fails:
            now = retry.next_after_failure(now)
        else:
            retry.succeeded()
            now = retry.next_allowed(now)
    return times


@pytest.mark.parametrize("fails", [True, False], ids=["before the welcome", "after the welcome"])
@pytest.mark.parametrize("lost_after", [0.0, 0.01, 0.5])
def test_no_minute_sees_more_than_thirty_attempts(lost_after, fails):
    """KuCoin's limit on new connections, for a server that drops or refuses everything at once."""
    times = attempts_within(10, lost_after=lost_after, chance=0.0, fails=fails)

    assert len(times) > 100, "it goes on trying"
    for index, first in enumerate(times):
        assert sum(first <= later < first + 60 for later in times[index:]) <= 30


def test_the_first_losses_in_a_row_are_retried_at_once():
    """The bucket is there for storms, not for a bad minute."""
    times = attempts_within(0.2, lost_after=0.01, chance=0.5, fails=False)

    assert max(later - earlier for earlier, later in itertools.pairwise(times[:15])) < 0.02


def test_the_bucket_does_not_fill_beyond_its_size():
    """A quiet day earns no storm."""
    retry = schedule()
    retry.next_allowed(100_000)
    started = 0
    while retry.next_allowed(100_000) == 100_000:
        retry.started(100_000)
        started += 1

    assert started == 15
