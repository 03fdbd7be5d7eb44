"""The picture and the table of the documentation show the transitions that there are."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from kucoin_wsapi._states import TRANSITIONS, ConnectionState, Input

SCRIPT = Path(__file__).parent.parent / "docs" / "states_picture.py"


@pytest.fixture
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("states_picture", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_and_the_picture_are_those_that_the_script_makes(script: ModuleType) -> None:
    """Run ``python docs/states_picture.py`` after a change of the transitions."""
    assert script.PAGE.read_text() == script.page()
    assert script.PICTURE.read_text() == script.picture()


def test_the_table_has_each_transition_once(script: ModuleType) -> None:
    """Read back, it is the table that the connection goes by."""
    lines = script.table().splitlines()[3:-2]
    shown = [
        (ConnectionState[state], Input(given), ConnectionState[target])
        for state, given, target in (re.split(r"  +", line) for line in lines)
    ]

    assert {(state, given): target for state, given, target in shown} == TRANSITIONS
    assert len(shown) == len(TRANSITIONS)


def test_the_picture_has_each_state_and_an_arrow_for_each_pair(script: ModuleType) -> None:
    """Apart from errors of the package, and from what leads to the same state."""
    drawn = script.picture()
    pairs = {
        (source, target)
        for (source, given), target in TRANSITIONS.items()
        if given not in (Input.CRASHED, Input.CRASHED_AGAIN) and source is not target
    }

    assert all(f">{state.name}</text>" in drawn for state in ConnectionState)
    assert drawn.count('<path d="M') == len(pairs) + 1  # the arrow's head is one
