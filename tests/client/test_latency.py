"""How long requests took: counted in bounded memory, told by operation and key."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure

from kucoin_wsapi import InsufficientFundsError, LatencyReport, RejectedError, WebsocketAPIClient, WsKey
from kucoin_wsapi._histogram import Histogram
from kucoin_wsapi._latencies import Latencies
from kucoin_wsapi.responses import WSAPIResponse
from kucoin_wsapi.sandbox import Sandbox

SPOT = WsKey.WS_API_SPOT_V1
RESTING = {"symbol": "BTC-USDT", "side": "buy", "type": "limit", "price": "20000", "size": "0.001"}


def answer(op: str = "spot.order", *, queued: float = 0.001, round_trip: float = 0.01, **fields: object):
    """An answer to a request that was made at 100 s."""
    times = {"submitted_at": 100.0, "sent_at": 100.0 + queued, "received_at": 100.0 + queued + round_trip}
    facts = {"id": "r1", "op": op, "code": "200000", "msg": None, "data": None, "rate_limit": None}
    facts |= {"ws_key": SPOT, "request": None, "raw": {}, "in_time": None, "out_time": None}
    return WSAPIResponse(**facts | times | fields)


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=200), st.sampled_from([0.5, 0.9, 0.99, 1.0]))
def test_a_quantile_is_at_most_a_32nd_above_the_truth(times, share):
    """Or a microsecond; never below it, and never above the longest."""
    histogram = Histogram()
    histogram.add_all(times)
    truth = sorted(times)[math.ceil(share * len(times)) - 1]

    quantile = histogram.quantile(share)

    assert truth * (1 - 1e-9) <= quantile <= truth * (1 + 1 / 32) + 1.001e-6
    assert quantile <= max(times) == histogram.largest
    assert histogram.count == len(times) == sum(count for _, count in histogram.bars())


@pytest.mark.parametrize("seconds", [-1.0, math.nan, math.inf, 1e300, -math.inf, 0.0])
def test_a_time_that_is_none_is_counted_without_harm(seconds):
    """Clocks of others go backwards."""
    histogram = Histogram()
    histogram.add_all([seconds])

    assert histogram.count == 1
    assert histogram.quantile(0.5) >= 0


def test_nothing_was_counted_yet():
    """No number is made up."""
    assert math.isnan(Histogram().quantile(0.5))
    assert list(Latencies().report()) == []
    assert str(Latencies().report()).startswith("operation")


def test_memory_is_bounded_whatever_comes():
    """A million different times, and operations without end."""
    histogram = Histogram()
    histogram.add_all([number * 1.37e-5 for number in range(1_000_000)])
    assert len(histogram.bars()) < 700

    latencies = Latencies()
    for number in range(500):
        latencies.answered(answer(f"made.up{number}"))
    assert len(latencies.report()) == 100


def test_a_request_is_split_into_its_parts():
    """By our clock up to the write and from there to the answer; by the exchange's between its gates."""
    latencies = Latencies()
    latencies.answered(
        answer(queued=0.002, round_trip=0.030, in_time=1_700_000_000_000, out_time=1_700_000_000_017)
    )
    (operation,) = latencies.report()

    assert (operation.op, operation.ws_key) == ("spot.order", SPOT)
    assert operation.queued.max == pytest.approx(0.002)
    assert operation.round_trip.max == pytest.approx(0.030)
    assert operation.whole.max == pytest.approx(0.032)
    assert operation.gateway is not None
    assert operation.gateway.max == pytest.approx(0.017)


def test_the_gateway_may_count_in_nanoseconds_or_not_at_all():
    """With ``enable_ns``, or without times in the answer."""
    latencies = Latencies()
    latencies.answered(answer(in_time=1_700_000_000_000_000_000, out_time=1_700_000_000_000_250_000))
    latencies.answered(answer("spot.cancel"))
    order, cancel = sorted(latencies.report(), key=lambda operation: -len(operation.parts))

    assert order.gateway is not None
    assert order.gateway.max == pytest.approx(0.00025)
    assert cancel.gateway is None
    assert list(cancel.parts) == ["whole", "queued", "round_trip"]


def test_a_time_that_is_no_time_is_left_out():
    """The rest of the answer counts."""
    latencies = Latencies()
    latencies.answered(answer(in_time=1_700_000_000_000, out_time=10**400))

    assert latencies.report()[0].round_trip.count == 1
    assert latencies.report()[0].gateway is None


def test_a_report_does_not_change():
    """It is of the moment in which it was asked for."""
    latencies = Latencies()
    latencies.answered(answer())
    before = latencies.report()
    latencies.answered(answer())

    assert before[0].whole.count == 1
    assert latencies.report()[0].whole.count == 2


def test_a_report_can_be_read_by_people_and_programs():
    """A table, the same in a notebook, and a dictionary for JSON; what came from a program is escaped."""
    latencies = Latencies()
    latencies.answered(answer("<b>op</b>"))
    report = latencies.report()

    assert "wsApiSpotV1" in str(report)
    assert "round trip" in str(report)
    assert "<b>op</b>" not in report._repr_html_()
    assert "&lt;b&gt;op&lt;/b&gt;" in report._repr_html_()
    (told,) = json.loads(json.dumps(report.to_dict()))["operations"]
    assert (told["op"], told["ws_key"], told["whole"]["count"]) == ("<b>op</b>", "wsApiSpotV1", 1)
    assert told["round_trip"]["max"] == pytest.approx(0.01)


def test_a_plot_shows_a_line_for_each_operation():
    """From nothing to all of the answers."""
    latencies = Latencies()
    for number in range(50):
        latencies.answered(answer(round_trip=0.001 * (number + 1)))
        latencies.answered(answer("spot.cancel"))
    axes = latencies.report().plot(Figure().subplots())  # a figure of its own, which no window shows

    lines = axes.get_lines()
    assert [line.get_label() for line in lines] == ["spot.cancel (50)", "spot.order (50)"]
    assert [line.get_ydata()[-1] for line in lines] == [1.0, 1.0]


def test_a_client_counts_what_is_answered():
    """Refusals too; over all its connections, and each operation by itself."""
    with Sandbox() as sandbox, WebsocketAPIClient(**sandbox.client_options()) as client:
        assert list(client.latency()) == []
        order = client.submit_new_spot_order(**RESTING).result().data
        client.cancel_spot_order(symbol="BTC-USDT", order_id=order.order_id).result()
        with pytest.raises(InsufficientFundsError):
            client.submit_new_spot_order(**RESTING | {"size": "9000"}).result()
        with pytest.raises(RejectedError):
            client.cancel_futures_order(order_id="unknown").result()
    # A closed client has counted everything: who waited was woken before that.
    report = client.latency()

    assert isinstance(report, LatencyReport)
    counts = {(operation.op, operation.ws_key.value): operation.whole.count for operation in report}
    assert counts == {
        ("futures.cancel", "wsApiFuturesV1"): 1,
        ("spot.cancel", "wsApiSpotV1"): 1,
        ("spot.order", "wsApiSpotV1"): 2,
    }
    assert all(0 < operation.round_trip.max <= operation.whole.max < 20 for operation in report)
    assert report[0].gateway is not None
