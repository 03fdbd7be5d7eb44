"""From what was measured to ratios, and to the tables that are printed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from attrs import frozen

from .campaign import Results

__all__ = ["GOALS", "Goal", "Row", "absolute_table", "ratio_table", "rows"]

_LATENCY, _WINDOW, _THREADS = ("blocking", "p50"), ("windowed", "per_second"), ("threaded", "per_second")


@frozen
class Goal:
    """A ratio to be reached, on one core and on two; None: none was set there. ``most``: it is an upper bound."""

    what: str
    ratio: Callable[[Results], float]
    one_core: float | None
    two_cores: float | None
    most: bool = True


def _against(name: str, other: str, figure: tuple[str, str]) -> Callable[[Results], float]:
    measurement, value = figure
    return lambda results: results[name][measurement][value] / results[other][measurement][value]


def _tail(name: str) -> Callable[[Results], float]:
    return lambda results: results[name]["blocking"]["p99"] / results[name]["blocking"]["p50"]


GOALS = (
    Goal("raw, p50 / floor (b)", _against("raw", "floor b", _LATENCY), 2.0, 1.2),
    Goal("typed, p50 / floor (b)", _against("typed", "floor b", _LATENCY), 2.6, 1.4),
    Goal("raw, p50 / official SDK", _against("raw", "official SDK", _LATENCY), 0.55, 0.72),
    Goal("typed, p50 / official SDK", _against("typed", "official SDK", _LATENCY), 0.68, 0.80),
    Goal("raw, p99 / own p50", _tail("raw"), 3.0, 3.5),
    Goal(
        "raw, 256 in flight, throughput / floor (b)", _against("raw", "floor b", _WINDOW), 0.55, 0.72, False
    ),
    Goal(
        "typed, 256 in flight, throughput / floor (b)",
        _against("typed", "floor b", _WINDOW),
        0.36,
        0.46,
        False,
    ),
    Goal("raw, 16 threads, throughput / floor (b)", _against("raw", "floor b", _THREADS), 0.55, 0.5, False),
    Goal(
        "typed, 16 threads, throughput / floor (b)",
        _against("typed", "floor b", _THREADS),
        0.38,
        0.35,
        False,
    ),
    Goal("raw, p50 with 10,000 in flight / without", _against("raw, in flight", "raw", _LATENCY), 1.2, None),
    Goal("raw, p50 beside 5,000 updates/s / quiet", _against("raw, updates", "raw", _LATENCY), 1.5, None),
    Goal(
        "raw, p50 beside a computing thread / quiet", _against("raw, computing", "raw", _LATENCY), None, None
    ),
    Goal(
        "the same with a switch interval of 0.5 ms",
        _against("raw, computing at 0.5 ms", "raw", _LATENCY),
        None,
        None,
    ),
    Goal(
        "raw without orjson, p50 / floor (b)",
        _against("raw without orjson", "floor b", _LATENCY),
        2.5,
        1.5,
    ),
    Goal(
        "typed without orjson, p50 / floor (b)",
        _against("typed without orjson", "floor b", _LATENCY),
        3.3,
        1.65,
    ),
    Goal(
        "raw without orjson, 256 in flight / floor (b)",
        _against("raw without orjson", "floor b", _WINDOW),
        0.36,
        0.45,
        False,
    ),
    Goal(
        "typed without orjson, 256 in flight / floor (b)",
        _against("typed without orjson", "floor b", _WINDOW),
        0.27,
        0.36,
        False,
    ),
)


@frozen
class Row:
    """One line of a table: what was measured, and what was to be reached."""

    what: str
    value: float
    goal: float | None
    most: bool = True
    unit: str = ""

    @property
    def reached(self) -> bool:
        """Whether the goal is."""
        return self.within(1.0)

    def within(self, tolerance: float) -> bool:
        """Whether the goal is reached, or missed by less than this factor."""
        if self.goal is None:
            return True
        return self.value <= self.goal * tolerance if self.most else self.value >= self.goal / tolerance


def rows(results: Results, *, one_core: bool) -> list[Row]:
    """The ratios of one campaign; only of what was measured in it."""
    found = []
    for goal in GOALS:
        try:
            value = goal.ratio(results)
        except KeyError:
            continue
        found.append(Row(goal.what, value, goal.one_core if one_core else goal.two_cores, goal.most))
    return found


def ratio_table(title: str, lines: Iterable[Row]) -> str:
    """What was reached, beside what was to be."""
    text = [["", "measured", "goal", ""]]
    for row in lines:
        verdict = "" if row.goal is None else "reached" if row.reached else "missed"
        goal = "" if row.goal is None else f"{'<=' if row.most else '>='} {row.goal:g}"
        text.append([row.what, f"{row.value:.4g}{row.unit}", goal, verdict])
    return f"{title}\n{_aligned(text)}"


def absolute_table(title: str, results: Results) -> str:
    """The times and rates themselves: information, because they are those of one machine on one day."""
    head = ["", "p50 us", "p99 us", "p99.9 us", "CPU us", "256 in flight /s", "16 threads /s"]
    text = [head]
    for name, measured in results.items():
        blocking = measured.get("blocking", {})
        cells = [f"{blocking[key]:.1f}" if key in blocking else "" for key in ("p50", "p99", "p99.9", "cpu")]
        for kind in ("windowed", "threaded"):
            cells.append(f"{measured[kind]['per_second']:,.0f}" if kind in measured else "")
        text.append([name, *cells])
    return f"{title}\n{_aligned(text)}"


def _aligned(lines: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if index == 0 else cell.rjust(width)
            for index, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )
