"""``python tests/newcomer/run.py``: what README.rst and docs/tutorial.rst say, done word for word in a clone.

The last commit is cloned into an empty directory. Every command is given to a shell there, every program of the README
to the Python that it names, and the tutorial to one interactive session, line by line. Exit status 1 at the first
difference from what the pages say. It needs git, a package index and nothing else; ``--without-tests`` leaves out the
README's test command, so that the tests can call this.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from documents import ROOT, blocks, commands

TESTS = "python3 run.py tests"
SESSION = ".venv/bin/python"  # the command after which the tutorial is typed
PATIENCE = 300.0  # seconds that one command, or one block of the session, may take

# What is not done word for word, and why.
KUCOIN = (
    "WebsocketAPIClient.from_env("  # there is no key here: the same key and call, but the URLs of a sandbox
)
REAL_MONEY = (
    " --yes"  # an order on KuCoin: left out, so that the command says what it would do, which ends with 2
)


class DifferenceError(Exception):
    """Something is not as the pages say."""


def main() -> int:
    """Follow the pages; the exit status."""
    parser = argparse.ArgumentParser(description="do what README.rst and docs/tutorial.rst say, in a clone")
    parser.add_argument("--without-tests", action="store_true", help=f"but for {TESTS!r}")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="newcomer-") as empty:
        try:
            newcomer = Newcomer(Path(empty), left_out={TESTS} if arguments.without_tests else set())
            newcomer.read("README.rst")
            newcomer.read("docs/tutorial.rst")
        except DifferenceError as difference:
            print(f"DIFFERENT FROM THE PAGES: {difference}")
            return 1
    print("as the pages say")
    return 0


def _clone(repository: Path, clone: Path) -> None:
    """The last commit; of an unpacked archive, which has no commits, the files."""
    if not (repository / ".git").exists():
        shutil.copytree(repository, clone, ignore=shutil.ignore_patterns(".*", "__pycache__", "*.egg-info"))
        return
    # The checkout may belong to another user than the one who tests it.
    trusted = {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "safe.directory",
        "GIT_CONFIG_VALUE_0": "*",
    }
    command = ["git", "clone", "--quiet", repository, clone]
    subprocess.run(command, check=True, env=os.environ | trusted)


class Newcomer:
    """Somebody with git and Python who does what a page says, in ``clone``."""

    def __init__(self, empty: Path, left_out: set[str]) -> None:
        self.clone = empty / "kucoin_wsapi"
        self.left_out = left_out
        self.environment = _environment(empty)
        _clone(ROOT, self.clone)

    def read(self, page: str) -> None:
        """Do all that a page says, in its order."""
        session: Session | None = None
        with contextlib.ExitStack() as open_things:
            pending = blocks(self.clone / page, "console", "python", "text")
            for position, (kind, block) in enumerate(pending):
                following = pending[position + 1] if position + 1 < len(pending) else ("", "")
                output = following[1] if following[0] == "text" else None
                if kind == "python":
                    if KUCOIN in block:
                        block = self._for_the_sandbox(block, open_things)
                    if session is None:
                        self._program(block, output)
                    else:
                        session.paste(block, output or "")
                elif kind == "console":
                    for command in commands(block):
                        if command == SESSION:
                            session = open_things.enter_context(_session(self.clone, self.environment))
                        else:
                            self._command(command)

    def _command(self, command: str) -> None:
        if command in self.left_out:
            return
        expected = 2 if command.endswith(REAL_MONEY) else 0
        self._run(["sh", "-c", command.removesuffix(REAL_MONEY)], what=command, expected=expected)

    def _program(self, code: str, output: str | None) -> None:
        (self.clone / "program.py").write_text(code, encoding="utf-8")
        printed = self._run([SESSION, "program.py"], what=code, expected=0)
        if output not in (None, printed.strip()):
            raise DifferenceError(f"{code}\nprinted\n{printed}")

    def _run(self, command: list[str], *, what: str, expected: int) -> str:
        began = time.monotonic()
        done = subprocess.run(
            command,
            cwd=self.clone,
            env=self.environment,
            capture_output=what != TESTS,  # which takes minutes, and shows how far it is
            text=True,
            timeout=None if what == TESTS else PATIENCE,
        )
        print(f"{time.monotonic() - began:6.1f} s  {what.splitlines()[-1].strip()}", flush=True)
        if done.returncode != expected:
            raise DifferenceError(f"status {done.returncode}: {what}\n{done.stdout}{done.stderr}")
        return done.stdout or ""

    def _for_the_sandbox(self, block: str, open_things: contextlib.ExitStack) -> str:
        """The block with the URLs of a sandbox; its key comes from the environment, where the page says it is."""
        options = open_things.enter_context(_exchange(self.clone / SESSION))
        for name in ("api_key", "api_secret", "api_passphrase"):
            block = f"import os; os.environ['KUCOIN_{name.upper()}'] = {options[name]!r}\n{block}"
        urls = f"ws_url={options['ws_url']!r}, rest_url={options['rest_url']!r}"
        return block.replace(KUCOIN, KUCOIN + urls)


class Session:
    """An interactive Python session into which blocks are pasted."""

    _END = "the end of the block"

    def __init__(self, process: subprocess.Popen[str], errors: Path) -> None:
        self._process = process
        self._errors = errors

    def paste(self, block: str, output: str) -> None:
        """Raise ``DifferenceError`` unless the block prints the output, and nothing else."""
        assert self._process.stdin
        assert self._process.stdout
        # The empty line ends a ``with`` or a ``try``, as it does for whoever types it.
        self._process.stdin.write(f"{block}\n\nprint({self._END!r})\n")
        self._process.stdin.flush()
        guard = threading.Timer(PATIENCE, self._process.kill)
        guard.start()
        printed = []
        for line in self._process.stdout:
            if line.rstrip("\n") == self._END:
                break
            printed.append(line)
        guard.cancel()
        errors = self._errors.read_text(encoding="utf-8")
        if "".join(printed).strip() != output or "Traceback" in errors or "Error:" in errors:
            raise DifferenceError(f"{block}\nprinted\n{''.join(printed)}{errors.replace('>>> ', '')}")


@contextlib.contextmanager
def _session(clone: Path, environment: Mapping[str, str]) -> Iterator[Session]:
    errors = clone.parent / "errors.txt"  # the prompts, too
    began = time.monotonic()
    with errors.open("w") as stream:
        process = subprocess.Popen(
            [SESSION, "-i", "-q", "-u"],
            cwd=clone,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stream,
            text=True,
        )
        with process:
            yield Session(process, errors)
            assert process.stdin
            process.stdin.close()
            status = process.wait(PATIENCE)
    print(f"{time.monotonic() - began:6.1f} s  {SESSION}", flush=True)
    if status:
        raise DifferenceError(f"the session ended with status {status}")


@contextlib.contextmanager
def _exchange(python: Path) -> Iterator[Mapping[str, str]]:
    script = Path(__file__).with_name("exchange.py")
    with subprocess.Popen(
        [python, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin
        assert process.stdout
        yield json.loads(process.stdout.readline())
        process.stdin.close()


def _environment(empty: Path) -> dict[str, str]:
    """That of a newcomer: no environment is active, no key is set, and ``python3`` is the Python of this script."""
    programs = empty / "bin"
    programs.mkdir()
    (programs / "python3").symlink_to(getattr(sys, "_base_executable", sys.executable))
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("KUCOIN_", "PYTEST_", "COV_", "TOX_"))
        and name not in ("VIRTUAL_ENV", "PYTHONPATH")
    }
    return inherited | {
        "PATH": f"{programs}{os.pathsep}{inherited['PATH']}",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }


if __name__ == "__main__":
    sys.exit(main())
