"""The helpers of the client's tests serve here too; and nothing that is asked for in vain takes long."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "life"))

from desk import Desk, open_desk

from kucoin_wsapi import _order_inquiry, _resolving


@pytest.fixture
def desk() -> Iterator[Desk]:
    """Two traders."""
    with open_desk() as opened:
        yield opened


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes KuCoin seconds takes the sandbox none. `test_resolving` holds the rule of the 8 s."""
    monkeypatch.setattr(_resolving, "_UNTIL_CERTAIN", 0.4)
    monkeypatch.setattr(_order_inquiry, "_PAUSES", (0.05,))
    monkeypatch.setattr(_order_inquiry, "_UNTIL_DOUBT", 0.2)
