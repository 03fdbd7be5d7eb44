"""From what was measured to ratios, and to the tables that are printed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from attrs import frozen

from .campaign import Results

__all__ = ["GOALS", "Goal", "Row", "absolute_table", "ratio_table", "rows"]

_LATENCY, _WINDOW, _THREADS = ("blocking", "p50"), ("windowed", "per_second"), ("threaded", "per_second")


# On one core, and on two; None: none was set there.
Bounds = tuple[float | None, float | None]
_NONE: Bounds = (None, None)


@frozen
class Goal:
    """A ratio to be reached, and the one at which ``--check`` fails. ``most``: they are upper bounds."""

    what: str
    ratio: Callable[[Results], float]
    goals: Bounds = _NONE
    limits: Bounds = _NONE
    most: bool = True


def _against(name: str, other: str, figure: tuple[str, str]) -> Callable[[Results], float]:
    measurement, value = figure
    return lambda results: results[name][measurement][value] / results[other][measurement][value]


def _throughputs(
    what: str, figure: tuple[str, str], goals: dict[str, Bounds], limits: dict[str, Bounds]
) -> list[Goal]:
    return [
        Goal(
            f"{name}, {what}, throughput / floor (b)",
            _against(name, "floor b", figure),
            goals[name],
            limits[name],
            most=False,
        )
        for name in goals
    ]


def _tail(name: str) -> Callable[[Results], float]:
    return lambda results: results[name]["blocking"]["p99"] / results[name]["blocking"]["p50"]


# A regression is what misses these: half as much again as has been measured when they were written.
GOALS = (
    Goal("raw, p50 / floor (b)", _against("raw", "floor b", _LATENCY), (2.0, 1.2), (3.6, 2.6)),
    Goal("typed, p50 / floor (b)", _against("typed", "floor b", _LATENCY), (2.6, 1.4), (4.2, 3.3)),
    Goal("raw, p50 / official SDK", _against("raw", "official SDK", _LATENCY), (0.55, 0.72), (0.9, 0.95)),
    Goal(
        "typed, p50 / official SDK", _against("typed", "official SDK", _LATENCY), (0.68, 0.80), (1.05, 1.15)
    ),
    Goal("raw, p99 / own p50", _tail("raw"), (3.0, 3.5), (5.0, 6.0)),
    *_throughputs(
        "256 in flight",
        _WINDOW,
        {"raw": (0.55, 0.72), "typed": (0.36, 0.46)},
        {"raw": (0.12, 0.17), "typed": (0.06, 0.1)},
    ),
    *_throughputs(
        "16 threads",
        _THREADS,
        {"raw": (0.55, 0.5), "typed": (0.38, 0.35)},
        {"raw": (0.27, 0.24), "typed": (0.19, 0.18)},
    ),
    Goal(
        "raw, p50 with 10,000 in flight / without",
        _against("raw, in flight", "raw", _LATENCY),
        (1.2, None),
        (1.8, None),
    ),
    Goal(
        "raw, p50 beside 5,000 updates/s / quiet",
        _against("raw, updates", "raw", _LATENCY),
        (1.5, None),
        (2.2, None),
    ),
    Goal("raw, p50 beside a computing thread / quiet", _against("raw, computing", "raw", _LATENCY)),
    Goal("the same with a switch interval of 0.5 ms", _against("raw, computing at 0.5 ms", "raw", _LATENCY)),
    Goal(
        "raw without orjson, p50 / floor (b)",
        _against("raw without orjson", "floor b", _LATENCY),
        (2.5, 1.5),
        (3.7, 2.8),
    ),
    Goal(
        "typed without orjson, p50 / floor (b)",
        _against("typed without orjson", "floor b", _LATENCY),
        (3.3, 1.65),
        (4.4, 3.4),
    ),
    *_throughputs(
        "256 in flight",
        _WINDOW,
        {"raw without orjson": (0.36, 0.45), "typed without orjson": (0.27, 0.36)},
        {"raw without orjson": (0.1, 0.16), "typed without orjson": (0.055, 0.1)},
    ),
    # What could be reached by a client that does nothing but what it cannot leave out.
    Goal("floor (c), p50 / floor (b)", _against("floor c", "floor b", _LATENCY)),
    *(
        Goal(f"floor (c), {what}, throughput / floor (b)", _against("floor c", "floor b", figure), most=False)
        for what, figure in (("256 in flight", _WINDOW), ("16 threads", _THREADS))
    ),
)


@frozen
class Row:
    """One line of a table: what was measured, what was to be reached, and what must not be missed."""

    what: str
    value: float
    goal: float | None
    limit: float | None = None
    most: bool = True

    @property
    def reached(self) -> bool:
        """Whether the goal is."""
        return self._within(self.goal)

    @property
    def tolerable(self) -> bool:
        """Whether the limit is kept."""
        return self._within(self.limit)

    def _within(self, bound: float | None) -> bool:
        if bound is None:
            return True
        return self.value <= bound if self.most else self.value >= bound


def rows(results: Results, *, one_core: bool) -> list[Row]:
    """The ratios of one campaign; only of what was measured in it."""
    found = []
    mode = 0 if one_core else 1
    for goal in GOALS:
        try:
            value = goal.ratio(results)
        except KeyError:
            continue
        found.append(Row(goal.what, value, goal.goals[mode], goal.limits[mode], goal.most))
    return found


def ratio_table(title: str, lines: Iterable[Row]) -> str:
    """What was reached, beside what was to be."""
    text = [["", "measured", "goal", ""]]
    for row in lines:
        verdict = "" if row.goal is None else "reached" if row.reached else "missed"
        goal = "" if row.goal is None else f"{'<=' if row.most else '>='} {row.goal:g}"
        text.append([row.what, f"{row.value:.4g}", goal, verdict])
    return f"{title}\n{_aligned(text)}"


def absolute_table(title: str, results: Results) -> str:
    """The times and rates themselves: information, because they are those of one machine on one day."""
    head = ["", "p50 us", "p99 us", "p99.9 us", "CPU us", "switches", "256 in flight /s", "16 threads /s"]
    text = [head]
    for name, measured in results.items():
        if not measured:  # not in this mode
            continue
        blocking = measured.get("blocking", {})
        shown = ("p50", "p99", "p99.9", "cpu", "switches")
        cells = [f"{blocking[key]:.1f}" if key in blocking else "" for key in shown]
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
