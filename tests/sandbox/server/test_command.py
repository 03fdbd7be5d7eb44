"""``python -m kucoin_wsapi sandbox`` as a process."""

import re
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack

import pytest
from independent_clients import OrderSocketClient

PROGRAM = "import sys; from kucoin_wsapi.sandbox.command import main; sys.exit(main(sys.argv[1:]))"
WITHOUT_AIOHTTP = "import sys; sys.modules['aiohttp'] = None; " + PROGRAM


def command(*arguments: str, program: str = PROGRAM) -> list[str]:
    return [sys.executable, "-W", "error", "-c", program, *arguments]


def lines_until(lines: Iterable[str], start: str) -> Iterator[str]:
    """The lines before the one that begins with `start`, which must come."""
    for line in lines:
        if line.startswith(start):
            return
        yield line
    pytest.fail(f"the program ended without a line {start!r}")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_prints_how_to_connect_and_ends_with_a_signal(number):
    """What it prints logs in; Ctrl-C and SIGTERM end it with status 0 and no complaint."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command(), **pipes) as process, ExitStack() as stack:
        stack.callback(process.kill)  # or a failure here would wait for it for ever
        printed = "".join(lines_until(process.stdout, "Ctrl-C"))
        names = {
            "key": "api_key",
            "secret": "api_secret",
            "passphrase": "api_passphrase",
            "WebSocket": "ws_url",
        }
        options = {
            names[name]: value
            for name, value in re.findall(r"^  (\w+) +(\S+)$", printed, re.M)
            if name in names
        }
        client = OrderSocketClient(options)
        client.close()
        process.send_signal(number)
        _, complaint = process.communicate(timeout=10)

    assert client.welcome["data"] == "welcome"
    assert options["ws_url"] in printed
    assert (process.returncode, complaint) == (0, "")


def test_snippet_is_python():
    """The printed program at least compiles."""
    from kucoin_wsapi.sandbox.command import _TEXT

    options = dict.fromkeys(("ws_url", "rest_url", "api_key", "api_secret", "api_passphrase"), "x")
    text = _TEXT.format(**options)
    snippet = text[text.index("from kucoin_wsapi") : text.index("Ctrl-C")]

    compile(snippet, "snippet", "exec")


def test_taken_port(sandbox):
    """A port in use is a sentence and status 1, no traceback."""
    port = sandbox.client_options()["ws_url"].rpartition(":")[2]

    result = subprocess.run(command("--port", port), capture_output=True, text=True)

    assert result.returncode == 1
    assert result.stderr.startswith("The sandbox cannot start:")
    assert "Traceback" not in result.stderr


def test_impossible_port():
    """A port that cannot be is a wrong argument: usage and status 2."""
    result = subprocess.run(command("--port", "70000"), capture_output=True, text=True)

    assert result.returncode == 2
    assert "port" in result.stderr
    assert "Traceback" not in result.stderr


def test_without_aiohttp():
    """The message says what to install."""
    result = subprocess.run(command(program=WITHOUT_AIOHTTP), capture_output=True, text=True)

    assert result.returncode == 1
    assert "pip install kucoin_wsapi[sandbox]" in result.stderr
    assert "Traceback" not in result.stderr
