"""The push services of KuCoin's own Python SDK against the sandbox: classic and Pro, public and private."""

import json
import subprocess
import sys
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from kucoin_wsapi.sandbox import Ledger, Sandbox

PROGRAM = Path(__file__).with_name("official_push_program.py")
COUNTS = {"spot orders": 6, "spot balances": 4, "futures orders": 2, "pro orders": 7, "pro executions": 2}


@pytest.fixture(scope="module")
def run() -> tuple[dict[str, Any], Ledger]:
    """What each subscription heard, and the ledger afterwards."""
    with Sandbox() as sandbox:
        process = subprocess.run(
            [sys.executable, PROGRAM, json.dumps(sandbox.client_options()), json.dumps(COUNTS)],
            capture_output=True,
            text=True,
            timeout=60,
        )
        ledger = sandbox.ledger()
    assert process.returncode == 0, process.stderr
    return json.loads(process.stdout), ledger


@pytest.fixture(scope="module")
def heard(run) -> dict[str, list[Any]]:
    """Classic messages as the SDK's models have them, those of Pro as they came."""
    return run[0]


@pytest.fixture(scope="module")
def ledger(run) -> Ledger:
    return run[1]


def test_every_subscription_hears_something(heard):
    """The SDK's own models accept each message; only the leverage has not changed."""
    assert {name for name, messages in heard.items() if not messages} == {"pro leverage"}


def test_lives_of_the_spot_orders(heard, ledger):
    """One order rests and is cancelled, the other takes; each step is heard once."""
    told = [(each["data"]["clientOid"], each["data"]["type"]) for each in heard["spot orders"]]
    filled = heard["spot orders"][-1]["data"]
    (fill,) = [each for each in ledger.fills if each.product == "spot"]

    assert told == [
        *(("s-1", event) for event in ("received", "open", "canceled")),
        *(("s-2", event) for event in ("received", "match", "filled")),
    ]
    assert Decimal(filled["filledSize"]) == fill.size


def test_balances_end_at_the_ledger(heard, ledger):
    """The last message of each currency is what there is."""
    last = {each["data"]["currency"]: each["data"] for each in heard["spot balances"]}
    balances = {each.currency: each for each in ledger.balances if each.account == "trade"}

    assert set(last) == {"BTC", "USDT"}
    for currency, data in last.items():
        assert Decimal(data["available"]) == balances[currency].available
        assert Decimal(data["hold"]) == balances[currency].hold


def test_futures(heard, ledger):
    """Orders, the one that waits, the position and the wallet."""
    (position,) = [each for each in ledger.positions if each.size]

    assert [each["data"]["type"] for each in heard["futures orders"]] == ["match", "filled"]
    assert [each["data"]["type"] for each in heard["futures stop orders"]] == ["open"]
    assert heard["futures positions"][-1]["data"]["currentQty"] == int(position.size)
    assert heard["futures wallet"][-1]["data"]["currency"] == "USDT"


def test_changes_of_books_have_no_gap(heard):
    """The sequences of the classic changes follow each other."""
    ranges = [(each["data"]["sequenceStart"], each["data"]["sequenceEnd"]) for each in heard["spot changes"]]
    sequences = [each["data"]["sequence"] for each in heard["futures changes"]]

    assert all(first[1] + 1 == second[0] for first, second in pairwise(ranges))
    assert sequences == list(range(sequences[0], sequences[0] + len(sequences)))


def test_market_data(heard, ledger):
    """Tickers and trades are those of the ledger's fills."""
    prices = {fill.product: fill.price for fill in ledger.fills}

    assert Decimal(heard["spot ticker"][-1]["data"]["price"]) == prices["spot"]
    assert Decimal(heard["futures trades"][0]["data"]["price"]) == prices["futures"]
    assert heard["spot depth"][-1]["data"]["bids"][0] == heard["spot level 1"][-1]["data"]["bids"]
    assert heard["futures prices"][0]["data"]["markPrice"] == 67000


def test_pro(heard, ledger):
    """The same orders and fills through the unified services, with a snapshot before the changes of each book."""
    orders = [(each["d"]["ci"], each["d"]["eT"]) for each in heard["pro orders"]]

    assert orders == [
        ("s-1", "OPEN"),
        ("s-1", "CANCEL"),
        ("s-2", "MATCH"),
        ("s-2", "FILL"),
        ("f-1", "MATCH"),
        ("f-1", "FILL"),
        ("f-2", "OPEN"),
    ]
    assert [each["d"]["ti"] for each in heard["pro executions"]] == [fill.trade_id for fill in ledger.fills]
    assert heard["pro positions"][-1]["d"]["q"] == "5"
    for product in ("spot", "futures"):
        steps = [each["t"] for each in heard[f"pro {product} changes"] if each["dp"] == "increment@10ms"]
        assert steps[0] == "snapshot"
        assert set(steps[1:]) == {"delta"}
        assert [each["d"]["S"] for each in heard[f"pro {product} trades"]] == ["buy"]
