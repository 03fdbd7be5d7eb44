"""The examples of the documentation of the command line are run, and give what stands there."""

from __future__ import annotations

import re
import shlex
import signal
import textwrap
from pathlib import Path

import pytest

from kucoin_wsapi.cli.main import COMMANDS

DOCUMENT = (Path(__file__).parents[2] / "docs" / "command_line.rst").read_text(encoding="utf-8")
BLOCKS = [textwrap.dedent(block).strip() for block in re.findall(r"::\n\n((?:   .*\n|\n)+)", DOCUMENT)]
SERVED = "--sandbox --port 9000"


def example(block: str) -> tuple[str, str]:
    """The command of a block, and what it prints."""
    command, _, output = block.partition("\n")
    assert command.startswith("$ kucoin-wsapi "), block
    return command.removeprefix("$ kucoin-wsapi "), output


def shape(text: str) -> str:
    """What does not change from run to run: no ids, no numbers, no line ends."""
    # First of all, because figures in a row look like an id when the blanks between them are gone.
    without_ids = re.sub(r"\b(?:[0-9a-f]{24}|[0-9a-f]{12}-\d+)\b", "ID", text)
    joined = re.sub(r"\s+", "", without_ids)
    return re.sub(r"-?\d[\d.]*", "0", joined).replace("behind", "ahead")


def test_there_are_examples_of_every_command_that_is_new_here() -> None:
    """The table names all commands; what the demo prints needs no example."""
    shown = {example(block)[0].split()[0] for block in BLOCKS}

    assert shown == {*COMMANDS} - {"demo"}
    assert re.findall(r"^``(\w+)`` +\w", DOCUMENT, re.MULTILINE)[: len(COMMANDS)] == [*COMMANDS]


def test_the_tour_of_one_order_goes_as_it_stands(run, sandbox, at) -> None:
    """Its commands meet on one sandbox."""
    tour = [example(block) for block in BLOCKS if SERVED in block]
    assert len(tour) == 3
    for command, output in tour:
        ran = run(*shlex.split(command.replace(SERVED, "")), *at(sandbox))

        assert (ran.status, shape(ran.out)) == (0, shape(output))


def test_a_sandbox_for_programs_prints_what_stands_there(start) -> None:
    """Until Ctrl-C."""
    (block,) = [block for block in BLOCKS if " sandbox " in block.partition("\n")[0]]
    command, output = example(block)
    process = start(*shlex.split(command))
    ready = process.stdout.readline()
    process.send_signal(signal.SIGINT)
    end, err = process.communicate(timeout=20)
    fixed = re.compile(r'("(?:ws_url|rest_url|api_key|api_secret)": )"[^"]*"')

    assert (process.returncode, err) == (0, "")
    assert shape(fixed.sub(r"\1", ready + end)) == shape(fixed.sub(r"\1", output))


@pytest.mark.parametrize(
    "block", [block for block in BLOCKS if SERVED not in block and "wsapi sandbox " not in block]
)
def test_an_example_prints_what_stands_there(run, block) -> None:
    """Each by itself."""
    command, output = example(block)
    ran = run(*shlex.split(command))

    assert shape(ran.out) == shape(output)
    assert ran.status == (1 if '"error"' in output else 0)


def test_the_statuses_are_those_of_the_program(run) -> None:
    """One list, told in two places."""
    told = re.findall(r"^``(\d+)`` ", DOCUMENT, re.MULTILINE)

    assert told == ["0", "1", "2", "3", "130"]
    assert all(re.search(rf"\b{status} ", run("--help").out.split("exit status:")[1]) for status in told)
