"""The picture of the way of an order is the one of the steps that are written down."""

from __future__ import annotations

import importlib.util
from pathlib import Path

SCRIPT = Path(__file__).parent.parent / "docs" / "way_picture.py"


def test_the_picture_is_the_one_that_the_script_draws() -> None:
    """Run ``python docs/way_picture.py`` after a change; each step is in it, and an arrow for each hand-over."""
    spec = importlib.util.spec_from_file_location("way_picture", SCRIPT)
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    drawn = script.PICTURE.read_text(encoding="utf-8")

    assert drawn == script.picture()
    assert all(f">{step.text}</text>" in drawn for step in script.STEPS)
    assert (
        drawn.count('<path d="M') == sum(step.to is not None for step in script.STEPS) + 1
    )  # the arrow's head
