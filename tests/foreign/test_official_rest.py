"""REST as KuCoin's own Python SDK uses it: every call is made and its answer checked by the SDK's models."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from kucoin_wsapi.sandbox import Sandbox, Snapshot

PROGRAM = Path(__file__).with_name("official_rest_program.py")


@pytest.fixture(scope="module")
def run() -> tuple[dict[str, Any], Snapshot]:
    """What each call gave, and the ledger afterwards."""
    with Sandbox() as sandbox:
        process = subprocess.run(
            [sys.executable, PROGRAM, json.dumps(sandbox.client_options())],
            capture_output=True,
            text=True,
            timeout=60,
        )
        snapshot = sandbox.snapshot()
    assert process.returncode == 0, process.stderr
    return json.loads(process.stdout), snapshot


@pytest.fixture(scope="module")
def told(run) -> dict[str, Any]:
    """The data of each call."""
    return {name: result.get("data") for name, result in run[0].items()}


def test_every_call_is_answered_as_the_sdk_expects(run):
    """None is refused, and none of the answers fails its model."""
    failures = {name: result["error"] for name, result in run[0].items() if "error" in result}

    assert failures == {}
    assert len(run[0]) >= 80


def test_spot_orders_are_in_the_ledger(run, told):
    """Placed, modified, cancelled in part and in whole, tested and refused."""
    ledger = run[1].ledgers["main"]
    statuses = {
        order.terms.client_oid: order.status.value for order in ledger.orders if order.terms.product == "spot"
    }
    items = told["spot order batch_add_orders"]["data"]

    assert statuses == {
        "s-1": "canceled",
        "s-2": "canceled",
        "s-4": "canceled",
        "s-6": "canceled",
        "s-7": "filled",
    }
    assert [item["success"] for item in items] == [True, False]
    assert told["spot order cancel_partial_order"]["cancel_size"] == "0.0005"
    assert told["spot order cancel_order_by_order_id_sync"]["canceled_size"] == "0.001"
    assert told["spot order get_order_by_client_oid"]["price"] == "60000"


def test_fills_agree_with_the_ledger(run, told):
    """The SDK's trade history is the ledger's, for spot and futures."""
    fills = run[1].ledgers["main"].fills
    spot = [int(fill.trade_id) for fill in fills if fill.product == "spot"]
    futures = [fill.trade_id for fill in fills if fill.product == "futures"]

    assert [item["trade_id"] for item in told["spot order get_trade_history"]["items"]] == spot[::-1]
    assert [item["trade_id"] for item in told["futures order get_trade_history"]["items"]] == futures[::-1]


def test_futures_position(run, told):
    """What the SDK reads of the position is the ledger's."""
    (position,) = [each for each in run[1].ledgers["main"].positions if each.size]
    details = told["futures positions get_position_details"]

    assert (details["current_qty"], details["leverage"]) == (int(position.size), position.leverage)
    assert details["avg_entry_price"] == float(position.entry_price)


def test_futures_batches(told):
    """Each item is judged alone; what is cancelled already cannot be cancelled again."""
    added = told["futures order batch_add_orders"]["data"]
    canceled = told["futures order batch_cancel_orders"]["data"]

    assert [item["code"] == "200000" for item in added] == [True, False]
    assert canceled[0]["code"] not in ("200", "200000")


def test_settings_and_accounts(told):
    """Modes, leverage, balances and fees as they were set and deposited."""
    assert told["futures positions switch_margin_mode"]["margin_mode"] == "CROSS"
    assert told["futures positions get_cross_margin_leverage"]["leverage"] == "5"
    assert told["account account get_apikey_info"]["permission"] == "General,Spot,Margin,Futures"
    assert {item["currency"] for item in told["account account get_spot_account_list"]["data"]} == {
        "BTC",
        "ETH",
        "USDT",
    }
    assert told["account fee get_futures_actual_fee"]["taker_fee_rate"] == "0.0006"
