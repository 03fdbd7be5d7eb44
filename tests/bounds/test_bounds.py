"""A short version of ``run.py``: what it finds flat over a million orders is flat over a few thousand too."""

from __future__ import annotations

import bounds_idle
import bounds_losses
import bounds_orders
from bounds_figures import Bounds, Figures


def test_orders_leave_nothing_behind():
    """Accepted, refused, answered late and never answered, with callbacks and listeners, over two connections."""
    points = bounds_orders.trade(8_000, print, parts=2)
    # Less than one block for twenty orders: one that kept an order would keep dozens for each.
    assert Bounds(resident=8 * 1024, blocks=400).broken_by(points) == []


def test_reconnections_leave_nothing_behind():
    """Every way to lose a connection and to fail after it, closed connections, closed and forgotten clients."""
    points = bounds_losses.reconnect(80, print, parts=2, warm_up=40)
    # The end of each connection is remembered, of the last thousand: a number and a time.
    assert Bounds(resident=8 * 1024, blocks=80 * 5).broken_by(points) == []


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
