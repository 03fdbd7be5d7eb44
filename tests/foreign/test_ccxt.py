"""ccxt against the sandbox: a client that nobody here wrote, with only its URLs overridden."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from kucoin_wsapi.sandbox import Ledger, Sandbox

PROGRAM = Path(__file__).with_name("ccxt_program.py")


@pytest.fixture(scope="module")
def run() -> tuple[dict[str, Any], Ledger]:
    """What ccxt told, and the ledger afterwards."""
    with Sandbox() as sandbox:
        process = subprocess.run(
            [sys.executable, PROGRAM, json.dumps(sandbox.client_options())],
            capture_output=True,
            text=True,
            timeout=60,
        )
        ledger = sandbox.ledger()
    assert process.returncode == 0, process.stderr
    return json.loads(process.stdout), ledger


@pytest.fixture(scope="module")
def told(run) -> dict[str, Any]:
    return run[0]


@pytest.fixture(scope="module")
def ledger(run) -> Ledger:
    return run[1]


def test_loads_markets(told):
    """Spot pairs, and contracts as perpetuals, with the steps of the sandbox."""
    assert told["markets"] == ["BTC/USD:BTC", "BTC/USDT", "BTC/USDT:USDT", "ETH/USDT", "ETH/USDT:USDT"]
    assert told["steps"] == {
        "BTC/USDT": {"amount": 1e-08, "price": 0.1},
        "BTC/USDT:USDT": {"amount": 1, "price": 0.1},
    }


def test_spot_order_through_its_life(told, ledger):
    """Created, edited into another, cancelled: as ccxt tells it, and in the ledger."""
    spot = told["spot"]
    first, second = ledger.orders[:2]

    assert (spot["created"], spot["edited"]) == (first.order_id, second.order_id)
    assert (spot["fetched"]["status"], spot["fetched"]["clientOrderId"]) == ("open", "spot-1")
    assert [(order["price"], order["amount"]) for order in spot["open"]] == [(59000, 0.002)]
    assert spot["canceled"]["status"] == "canceled"
    assert second.cancel_reason is not None


def test_spot_trade(told, ledger):
    """A market order is closed, its trades and the balance are the ledger's."""
    spot = told["spot"]
    fills = [fill for fill in ledger.fills if fill.product == "spot"]

    assert (spot["bought"]["status"], spot["bought"]["filled"]) == ("closed", 0.01)
    assert spot["bought"]["id"] in spot["closed"]
    assert [(trade["price"], trade["amount"], trade["fee"]["cost"]) for trade in spot["trades"]] == [
        (float(fill.price), float(fill.size), pytest.approx(float(fill.fee))) for fill in fills
    ]
    assert spot["balance"]["BTC"] == 10.01
    paid = sum(fill.value + fill.fee for fill in fills)
    assert spot["balance"]["USDT"] == pytest.approx(100_000 - float(paid))


def test_swap_order_and_position(told, ledger):
    """The same for a perpetual, with the position and the margin."""
    swap = told["swap"]
    (position,) = [each for each in ledger.positions if each.size]
    (shown,) = swap["positions"]

    assert (swap["fetched"]["status"], swap["canceled"]["status"]) == ("open", "canceled")
    assert [order["clientOrderId"] for order in swap["open"]] == ["swap-1"]
    assert swap["bought"]["status"] == "closed"
    assert (shown["contracts"], shown["side"], shown["leverage"]) == (5, "long", 3)
    assert shown["entryPrice"] == pytest.approx(float(position.entry_price))
    assert sum(trade["amount"] for trade in swap["trades"]) == 5
    assert swap["balance"]["free"] == pytest.approx(
        100_000 - float(position.margin) - float(position.fees), abs=1e-6
    )


def test_settings(told):
    """Margin mode and position mode are read and written."""
    assert told["swap"]["margin mode"] == "cross"
    assert told["swap"]["hedged"] is False


def test_refusals_get_their_class(told):
    """ccxt's own table knows the sandbox's codes."""
    assert told["spot"]["refused"] == "InsufficientFunds"
    assert told["swap"]["refused"] == "InsufficientFunds"
    assert told["wrong secret"] == "AuthenticationError"


def test_market_data(told):
    """Bids below asks, an open exchange, the fee of the pair."""
    assert told["ticker"]["bid"] < told["ticker"]["ask"]
    assert told["book"]["bids"][0][0] < told["book"]["asks"][0][0]
    assert (told["status"], told["fee"]) == ("ok", 0.001)
