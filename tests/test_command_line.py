"""The command line: what it does, and with which exit status it ends."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import attrs
import pytest

from kucoin_wsapi import WebsocketAPIClient, _live
from kucoin_wsapi.__main__ import main
from kucoin_wsapi.cli import demo
from kucoin_wsapi.sandbox import Sandbox

OPERATIONS = {
    "spot.order", "spot.modify", "spot.cancel", "spot.sync_order", "spot.sync_cancel", "margin.order", "margin.cancel",
    "futures.order", "futures.cancel", "futures.multi_order", "futures.multi_cancel", "uta.order", "uta.amend",
    "uta.cancel",
}  # fmt: skip


def test_the_demo_runs_every_operation_and_ends_with_status_0(capsys: pytest.CaptureFixture[str]) -> None:
    """All fourteen are in its table, and the ledger agrees."""
    assert main(["demo"]) == 0

    output = capsys.readouterr().out
    assert {line.split()[0] for line in output.splitlines() if "." in line.split(" ")[0]} == OPERATIONS
    assert "all as answered" in output


def test_the_demo_fails_when_the_ledger_disagrees(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A sandbox that shows another status than the exchange has is noticed."""
    find_order = Sandbox.find_order

    def lying(sandbox: Sandbox, **which: Any) -> Any:
        order = find_order(sandbox, **which)
        return order and attrs.evolve(order, filled_size=order.filled_size + 1)

    monkeypatch.setattr(Sandbox, "find_order", lying)
    assert main(["demo"]) == 1
    assert "bitcoin bought" in capsys.readouterr().out


def test_a_live_demo_needs_to_be_asked_for_twice(capsys: pytest.CaptureFixture[str]) -> None:
    """Without --yes it says what it would do, and does nothing."""
    assert main(["demo", "--live"]) == 2

    assert "to do it, add --yes" in capsys.readouterr().err


@pytest.mark.parametrize("option", [["--yes"], ["--credentials", "file"], ["--proxy", "http://127.0.0.1:1"]])
def test_the_demo_on_the_sandbox_takes_nothing_for_a_live_one(
    option: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Who gives one may believe that it runs on KuCoin."""
    assert main(["demo", *option]) == 2

    assert f"{option[0]}: with --live only" in capsys.readouterr().err


def test_a_live_demo_without_a_key_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It ends with status 2, because nothing was sent, and names the variables."""
    for name in ("KUCOIN_API_KEY", "KUCOIN_API_SECRET", "KUCOIN_API_PASSPHRASE"):
        monkeypatch.delenv(name, raising=False)

    assert main(["demo", "--live", "--yes"]) == 2
    assert "KUCOIN_API_SECRET" in capsys.readouterr().err


Live = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def live(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Live:
    """Runs the live demo on a sandbox in KuCoin's place; returns its status and what it tells programs."""

    def run(sandbox: Sandbox, **chosen: Any) -> tuple[int, dict[str, Any]]:
        options = dict(sandbox.client_options(**chosen))
        monkeypatch.setattr(demo, "find_access", lambda _: options)
        status = main(["demo", "--live", "--yes", "--json"])
        return status, json.loads(capsys.readouterr().out)

    return run


def test_a_live_demo_leaves_nothing_behind(live: Live) -> None:
    """Its one order is placed, cancelled whole, and not filled."""
    with Sandbox() as sandbox:
        status, record = live(sandbox)

        (order,) = sandbox.orders
        assert order.status.value == "canceled"
        assert not sandbox.fills
    assert (status, record["status"], record["problem"]) == (0, 0, None)
    assert [call["operation"] for call in record["calls"]] == ["spot.sync_order", "spot.sync_cancel"]


def test_a_live_demo_that_is_refused_says_so(live: Live) -> None:
    """A key without permission to trade ends with status 1 and the exchange's code."""
    with Sandbox() as sandbox:
        status, record = live(sandbox, permissions=("General",))

        assert not sandbox.orders
    assert (status, record["error"]["code"]) == (1, "400007")


@pytest.mark.parametrize(
    ("fault", "final"), [("spot.sync_order", "canceled"), ("spot.sync_cancel", "active")]
)
def test_a_live_demo_in_doubt_cancels_and_has_status_3(live: Live, fault: str, final: str) -> None:
    """The order is named when it may still be there."""
    with Sandbox(faults=[f"error:op={fault},executed={'yes' if final == 'canceled' else 'no'}"]) as sandbox:
        status, record = live(sandbox)

        (order,) = sandbox.orders
        assert order.status.value == final
    assert (status, record["error"]["type"]) == (3, "ServerFaultError")
    assert (record["problem"] is not None) == (final == "active")


def test_a_live_demo_that_is_interrupted_cancels(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C while the answer is awaited: the order does not outlive it."""
    row_of, waited = _live.row_of, []

    def interrupted(what: str, future: Any) -> Any:
        outcome = row_of(what, future)
        if not waited:
            waited.append(what)
            raise KeyboardInterrupt
        return outcome

    monkeypatch.setattr(_live, "row_of", interrupted)
    with Sandbox() as sandbox:
        options = dict(sandbox.client_options())
        with (
            WebsocketAPIClient(**options, enable_ns=True, attach_event_listeners=False) as client,
            pytest.raises(KeyboardInterrupt),
        ):
            _live.run_live(client)

        assert [order.status.value for order in sandbox.orders] == ["canceled"]


def test_a_demo_for_programs_is_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    """Every call, how many effects were checked, and which of them were not as answered."""
    assert main(["demo", "--json"]) == 0

    record = json.loads(capsys.readouterr().out)
    assert {call["operation"] for call in record["calls"]} == OPERATIONS
    assert (record["command"], record["status"], record["differences"]) == ("demo", 0, [])
    assert record["checks"] > 20
    assert all(call["round_trip_us"] > 0 for call in record["calls"])


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["demo", "--nonsense"]])
def test_wrong_arguments_end_with_status_2(arguments: list[str]) -> None:
    """As with any program that uses argparse."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)

    assert ended.value.code == 2


def test_the_package_is_a_program() -> None:
    """``python -m kucoin_wsapi`` works, and knows its version."""
    done = subprocess.run(
        [sys.executable, "-m", "kucoin_wsapi", "--version"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 0
    assert done.stdout.strip() == "0.1.0"
