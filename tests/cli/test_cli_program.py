"""The program: its commands, what each loads, and how it ends when others do."""

from __future__ import annotations

import configparser
import io
import subprocess
import sys
import threading
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

import kucoin_wsapi.__main__
from kucoin_wsapi.cli.main import COMMANDS
from kucoin_wsapi.cli.percentiles import summary
from kucoin_wsapi.cli.progress import Progress


def test_the_help_lists_every_command(run) -> None:
    """With its exit statuses, for the program and for each command."""
    ran = run("--help")

    assert ran.status == 0
    assert all(f"  {name}" in ran.out for name in COMMANDS)
    assert "3 the outcome is unknown" in " ".join(ran.out.split())


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(run, name) -> None:
    """And its options."""
    ran = run(name, "--help")

    assert (ran.status, ran.err) == (0, "")
    assert ran.out.startswith("usage: ")


@pytest.mark.parametrize("arguments", [["--", "ping"], ["--nonsense", "ping"], ["nonsense"], []])
def test_what_is_no_command_has_status_2(run, arguments) -> None:
    """And is told on stderr."""
    ran = run(*arguments)

    assert (ran.status, ran.out) == (2, "")
    assert "kucoin-wsapi: error:" in ran.err


def test_a_dry_run_loads_neither_a_connection_nor_the_sandbox() -> None:
    """A process of its own, so that nothing is loaded before."""
    program = (
        "import sys\n"
        "from kucoin_wsapi.cli.main import main\n"
        "main(['cancel', 'BTC-USDT', '--order-id', 'x', '--dry-run'])\n"
        "heavy = {'websocket', 'requests', 'aiohttp', 'asyncio'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")


def test_a_reader_that_goes_away_is_no_reason_for_a_traceback(start) -> None:
    """As with ``| head -0``."""
    process = start("order", "--help")
    process.stdout.close()
    process.stdout = None
    _, err = process.communicate(timeout=20)

    assert err == ""


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (0, {"count": 0, "min": None, "p50": None, "p90": None, "p99": None, "max": None}),
        (1, {"count": 1, "min": 1, "p50": 1, "p90": 1, "p99": 1, "max": 1}),
        (2, {"count": 2, "min": 1, "p50": 1, "p90": 2, "p99": 2, "max": 2}),
        (100, {"count": 100, "min": 1, "p50": 50, "p90": 90, "p99": 99, "max": 100}),
    ],
)
def test_a_percentile_is_a_time_that_occurred(count, expected) -> None:
    """The smallest that is not below its share of all times."""
    assert summary(number / 1e6 for number in reversed(range(1, count + 1))) == expected


class Terminal(io.StringIO):
    """A stream that says it is one, and when something is written to it."""

    def __init__(self, *, tty: bool) -> None:
        super().__init__()
        self.tty = tty
        self.written = threading.Event()

    def isatty(self) -> bool:
        """What the test says."""
        return self.tty

    def flush(self) -> None:
        """All that is to be written at once has been."""
        self.written.set()


@pytest.mark.parametrize("tty", [True, False], ids=["terminal", "file"])
def test_what_takes_longer_than_a_second_shows_how_far_it_is(monkeypatch, tty) -> None:
    """A bar that is wiped out at the end, or a line."""
    stream = Terminal(tty=tty)
    monkeypatch.setattr(sys, "stderr", stream)
    with Progress("orders", 40) as progress:
        progress.done = 10
        assert stream.written.wait(10)
    bar = f"orders [{'#' * 7}{'.' * 23}] 10 of 40"

    assert stream.getvalue().startswith(f"\r{bar}\x1b[K" if tty else f"{bar}\n")
    assert stream.getvalue().endswith("\r\x1b[K" if tty else f"{bar}\n")


def test_what_is_quick_shows_nothing(monkeypatch) -> None:
    """Nobody needs to know."""
    stream = Terminal(tty=True)
    monkeypatch.setattr(sys, "stderr", stream)
    with Progress("orders", 40):
        pass

    assert stream.getvalue() == ""


def test_the_package_installs_the_program() -> None:
    """Its name leads to what ``python -m kucoin_wsapi`` runs."""
    config = configparser.ConfigParser()
    config.read(Path(__file__).parents[2] / "setup.cfg", encoding="utf-8")
    script = EntryPoint(
        *config["options.entry_points"]["console_scripts"].strip().split(" = "), "console_scripts"
    )

    assert (script.name, script.load()) == ("kucoin-wsapi", kucoin_wsapi.__main__.main)
