"""The notebooks of the examples are run from top to bottom, headless, by a real kernel."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest

DIRECTORY = Path(__file__).parent.parent / "examples"
NOTEBOOKS = sorted(DIRECTORY.glob("*.ipynb"))

# In a process of its own, because the kernel's client leaves sockets behind until its process ends. The kernel is
# interrupted as the button does it, once a cell has told that it waits.
_RUNNER = """
import asyncio, sys
import nbformat
from nbclient import NotebookClient

class Reader(NotebookClient):
    def process_message(self, message, cell, index):
        if message["content"].get("text") == "waiting\\n":
            self.interruption = asyncio.ensure_future(self.km.interrupt_kernel())
        return super().process_message(message, cell, index)

book = nbformat.read(sys.argv[1], as_version=4)
Reader(book, kernel_name="python3", timeout=60).execute()
print(nbformat.writes(book))
"""


class Run:
    """A notebook that was run; an error in a cell that expects none fails the test."""

    def __init__(self, name: str) -> None:
        surroundings = {"PYTHONPATH": str(DIRECTORY.parent), "PYDEVD_DISABLE_FILE_VALIDATION": "1"}
        done = subprocess.run(
            [sys.executable, "-c", _RUNNER, f"{name}.ipynb"],
            cwd=DIRECTORY,
            capture_output=True,
            text=True,
            timeout=240,
            env={**os.environ, **surroundings},
            check=False,
        )
        assert done.returncode == 0, done.stderr
        self.cells = [
            cell for cell in nbformat.reads(done.stdout, as_version=4).cells if cell.cell_type == "code"
        ]

    def shown(self, kind: str, containing: str) -> str:
        """What the one cell with this text has shown, as that kind of data."""
        (cell,) = (cell for cell in self.cells if containing in cell.source)
        (shown,) = (output.data for output in cell.outputs if "data" in output)
        return str(shown[kind])

    def text(self, containing: str) -> str:
        """As text."""
        return self.shown("text/plain", containing)

    def table(self, containing: str) -> str:
        """As HTML."""
        return self.shown("text/html", containing)

    def error(self) -> Any:
        """The one error that there is."""
        (error,) = (output for cell in self.cells for output in cell.outputs if output.output_type == "error")
        return error


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_kept_as_jupyter_saves_it_and_without_outputs(notebook: Path) -> None:
    """Outputs would differ with every run, and say what nobody has checked."""
    book = nbformat.read(notebook, as_version=nbformat.NO_CONVERT)
    nbformat.validate(book)

    assert book.metadata.kernelspec.name == "python3"
    code = [cell for cell in book.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == [None] * len(code)
    assert [cell.outputs for cell in code] == [[]] * len(code)
    assert notebook.read_text(encoding="utf-8") == nbformat.writes(book) + "\n"


def test_there_is_no_notebook_that_is_not_run() -> None:
    """Each has a test below."""
    assert [path.stem for path in NOTEBOOKS] == ["latency", "trading"]


def test_trading_goes_on_after_the_interruption_of_a_cell_that_waits() -> None:
    """The interrupt ends the waiting at once, and the order is found; everything after it works, with a table of orders
    that is redrawn while other cells run."""
    run = Run("trading")

    error = run.error()
    assert error.ename == "KeyboardInterrupt"
    if sys.version_info >= (3, 11):  # notes of exceptions came with it
        assert "spot.sync_order was sent and not answered yet" in "".join(error.traceback)
    assert ">data.order_id<" in run.table("response = future.result()")
    assert ">resting<" in run.table("report = client.resolve(unanswered")
    assert run.text("outcome(closed.") == "'not sent, so it may be repeated: ClientClosedError'"
    assert run.text('"size": "1000"').startswith("'refused, so it is not there: ")
    assert run.text("timeout=0.2") == "'unknown (ReplyTimeoutError), so it was looked up: resting'"
    assert run.text('tracker.wait("done"') == "['filled', 'cancelled', 'cancelled']"
    assert "<td>filled</td>" in run.table("display_id=True")
    assert "<caption>fills</caption>" in run.cells[-2].outputs[0].data["text/html"]


def test_the_latency_study_draws_the_parts_of_each_round_trip() -> None:
    """Of three hundred orders."""
    run = Run("latency")

    drawn = [output for cell in run.cells for output in cell.outputs if "image/png" in output.get("data", {})]
    assert len(drawn) == 4
    summary = run.text("describe(").split()
    assert summary[:9] == ["queued", "round_trip", "gateway", "network", "count", *["300.0"] * 4]
