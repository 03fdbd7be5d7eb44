"""The trade socket of KuCoin's own Python SDK against the sandbox: a client that nobody here wrote."""

import json
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from kucoin_wsapi.sandbox import Sandbox

PROGRAM = Path(__file__).with_name("official_trade_socket_program.py")
STYLES = ("compact", "blanks", "swapped")


@pytest.fixture(scope="module")
def sandboxes() -> dict[str, Sandbox]:
    """One sandbox for each spelling of the challenge."""
    return {style: Sandbox(challenge=style) for style in STYLES}


@pytest.fixture(scope="module")
def told(sandboxes) -> Iterator[dict[str, Any]]:
    """What the SDK met in each sandbox, and with a wrong secret."""
    for sandbox in sandboxes.values():
        sandbox.start()
    options = {style: sandbox.client_options() for style, sandbox in sandboxes.items()}
    options["wrong secret"] = {**options["compact"], "api_secret": "wrong"}
    process = subprocess.run(
        [sys.executable, PROGRAM, json.dumps(options)], capture_output=True, text=True, timeout=60
    )
    for sandbox in sandboxes.values():
        sandbox.stop()
    assert process.returncode == 0, process.stderr
    return json.loads(process.stdout)


@pytest.mark.parametrize("style", STYLES)
def test_places_amends_and_cancels(told, sandboxes, style):
    """The SDK logs in whatever the challenge's spelling, and manages an order; the ledger agrees."""
    results = told[style]
    replies = [results[step] for step in ("placed", "amended", "canceled")]
    order = sandboxes[style].find_order(client_oid="official-1")

    assert results["login"] == "welcome"
    assert [reply["code"] for reply in replies] == ["200000"] * 3
    assert {reply["data"]["orderId"] for reply in replies} == {order.order_id}
    assert order.terms.price == Decimal(59_000)
    assert not order.is_active


def test_refusal_reaches_its_user(told, sandboxes):
    """An order beyond the funds is refused with the unified account's code, and is not in the ledger."""
    assert told["compact"]["refused"]["code"] == "106150"
    assert sandboxes["compact"].find_order(client_oid="official-2") is None


def test_trades_futures(told, sandboxes):
    """An order of the trade type FUTURES fills, and makes the position that it asked for."""
    order = sandboxes["compact"].find_order(client_oid="official-3")
    (position,) = sandboxes["compact"].positions

    assert told["compact"]["futures"]["data"]["orderId"] == order.order_id
    assert (order.filled_size, position.size, position.leverage) == (3, 3, 3)


def test_rest_look_up(told):
    """The SDK's REST client signs what the sandbox accepts, and reads the sandbox's record."""
    assert told["compact"]["looked_up"] == {"client_oid": "official-1", "price": "60000", "active": True}


def test_wrong_secret_is_not_let_in(told):
    """The SDK gets no welcome; it overlooks the frame with the code and fails when the server closes."""
    assert set(told["wrong secret"]) == {"login"}
    assert told["wrong secret"]["login"] != "welcome"
