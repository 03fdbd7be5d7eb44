"""Every code block of the README and of the documentation is executed; the commands are the ones that exist."""

from __future__ import annotations

import contextlib
import io
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from documents import ROOT, blocks, commands

import kucoin_wsapi
from kucoin_wsapi import WebsocketAPIClient, sandbox
from kucoin_wsapi.sandbox import Sandbox

DOCUMENTS = [ROOT / "README.rst", *sorted((ROOT / "docs").rglob("*.rst"))]
FOLLOWED = [ROOT / "README.rst", ROOT / "docs" / "tutorial.rst"]  # commands and all, by newcomer/run.py


class Step(NamedTuple):
    """A block of Python, and what it prints as far as the document says so."""

    code: str
    output: str | None = None


def steps(document: Path) -> list[Step]:
    """The Python of a document; a block of text after one is what that prints."""
    result: list[Step] = []
    for kind, block in blocks(document, "python", "text"):
        if kind == "python":
            result.append(Step(block))
        else:
            result[-1] = result[-1]._replace(output=block)
    return result


def sessions() -> dict[str, list[Step]]:
    """What is run in one go: all of the tutorial, else each block alone."""
    result = {}
    for document in DOCUMENTS:
        name = document.relative_to(ROOT).with_suffix("").as_posix()
        if name == "docs/tutorial":
            result[name] = steps(document)
        else:
            result |= {f"{name}-{number}": [step] for number, step in enumerate(steps(document), 1)}
    return result


SESSIONS = sessions()


def test_no_block_escapes_the_tests() -> None:
    """Every block is of a kind that is tested here."""
    tested = [step for session in SESSIONS.values() for step in session]
    written = sum(document.read_text().count(".. code-block::") for document in DOCUMENTS)
    console = [block for page in FOLLOWED for block in blocks(page, "console")]

    assert written == len(tested) + sum(step.output is not None for step in tested) + len(console)
    assert len(tested) >= 7


@pytest.mark.parametrize("session", SESSIONS.values(), ids=SESSIONS)
def test_python_in_a_document_runs_as_it_stands_and_prints_what_it_says(
    session: list[Step], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Against the sandbox: the block that means KuCoin finds its key in the environment, and other URLs."""
    with Sandbox() as exchange:
        options = dict(exchange.client_options())
        for name in ("api_key", "api_secret", "api_passphrase"):
            monkeypatch.setenv(f"KUCOIN_{name.upper()}", options.pop(name))
        from_env = WebsocketAPIClient.from_env
        monkeypatch.setattr(WebsocketAPIClient, "from_env", lambda **given: from_env(**options, **given))

        namespace = {"__name__": "document"}
        for step in session:
            printed = io.StringIO()
            with contextlib.redirect_stdout(printed):
                exec(compile(step.code, "document", "exec"), namespace)
            assert step.output in (None, printed.getvalue().strip())


def test_every_public_name_has_its_place_in_the_reference() -> None:
    """A name that a program can import, and nobody explains, is found by accident only."""
    pages = "".join(page.read_text() for page in (ROOT / "docs" / "reference").glob("*.rst"))
    documented = re.findall(r"^\.\. (?:auto\w+|py:data):: ([\w.]+)", pages, re.MULTILINE)
    public = [f"kucoin_wsapi.{name}" for name in kucoin_wsapi.__all__ if name != "__version__"]
    public += [f"kucoin_wsapi.sandbox.{name}" for name in sandbox.__all__]

    assert sorted(name for name in documented if not name.endswith((".events", ".exceptions"))) == sorted(
        public
    )


def test_the_names_to_move_to_are_methods_of_the_client() -> None:
    """The right column of each table; and no trading method is left out."""
    page = (ROOT / "docs" / "howto" / "moving.rst").read_text()
    rows = re.findall(r"^\S.*?  +(``[a-z_]+(?:\(\)\.[a-z_]+)?``.*)$", page, re.MULTILINE)
    names = {name for row in rows for name in re.findall(r"``([a-z_().]+)``", row)}
    client = WebsocketAPIClient()

    assert len(rows) >= 50
    for name in names:
        owner = client.get_ws_client() if name.startswith("get_ws_client().") else client
        assert callable(getattr(owner, name.removeprefix("get_ws_client().")))
    trading = {name for name in dir(client) if re.match(r"(submit|modify|amend|cancel)_", name)}
    assert trading <= names


def test_the_commands_of_the_readme_are_known_to_the_script_that_sets_up() -> None:
    """One demo command, one test command; the continuous integration runs the latter."""
    given = [line for _, block in blocks(ROOT / "README.rst", "console") for line in commands(block)]

    assert given == ["python3 run.py demo", "python3 run.py tests"]
    assert (ROOT / ".ci" / "run").read_text().splitlines()[-1] == given[1]


def test_the_script_that_sets_up_refuses_other_words() -> None:
    """It says how it is used, and fails."""
    done = subprocess.run(
        [sys.executable, ROOT / "run.py", "nonsense"], capture_output=True, text=True, timeout=60, check=False
    )

    assert done.returncode == 2
    assert "usage: python3 run.py demo | tests" in done.stdout
