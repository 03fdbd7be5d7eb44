"""Every example runs as it stands."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

DIRECTORY = Path(__file__).parent.parent / "examples"
EXAMPLES = sorted(path for path in DIRECTORY.glob("*.py") if path.stem != "venue")

# What each is there to show, in words that it prints when that has happened.
SHOWN = {
    "cancel_replace": "0.0001 at 20010",
    "first_order": "cancelled size 0.0002",
    "from_many_threads": "32 of them in the ledger",
    "futures_batch": "1 of 3 items failed",
    "futures_bracket": "position: filled",
    "grid_bot": ": filled, 0.0002 filled",
    "kill_switch": "cancelled",
    "latency_report": "spot.cancel: 50 requests",
    "order_life": "the end: cancelled",
    "resolve_unknown": "looked up: resting",
}


def run(example: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """As a user does it, but that a key which the machine may have is not seen."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("KUCOIN_")}
    return subprocess.run(
        [sys.executable, example],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=inherited | environment,
    )


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_runs_without_an_error_and_shows_what_it_is_for(example: Path) -> None:
    """It ends with status 0; there is no example of which nothing is expected."""
    done = run(example)

    assert done.returncode == 0, done.stderr
    assert SHOWN[example.stem] in done.stdout


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_fits_on_a_screen_or_two(example: Path) -> None:
    """One idea each: whoever needs more lines has two."""
    assert len(example.read_text().splitlines()) <= 60


def test_a_key_alone_does_not_make_an_example_trade_with_real_money() -> None:
    """It may be set for another program; and who asks for KuCoin without a key is told what is missing."""
    key = {"KUCOIN_API_KEY": "key", "KUCOIN_API_SECRET": "secret", "KUCOIN_API_PASSPHRASE": "passphrase"}

    with_key = run(DIRECTORY / "first_order.py", **key)
    without_key = run(DIRECTORY / "first_order.py", KUCOIN_LIVE="yes")

    assert with_key.returncode == 0, with_key.stderr
    assert "not set in the environment: KUCOIN_API_KEY" in without_key.stderr
