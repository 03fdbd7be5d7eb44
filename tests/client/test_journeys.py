"""Since when a request can no longer be on its way."""

import math

from kucoin_wsapi._journeys import Journeys


def test_a_frame_may_be_on_its_way_while_nothing_says_otherwise() -> None:
    """Its connection stands, and nothing that was sent later has been answered."""
    journeys = Journeys()
    journeys.answered(1, sent_at=5.0, now=5.1)

    assert journeys.quiet_since(1, sent_at=5.0) is None
    assert journeys.quiet_since(1, sent_at=6.0) is None


def test_an_answer_to_a_later_frame_ends_it() -> None:
    """The exchange reads one frame after the other."""
    journeys = Journeys()
    journeys.answered(1, sent_at=7.0, now=7.1)

    assert journeys.quiet_since(1, sent_at=6.0) == 7.1


def test_an_answer_over_another_connection_says_nothing() -> None:
    """Only frames of one connection come one after the other."""
    journeys = Journeys()
    journeys.answered(2, sent_at=7.0, now=7.1)

    assert journeys.quiet_since(1, sent_at=6.0) is None


def test_answers_that_come_out_of_order_take_nothing_back() -> None:
    """What has been overtaken stays overtaken."""
    journeys = Journeys()
    journeys.answered(1, sent_at=7.0, now=7.1)
    journeys.answered(1, sent_at=5.0, now=7.2)

    assert journeys.quiet_since(1, sent_at=6.0) == 7.1


def test_the_end_of_the_connection_ends_it() -> None:
    """What it held is gone with it."""
    journeys = Journeys()
    journeys.ended(1, now=9.0)

    assert journeys.quiet_since(1, sent_at=6.0) == 9.0


def test_what_was_never_sent_is_not_on_its_way() -> None:
    """Nor is what was sent over a connection that ended before all that are remembered."""
    journeys = Journeys()
    for generation in range(1, 1003):
        journeys.ended(generation, now=float(generation))

    assert journeys.quiet_since(None, None) == -math.inf
    assert journeys.quiet_since(1, sent_at=6.0) == -math.inf
    assert journeys.quiet_since(1002, sent_at=6.0) == 1002.0
