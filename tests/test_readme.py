"""Every code block of the README and of the documentation is executed; the commands are the ones that exist."""

from __future__ import annotations

import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from kucoin_wsapi import WebsocketAPIClient
from kucoin_wsapi.sandbox import Sandbox

ROOT = Path(__file__).parent.parent
DOCUMENTS = [ROOT / "README.rst", *sorted((ROOT / "docs").glob("*.rst"))]


def blocks(document: Path, kind: str) -> list[str]:
    """The contents of all code blocks of one kind."""
    found = re.findall(rf"\.\. code-block:: {kind}\n\n((?:   .*\n|\n)+)", document.read_text())
    return [textwrap.dedent(block).strip() for block in found]


PYTHON_BLOCKS = {
    f"{document.stem}-{number}": block
    for document in DOCUMENTS
    for number, block in enumerate(blocks(document, "python"), 1)
}


def test_no_block_escapes_the_tests() -> None:
    """Every block is of a kind that is tested here."""
    console = blocks(ROOT / "README.rst", "console")
    written = sum(document.read_text().count(".. code-block::") for document in DOCUMENTS)

    assert written == len(PYTHON_BLOCKS) + len(console)
    assert len(PYTHON_BLOCKS) >= 7


@pytest.mark.parametrize("block", PYTHON_BLOCKS.values(), ids=PYTHON_BLOCKS)
def test_a_python_block_runs_as_it_stands(block: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Against the sandbox: the block that means KuCoin finds its key in the environment, and another URL."""
    with Sandbox() as sandbox:
        options = dict(sandbox.client_options())
        for name in ("api_key", "api_secret", "api_passphrase"):
            monkeypatch.setenv(f"KUCOIN_{name.upper()}", options[name])
        from_env = WebsocketAPIClient.from_env
        monkeypatch.setattr(WebsocketAPIClient, "from_env", lambda: from_env(ws_url=options["ws_url"]))

        exec(compile(block, "document", "exec"), {"__name__": "readme"})


def test_the_commands_of_the_readme_are_known_to_the_script_that_sets_up() -> None:
    """One demo command, one test command; the continuous integration runs the latter."""
    commands = [
        line.removeprefix("$ ")
        for block in blocks(ROOT / "README.rst", "console")
        for line in block.splitlines()
    ]

    assert commands == ["python3 run.py demo", "python3 run.py tests"]
    assert (ROOT / ".ci" / "run").read_text().splitlines()[-1] == commands[1]


def test_the_script_that_sets_up_refuses_other_words() -> None:
    """It says how it is used, and fails."""
    done = subprocess.run(
        [sys.executable, ROOT / "run.py", "nonsense"], capture_output=True, text=True, timeout=60, check=False
    )

    assert done.returncode == 2
    assert "usage: python3 run.py demo | tests" in done.stdout
