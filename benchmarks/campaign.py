"""All contenders side by side: each in a process of its own, measured in turns, so that noise meets all of them."""

from __future__ import annotations

import contextlib
import json
import statistics
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from .server import Server

__all__ = ["Results", "run"]

# What was measured of whom, as medians over the rounds: contender -> measurement -> figure -> value.
Results = dict[str, dict[str, dict[str, float]]]

_ROUNDS = 2

# Contender, measurement, orders in a round.
Plan = Sequence[tuple[str, str, int]]


class _Worker:
    def __init__(self, name: str, server: Server, core: int) -> None:
        self.name = name
        command = [sys.executable, "-m", "benchmarks.worker", name, server.url, server.ca or "", str(core)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._read()

    def measure(self, measurement: str, count: int) -> dict[str, float]:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps([measurement, count]) + "\n")
        self._process.stdin.flush()
        figures: dict[str, float] = self._read()
        return figures

    def _read(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the process of {self.name!r} has ended")
        return json.loads(line)

    def close(self) -> None:
        with self._process as process:
            assert process.stdin is not None
            process.stdin.close()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(10)
            process.kill()


def run(server: Server, core: int, plan: Plan, sittings: int) -> Results:
    """Go through the plan twice in each sitting, after once that does not count: it warms up.

    Each sitting has new processes: how fast one is depends, by a fifth, on where its memory happens to lie.
    """
    seen: dict[tuple[str, str], dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for _ in range(sittings):
        with _workers(sorted({name for name, _, _ in plan}), server, core) as workers:
            for number in range(_ROUNDS + 1):
                for name, measurement, count in plan:
                    figures = workers[name].measure(measurement, count if number else count // 4)
                    for figure, value in figures.items() if number else ():
                        seen[name, measurement][figure].append(value)
    results: Results = defaultdict(dict)
    for (name, measurement), by_figure in seen.items():
        results[name][measurement] = {
            figure: statistics.median(values) for figure, values in by_figure.items()
        }
    return results


@contextlib.contextmanager
def _workers(names: Sequence[str], server: Server, core: int) -> Iterator[dict[str, _Worker]]:
    with contextlib.ExitStack() as stack:
        workers = {}
        for name in names:
            workers[name] = worker = _Worker(name, server, core)
            stack.callback(worker.close)
        yield workers
