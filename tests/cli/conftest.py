"""Commands run in this process, which is quick; what needs a process of its own starts one itself."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest

from kucoin_wsapi.__main__ import main
from kucoin_wsapi.sandbox import Sandbox


class Ran(NamedTuple):
    """What a command ended with."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one object on stdout."""
        (line,) = self.out.splitlines()
        return json.loads(line)


@pytest.fixture(autouse=True)
def _no_key_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("KUCOIN_API_KEY", "KUCOIN_API_SECRET", "KUCOIN_API_PASSPHRASE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """``run("ping", "--sandbox")``; arguments that argparse refuses end with its status."""

    def command(*arguments: object) -> Ran:
        capsys.readouterr()
        try:
            status = main([str(argument) for argument in arguments])
        except SystemExit as ended:
            status = int(ended.code or 0)
        return Ran(status, *capsys.readouterr())

    return command


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """One that listens."""
    with Sandbox() as one:
        yield one


@pytest.fixture
def at() -> Callable[[Sandbox], tuple[str, ...]]:
    """The arguments with which a command finds a sandbox that runs already."""
    return lambda sandbox: ("--sandbox", "--port", sandbox.rest_url.rpartition(":")[2])


@pytest.fixture
def key_in_environment(monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[str, ...]]:
    """Puts a key of a sandbox into the environment; returns the arguments with its URLs."""

    def put(sandbox: Sandbox, **chosen: Any) -> tuple[str, ...]:
        options = {**sandbox.client_options(), **chosen}
        for name in ("api_key", "api_secret", "api_passphrase"):
            monkeypatch.setenv(f"KUCOIN_{name.upper()}", options[name])
        return "--ws-url", options["ws_url"], "--rest-url", options["rest_url"]

    return put


@pytest.fixture
def start() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts a command as a process of its own, and sees to its end."""
    processes: list[subprocess.Popen[str]] = []

    def command(*arguments: object) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "kucoin_wsapi", *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        return process

    yield command
    for process in processes:
        with process:
            process.kill()
