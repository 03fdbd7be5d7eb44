"""The program: its commands, what each loads, and how it ends when others do."""

from __future__ import annotations

import argparse
import configparser
import io
import subprocess
import sys
import threading
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

import kucoin_wsapi.__main__
from kucoin_wsapi.cli.main import COMMANDS, main
from kucoin_wsapi.cli.percentiles import summary
from kucoin_wsapi.cli.progress import Progress
from kucoin_wsapi.cli.statuses import STATUSES


def test_the_help_lists_every_command(run) -> None:
    """With its exit statuses, for the program and for each command."""
    ran = run("--help")

    assert ran.status == 0
    assert all(f"  {name}" in ran.out for name in COMMANDS)
    assert "3 the outcome is unknown" in " ".join(ran.out.split())


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(run, name) -> None:
    """What it does, and with which status it ends; by the name under which it is installed."""
    ran = run(name, "--help")

    assert (ran.status, ran.err) == (0, "")
    assert ran.out.startswith(f"usage: kucoin-wsapi {name} [-h] [--json]")
    assert STATUSES in ran.out


@pytest.mark.parametrize("name", COMMANDS)
def test_every_argument_of_a_command_is_explained(monkeypatch, name) -> None:
    """None of them is a secret, and what connects to KuCoin can do so through a proxy."""
    parsers: list[argparse.ArgumentParser] = []

    def keep(parser: argparse.ArgumentParser, _: object) -> None:
        parsers.append(parser)
        raise KeyboardInterrupt

    monkeypatch.setattr(argparse.ArgumentParser, "parse_args", keep)
    assert main([name]) == 130
    (parser,) = parsers
    options = {option for action in parser._actions for option in action.option_strings}

    assert [action.dest for action in parser._actions if not action.help] == []
    assert (parser.description or "").endswith(".\n")
    assert not parser.allow_abbrev
    assert not any(word in option for option in options for word in ("secret", "passphrase", "password"))
    assert ({"--proxy", "--credentials"} <= options) == (name != "sandbox")


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


def test_what_takes_longer_than_a_second_shows_how_far_it_is(monkeypatch) -> None:
    """A bar that is wiped out at the end."""
    stream = Terminal(tty=True)
    monkeypatch.setattr(sys, "stderr", stream)
    with Progress("orders", 40) as progress:
        progress.done = 10
        assert stream.written.wait(10)
    bar = f"orders [{'#' * 7}{'.' * 23}] 10 of 40"

    assert stream.getvalue().startswith(f"\r{bar}\x1b[K")
    assert stream.getvalue().endswith("\r\x1b[K")


def test_where_nobody_looks_no_progress_is_shown(monkeypatch) -> None:
    """Not even a thread for it is started: a log must not fill with it."""
    monkeypatch.setattr(sys, "stderr", Terminal(tty=False))
    before = threading.active_count()
    with Progress("orders", 40):
        assert threading.active_count() == before


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
