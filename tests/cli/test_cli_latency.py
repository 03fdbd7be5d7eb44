"""``kucoin-wsapi latency``: what it measures, and that no order outlives it."""

from __future__ import annotations

import signal
import sys
import threading

import pytest

from kucoin_wsapi.sandbox import Sandbox

STAGES = ["whole", "queued", "round_trip", "gateway"]


def statuses(sandbox: Sandbox) -> set[str]:
    """How the orders of the sandbox have ended."""
    return {order.status.value for order in sandbox.orders}


def test_orders_and_cancels_are_measured_in_stages(run, at, sandbox) -> None:
    """Each stage is a part of the whole, and every order is cancelled."""
    ran = run("latency", "--json", "--count", 20, *at(sandbox))

    assert (ran.status, ran.err, ran.json["count"]) == (0, "", 20)
    for operation in ("spot.order_us", "spot.sync_cancel_us"):
        times = ran.json[operation]
        assert [*times] == STAGES
        assert {times[stage]["count"] for stage in STAGES} == {20}
        assert times["whole"]["min"] >= times["queued"]["min"] + times["round_trip"]["min"] - 1
        assert times["round_trip"]["p50"] > times["gateway"]["p50"] > 0
    assert (len(sandbox.orders), statuses(sandbox), sandbox.fills) == (20, {"canceled"}, ())


def test_people_get_a_table_of_the_stages(run) -> None:
    """On a sandbox of its own."""
    ran = run("latency", "--sandbox", "--count", 3)

    assert ran.status == 0
    assert [line.split("  ")[0] for line in ran.out.splitlines()[1:5]] == [
        "order whole",
        "order queued",
        "order round trip",
        "order gateway",
    ]


@pytest.mark.parametrize(("name", "first"), [("latency.png", b"\x89PNG"), ("latency.SVG", b"<?xml")])
def test_a_plot_is_drawn_into_a_file_of_the_kind_that_its_name_tells(
    run, at, sandbox, tmp_path, name, first
) -> None:
    """Beside the results, which stay as they are."""
    ran = run("latency", "--json", "--count", 2, "--plot", tmp_path / name, *at(sandbox))

    assert (ran.status, ran.err, ran.json["count"]) == (0, "", 2)
    assert (tmp_path / name).read_bytes().startswith(first)


@pytest.mark.parametrize(
    ("name", "matplotlib", "advice"),
    [
        ("latency.png", None, 'pip install "kucoin_wsapi[plot]"'),
        ("latency.docx", ..., ".png"),
        ("latency", ..., ".png"),
        ("nowhere/latency.png", ..., "no directory"),
    ],
)
def test_a_plot_that_cannot_be_drawn_is_refused_before_anything_is_sent(
    run, at, sandbox, tmp_path, monkeypatch, name, matplotlib, advice
) -> None:
    """With what to do about it, and the status of wrong usage; nothing is written."""
    if matplotlib is None:
        monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    ran = run("latency", "--count", 2, "--plot", tmp_path / name, *at(sandbox))

    assert (ran.status, ran.out) == (2, "")
    assert "--plot: " in ran.err
    assert advice in ran.err
    assert sandbox.orders == ()
    assert [*tmp_path.iterdir()] == []


def test_what_was_measured_is_told_when_its_plot_cannot_be_written(run, at, sandbox, tmp_path) -> None:
    """The orders have cost something; the status says that not all was done."""
    taken = tmp_path / "directory.png"
    taken.mkdir()
    ran = run("latency", "--count", 2, "--plot", taken, *at(sandbox))

    assert ran.status == 1
    assert ran.out.splitlines()[1].startswith("order whole")
    assert "The plot could not be written" in ran.err


def test_without_a_plot_there_is_no_need_of_matplotlib(run, at, sandbox, monkeypatch) -> None:
    """It is an extra."""
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)

    assert run("latency", "--count", 1, *at(sandbox)).status == 0


def test_real_money_needs_to_be_asked_for_twice(run) -> None:
    """What would be done is said, and not done."""
    ran = run("latency", "--live")

    assert (ran.status, ran.out) == (2, "")
    assert "nothing was sent: 100 times buy 0.0002 BTC-USDT at 1000" in ran.err


@pytest.mark.parametrize(
    ("fault", "status", "type_"),
    [
        ("close:op=spot.order", 3, "ConnectionLostError"),
        ("error:op=spot.order", 3, "ServerFaultError"),
        ("refusal:op=spot.order", 1, "RateLimitedError"),
        ("close:op=spot.sync_cancel,executed=no,every=3", 0, None),
    ],
)
def test_an_order_that_is_in_doubt_is_cancelled(run, at, fault, status, type_) -> None:
    """The command ends, and says what it was able to do; with a refusal there is nothing to cancel."""
    with Sandbox(faults=[fault]) as sandbox:
        ran = run("latency", "--json", "--count", 2, *at(sandbox))

        assert (ran.status, ran.json.get("error", {}).get("type")) == (status, type_)
        assert statuses(sandbox) <= {"canceled"}
        assert ("was cancelled" in ran.err) == (status == 3)


def test_an_order_that_cannot_be_cancelled_is_named(run, at) -> None:
    """Loudly."""
    with Sandbox(faults=["refusal:op=spot.sync_cancel"]) as sandbox:
        ran = run("latency", "--count", 2, *at(sandbox))

        (order,) = sandbox.orders
    assert ran.status == 1
    assert f"The order with the client id {order.terms.client_oid} MAY STILL REST" in ran.err


def test_ctrl_c_cancels_the_order_that_rests(start, at) -> None:
    """Status 130, and no traceback."""
    cancelled = threading.Event()

    def note(line: str) -> None:
        if '"op":"spot.sync_cancel"' in line:
            cancelled.set()

    with Sandbox(log=note) as sandbox:
        process = start("latency", "--count", 10_000, *at(sandbox))
        assert cancelled.wait(20), "it is at its work"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)

        assert (process.returncode, out) == (130, "")
        assert "Interrupted." in err
        assert "Traceback" not in err
        assert statuses(sandbox) == {"canceled"}
