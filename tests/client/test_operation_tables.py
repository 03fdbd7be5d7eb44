"""What is known of an operation stands in a few tables, and they know the same operations."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import kucoin_wsapi
from kucoin_wsapi._conversion import RESPONSE_TYPES
from kucoin_wsapi._operations import Action, action_of
from kucoin_wsapi.orders import _CLASSES
from kucoin_wsapi.sandbox.operations import OPERATIONS as OF_THE_SANDBOX

SOURCES = Path(kucoin_wsapi.__file__).parent


@pytest.mark.parametrize(
    ("op", "action"),
    [
        ("spot.order", Action.PLACE),
        ("spot.sync_order", Action.PLACE),
        ("futures.multi_order", Action.PLACE_MANY),
        ("spot.modify", Action.REPLACE),
        ("uta.amend", Action.AMEND),
        ("futures.cancel", Action.CANCEL),
        ("spot.sync_cancel", Action.CANCEL),
        ("futures.multi_cancel", Action.CANCEL_MANY),
        ("spot.newer_cancel", Action.CANCEL_MANY),
        ("spot.newer", None),
        ("order", Action.PLACE),
    ],
)
def test_what_an_operation_does_is_known_by_its_name(op: str, action: Action | None) -> None:
    """Also of one that is newer than this package, where its name says that it cancels."""
    assert action_of(op) is action


def test_an_operation_is_known_in_each_table_or_in_none() -> None:
    """What it takes, what it answers, what it does, and its method; and the sandbox has it, too."""
    sources = [path.read_text(encoding="utf-8") for path in SOURCES.glob("_*_trading.py")]
    sends = [node for source in sources for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    with_a_method = [
        call.args[0].value
        for call in sends
        if isinstance(call.func, ast.Attribute)
        and call.func.attr == "_send"
        and isinstance(call.args[0], ast.Constant)
    ]

    assert sorted(with_a_method) == sorted(_CLASSES)
    assert set(_CLASSES) == set(RESPONSE_TYPES) == set(OF_THE_SANDBOX)
    assert None not in map(action_of, _CLASSES)
