"""``kucoin-wsapi ping``."""

from __future__ import annotations

import importlib
import time
import types

import pytest

from kucoin_wsapi.sandbox import Sandbox


@pytest.mark.parametrize(("product", "key"), [((), "wsApiSpotV1"), (("--futures",), "wsApiFuturesV1")])
def test_a_ping_measures_round_trips_and_changes_nothing(run, at, sandbox, product, key) -> None:
    """As many as asked for, all refused, and no order is touched."""
    ran = run("ping", "--json", "--count", 5, *product, *at(sandbox))

    assert (ran.status, ran.err) == (0, "")
    record = ran.json
    assert (record["ws_key"], record["lost"]) == (key, 0)
    assert sum(record["codes"].values()) == record["round_trip_us"]["count"] == 5
    times = record["round_trip_us"]
    assert 0 < times["min"] <= times["p50"] <= times["p90"] <= times["p99"] <= times["max"]
    assert record["gateway_us"]["p50"] < times["p50"] < record["connect_us"]
    assert abs(record["clock_skew_ms"]) < 1000
    assert not sandbox.orders


def test_the_skew_of_a_wrong_clock_is_told(run, at) -> None:
    """The exchange's clock minus ours."""
    with Sandbox(clock_offset=3.0) as sandbox:
        record = run("ping", "--json", "--count", 1, *at(sandbox)).json

    assert 2000 < record["clock_skew_ms"] <= 3000


def test_people_get_a_table(run) -> None:
    """On a sandbox of its own."""
    ran = run("ping", "--sandbox")

    assert ran.status == 0
    assert "connected and authenticated in" in ran.out
    assert [line.split()[0] for line in ran.out.splitlines()[1:4]] == ["microseconds", "round", "gateway"]


def test_a_ping_that_nobody_answers_is_lost(run, at) -> None:
    """It is counted, and the command fails; what was answered is measured all the same."""
    with Sandbox(faults=["close:every=2,op=spot.cancel"]) as sandbox:
        ran = run("ping", "--json", "--count", 4, *at(sandbox))

    assert (ran.status, ran.json["lost"], ran.json["round_trip_us"]["count"]) == (1, 2, 2)


def test_a_key_that_may_not_trade_is_told(run, sandbox, key_in_environment) -> None:
    """Its pings are answered, but not by those who look for orders: 400007."""
    urls = key_in_environment(sandbox, **sandbox.client_options(permissions=["General"]))
    ran = run("ping", "--json", *urls)

    assert (ran.status, ran.json["error"]["code"]) == (1, "400007")


@pytest.mark.parametrize(("command", "pause"), [("ping", 0.12), ("latency", 0.24)])
def test_real_money_keeps_within_the_messages_of_a_connection(
    run, at, sandbox, monkeypatch, command, pause
) -> None:
    """100 in 10 seconds; a sandbox takes any number."""
    module = importlib.import_module(f"kucoin_wsapi.cli.{command}")
    pauses: list[float] = []
    monkeypatch.setattr(module, "time", types.SimpleNamespace(sleep=pauses.append, monotonic=time.monotonic))
    assert run(command, "--count", 3, *at(sandbox)).status == 0
    assert pauses == []
    monkeypatch.setattr(module, "is_real", lambda _: True)
    assert run(command, "--count", 3, *at(sandbox)).status == 0

    assert pauses == [pause] * 2
