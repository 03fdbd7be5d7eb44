"""The command line: what it does, and with which exit status it ends."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import attrs
import pytest

from kucoin_wsapi import ConfigurationError, WebsocketAPIClient, _demo, _live
from kucoin_wsapi.__main__ import main
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


def test_the_demo_fails_when_the_ledger_disagrees(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sandbox that shows another status than the exchange has is noticed."""
    find_order = Sandbox.find_order

    def lying(sandbox: Sandbox, **which: Any) -> Any:
        order = find_order(sandbox, **which)
        return order and attrs.evolve(order, filled_size=order.filled_size + 1)

    monkeypatch.setattr(Sandbox, "find_order", lying)
    lines: list[str] = []

    assert _demo.run_demo(lines.append) == 1
    assert any("bitcoin bought" in line for line in lines)


def test_a_live_demo_needs_to_be_asked_for_twice(capsys: pytest.CaptureFixture[str]) -> None:
    """Without --yes it says what it would do, and does nothing."""
    assert main(["demo", "--live"]) == 2

    assert "Nothing was sent. To do it, add --yes." in capsys.readouterr().out


def test_a_live_demo_without_a_key_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It ends with status 1 and names the variables."""
    for name in ("KUCOIN_API_KEY", "KUCOIN_API_SECRET", "KUCOIN_API_PASSPHRASE"):
        monkeypatch.delenv(name, raising=False)

    assert main(["demo", "--live", "--yes"]) == 1
    assert "KUCOIN_API_SECRET" in capsys.readouterr().err
    with pytest.raises(ConfigurationError):
        WebsocketAPIClient.from_env()


@pytest.fixture
def key_of(monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[str, str]]:
    """Puts a sandbox's key into the environment and returns the rest of what a client needs."""

    def put(sandbox: Sandbox, **chosen: Any) -> dict[str, str]:
        options = dict(sandbox.client_options(**chosen))
        for name in ("api_key", "api_secret", "api_passphrase"):
            monkeypatch.setenv(f"KUCOIN_{name.upper()}", options[name])
        return {"ws_url": options["ws_url"]}

    return put


def test_a_live_demo_leaves_nothing_behind(key_of: Callable[..., dict[str, str]]) -> None:
    """Its one order is placed, cancelled whole, and not filled; here on a sandbox in KuCoin's place."""
    lines: list[str] = []
    with Sandbox() as sandbox:
        assert _live.run_live(lines.append, **key_of(sandbox)) == 0

        (order,) = sandbox.orders
        assert order.status.value == "canceled"
        assert not sandbox.fills
    assert lines[-1] == "\nPlaced and cancelled; nothing was filled."


def test_a_live_demo_that_is_refused_says_so(key_of: Callable[..., dict[str, str]]) -> None:
    """A key without permission to trade ends with status 1 and the exchange's code."""
    lines: list[str] = []
    with Sandbox() as sandbox:
        options = key_of(sandbox, permissions=("General",))
        assert _live.run_live(lines.append, **options) == 1

        assert not sandbox.orders
    assert "400007" in lines[-1]


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
