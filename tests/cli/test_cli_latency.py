"""``kucoin-wsapi latency``: what it measures, and that no order outlives it."""

from __future__ import annotations

import signal

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
    with Sandbox() as sandbox:
        process = start("latency", "--count", 10_000, *at(sandbox))
        assert "orders [" in process.stderr.readline(), "after a second there is a line of progress"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)

        assert (process.returncode, out) == (130, "")
        assert "Interrupted." in err
        assert "Traceback" not in err
        assert statuses(sandbox) == {"canceled"}
