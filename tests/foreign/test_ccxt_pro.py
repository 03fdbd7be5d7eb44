"""ccxt.pro against the sandbox: orders, balances, tickers and books as it watches them."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from kucoin_wsapi.sandbox import Ledger, Sandbox

PROGRAM = Path(__file__).with_name("ccxt_pro_program.py")


@pytest.fixture(scope="module")
def run() -> tuple[dict[str, Any], Ledger]:
    """What ccxt saw, and the ledger afterwards."""
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
def seen(run) -> dict[str, Any]:
    return run[0]


@pytest.fixture(scope="module")
def ledger(run) -> Ledger:
    return run[1]


@pytest.mark.parametrize("name", ["spot", "swap"])
def test_orders(seen, ledger, name):
    """The cancelled and the filled one end as they did, with the ids and fills of the ledger."""
    orders = seen[f"{name} orders"]

    assert {client_oid: order["status"] for client_oid, order in orders.items()} == {
        f"{name}1": "canceled",
        f"{name}2": "closed",
    }
    for client_oid, order in orders.items():
        booked = ledger.find_order(client_oid=client_oid)
        assert (order["id"], order["filled"]) == (booked.order_id, float(booked.filled_size))
        assert order["side"] == "buy"


@pytest.mark.parametrize("name", ["spot", "swap"])
def test_balance(seen, ledger, name):
    """The total is that of the ledger after the fill."""
    account = {"spot": "trade", "swap": "futures"}[name]
    (held,) = [each for each in ledger.balances if (each.account, each.currency) == (account, "USDT")]

    assert seen[f"{name} balance"]["total"] == pytest.approx(float(held.available + held.hold), rel=1e-3)
    assert seen[f"{name} balance"]["total"] < 100_000


@pytest.mark.parametrize("name", ["spot", "swap"])
def test_ticker(seen, name):
    """Bid, ask and last price, bid below ask."""
    ticker = seen[f"{name} ticker"]

    assert ticker["bid"] < ticker["ask"]
    assert ticker["bid"] < ticker["last"] < ticker["ask"]


@pytest.mark.parametrize("name", ["spot", "swap"])
def test_order_book(seen, name):
    """Built from a snapshot and the changes since; both sides are in their order."""
    book = seen[f"{name} book"]
    bids, asks = [row[0] for row in book["bids"]], [row[0] for row in book["asks"]]

    assert bids == sorted(bids, reverse=True)
    assert asks == sorted(asks)
    assert bids[0] < asks[0]
    assert book["nonce"]
