"""A short version of ``run.py``: what it finds flat over a million orders is flat over a few thousand too."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import bounds_idle
from bounds_figures import Bounds, Figures

HERE = Path(__file__).parent


def broken(run: str, bounds: str) -> str:
    """What a run breaks of its bounds, as a list in text; in a process of its own, because whoever measures coverage
    keeps something for each thread.
    """
    imports = "import bounds_losses, bounds_orders; from bounds_figures import Bounds"
    program = f"{imports}; print({bounds}.broken_by({run}))"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE), str(HERE.parents[1])])}
    child = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, timeout=300
    )
    assert child.returncode == 0, child.stderr
    print(child.stdout)
    return child.stdout.splitlines()[-1]


def test_orders_leave_nothing_behind():
    """Accepted, refused, answered late and never answered, with callbacks and listeners, over two connections."""
    # Less than one block for six orders: one that kept an order would keep dozens for each. (The times of up to 64
    # answers wait to be counted, with eight blocks each.)
    assert (
        broken("bounds_orders.trade(8_000, print, parts=2)", "Bounds(resident=8 * 1024, blocks=1_300)")
        == "[]"
    )


def test_reconnections_leave_nothing_behind():
    """Every way to lose a connection and to fail after it, closed connections, closed and forgotten clients."""
    # The end of each connection is remembered, of the last thousand: a number and a time.
    run = "bounds_losses.reconnect(80, print, parts=2, warm_up=40)"
    assert broken(run, "Bounds(resident=8 * 1024, blocks=80 * 5)") == "[]"


def test_idle_clients_sleep():
    """Connected, or with calls that wait for an exchange that is away: woken by what happens, not by a clock."""
    found = bounds_idle.idle(3.0)
    # One wake-up is that of the measuring thread, which waits in one piece.
    assert found["connected with both keys"].wake_ups < 10
    # An attempt to connect is a thread that is started, connects and hands over: a few wake-ups each.
    assert all(idleness.wake_ups < 150 for idleness in found.values()), found


def test_a_figure_that_grows_is_reported():
    """The check can fail."""
    flat = Figures(resident=1, blocks=1, objects=1, ours=1, threads=1, descriptors=1)
    grown = Figures(resident=1, blocks=1, objects=1, ours=1, threads=2, descriptors=2)
    assert len(Bounds(resident=0, blocks=0).broken_by([flat, grown])) == 2
