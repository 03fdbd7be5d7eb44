"""The parts of the benchmarks that can be wrong without anybody seeing it: what is counted, and what is judged."""

import json
import os
import subprocess
import sys
from concurrent.futures import Future

import pytest
from fault_server import FaultServer, Peer

from benchmarks.measuring import MEASUREMENTS, WINDOW, measure
from benchmarks.report import GOALS, Row, absolute_table, ratio_table, rows
from benchmarks.stages import stages
from benchmarks.worker import CONTENDERS


class Counting:
    """A contender that answers at once, and counts."""

    def __init__(self) -> None:
        self.orders = self.most = 0
        self.open: list[Future[None]] = []

    def submit(self) -> Future[None]:
        """Answered when the next one is waited for."""
        self.orders += 1
        future: Future[None] = _Asked(self)
        self.open.append(future)
        self.most = max(self.most, len(self.open))
        return future

    def order(self) -> None:
        """Submit, wait."""
        self.submit().result()


class _Asked(Future[None]):
    def __init__(self, contender: Counting) -> None:
        super().__init__()
        self._contender = contender

    def result(self, timeout: float | None = None) -> None:
        self._contender.open.remove(self)


@pytest.mark.parametrize("measurement", MEASUREMENTS)
def test_as_many_orders_are_placed_as_are_counted(measurement):
    """A rate over orders that were not placed would be a fine one."""
    contender = Counting()

    figures = measure(contender, measurement, 3200)

    assert contender.orders == 3200
    assert contender.open == []
    assert all(value >= 0 for value in figures.values())


def test_the_window_is_kept_full():
    """That many are in flight, and never more."""
    contender = Counting()
    measure(contender, "windowed", 1000)

    assert contender.most == WINDOW


def test_a_bound_is_kept_from_its_side():
    """Latencies from below, throughputs from above; a goal may be missed without a limit being missed."""
    assert Row("latency", 1.9, 2.0).reached
    assert not Row("latency", 2.1, 2.0).reached
    assert Row("latency", 2.9, 2.0, 3.0).tolerable
    assert not Row("latency", 3.1, 2.0, 3.0).tolerable
    assert Row("throughput", 0.6, 0.5, most=False).reached
    assert not Row("throughput", 0.4, 0.5, most=False).reached
    assert Row("throughput", 0.34, 0.5, 0.3, most=False).tolerable
    assert not Row("throughput", 0.29, 0.5, 0.3, most=False).tolerable
    assert Row("no goal", 99.0, None).reached
    assert Row("no limit", 99.0, 1.0).tolerable


def test_no_limit_is_stricter_than_its_goal():
    """Whoever reaches a goal passes."""
    for goal in GOALS:
        for wanted, limit in zip(goal.goals, goal.limits, strict=True):
            assert (wanted is None) == (limit is None), goal.what
            if wanted is not None and limit is not None:
                assert (wanted < limit) == goal.most, goal.what


def test_ratios_are_against_what_they_name():
    """Of every goal, from figures of which no two are alike."""
    figures = {
        name: {
            "blocking": {"p50": 10.0 + number, "p99": 100.0 + number, "p99.9": 200.0, "cpu": 5.0},
            "windowed": {"per_second": 1000.0 + number, "cpu": 5.0},
            "threaded": {"per_second": 2000.0 + number, "cpu": 5.0},
        }
        for number, name in enumerate(CONTENDERS)
    }
    one, two = rows(figures, one_core=True), rows(figures, one_core=False)
    raw, floor = CONTENDERS.index("raw"), CONTENDERS.index("floor b")

    assert [row.what for row in one] == [goal.what for goal in GOALS]
    assert one[0].value == (10 + raw) / (10 + floor)
    assert (one[0].goal, two[0].goal) == (2.0, 1.2)
    windowed = next(row for row in one if row.what.startswith("raw, 256 in flight"))
    assert windowed.value == (1000 + raw) / (1000 + floor)
    assert "missed" in ratio_table("title", [Row("slow", 3.0, 2.0)])
    assert "reached" in ratio_table("title", [Row("fast", 1.0, 2.0)])
    assert all(name in absolute_table("title", figures) for name in CONTENDERS)


def test_what_was_not_measured_is_left_out():
    """A mode that leaves out contenders has fewer ratios, none that are made up."""
    assert rows({}, one_core=True) == []


def test_every_stage_of_an_order_is_passed():
    """The parts that are called one by one are those of a real order: its future has the answer in the end."""
    found = stages(rounds=2)

    assert set(found) == {"raw", "typed", "parts"}
    assert list(found["raw"]) == list(found["typed"])
    assert len(found["raw"]) == 5
    assert all(microseconds > 0 for lines in found.values() for microseconds in lines.values())


def test_every_step_of_an_order_is_passed_while_it_is_on_its_way():
    """In its order, and none of them twice; up to the answer that the caller gets."""

    def whoever_it_is(peer: Peer) -> None:
        peer.read_upgrade()
        peer.send(peer.switching_protocols())
        peer.challenge()
        peer.next_text()
        peer.welcome()
        peer.answer_all()

    core = str(min(os.sched_getaffinity(0)))
    with FaultServer(whoever_it_is) as server:
        told = subprocess.run(
            [sys.executable, "-m", "benchmarks.steps", server.url, core],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
    lines = [line.split(maxsplit=2) for line in told.stdout.splitlines()]
    times = [float(since_beginning) for _, since_beginning, _ in lines]

    assert len(lines) == 13
    assert len({done for *_, done in lines}) == 13
    assert lines[-1][2] == "the answer is returned"
    assert times == sorted(times)


def test_a_contender_without_orjson_has_none():
    """Nor has one that is imported later."""
    program = (
        "import json, sys; from benchmarks.worker import _factory; _factory('raw without orjson');"
        "from kucoin_wsapi import _json; print(json.dumps([sys.modules['orjson'] is None, _json.orjson is None]))"
    )
    told = subprocess.run([sys.executable, "-c", program], check=True, stdout=subprocess.PIPE, text=True)

    assert json.loads(told.stdout) == [True, True]
