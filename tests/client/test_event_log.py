"""What `attach_event_listeners` writes, at which level, and where it goes."""

from __future__ import annotations

import contextlib
import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from scripted_exchange import PATIENCE, Connection, ScriptedExchange, eventually

from kucoin_wsapi import NotReadyError, RejectedError, WebsocketAPIClient

RESTING = {"symbol": "BTC-USDT", "side": "buy", "type": "limit", "price": "20000", "size": "0.001"}


@pytest.fixture
def exchange() -> Iterator[ScriptedExchange]:
    """An exchange that accepts every order."""
    with ScriptedExchange() as exchange:
        yield exchange


class Records(logging.Handler):
    """Keeps what it is given."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[tuple[str, str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append((record.levelname, record.getMessage()))


@pytest.fixture
def records() -> Iterator[Records]:
    """What arrives at `kucoin_wsapi.events`, as an application would take it."""
    logger, handler = logging.getLogger("kucoin_wsapi.events"), Records()
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield handler
    logger.removeHandler(handler)
    logger.setLevel(logging.NOTSET)


def live(exchange: ScriptedExchange, **more: Any) -> None:
    """Connect, lose the connection, place an order that is refused, close."""

    def refuse(connection: Connection, request: dict[str, Any]) -> None:
        connection.send({"id": request["id"], "op": request["op"], "code": "200004", "msg": "100% too much"})

    exchange.answer = refuse
    with WebsocketAPIClient(**exchange.client_options(), **more) as client:
        client.connect_ws_api(timeout=PATIENCE)
        exchange.connections[0].drop()
        eventually(lambda: len(exchange.connections) == 2, "the second connection")
        with pytest.raises(RejectedError):
            client.submit_new_spot_order(**RESTING).result(PATIENCE)


def check_lines(lines: list[tuple[str, str]]) -> None:
    """A line for each step and each error, naming the key by its value."""
    assert [level for level, _ in lines] == ["INFO"] * 5 + ["ERROR", "INFO"]
    assert all("wsApiSpotV1" in text for _, text in lines)
    words = ["open", "authenticated", "reconnect", "reconnected", "authenticated", "exception", "close"]
    assert all(word in text for word, (_, text) in zip(words, lines, strict=True))
    assert "closed the connection" in lines[2][1]
    assert "200004" in lines[5][1]
    assert "100% too much" in lines[5][1]


def test_the_life_of_a_connection_is_logged_as_info_and_errors_as_error(exchange, records):
    """Through `kucoin_wsapi.events`, by default."""
    live(exchange)
    check_lines(records.lines)


def test_a_logger_that_is_given_gets_the_lines_instead(exchange, records):
    """And the other one none."""
    logger, handler = logging.Logger("mine", logging.INFO), Records()
    logger.addHandler(handler)
    live(exchange, logger=logger)
    check_lines(handler.lines)
    assert records.lines == []


def test_nothing_is_logged_when_it_is_switched_off(exchange, records, capfd):
    """Neither as a line nor on the console."""
    live(exchange, attach_event_listeners=False)
    assert records.lines == []
    assert capfd.readouterr() == ("", "")


def test_an_error_of_a_callback_is_a_line_too(exchange, records):
    """It belongs to no connection."""
    with WebsocketAPIClient(**exchange.client_options()) as client:
        client.submit_new_spot_order(**RESTING).add_done_callback(lambda _: 1 / 0)
        eventually(lambda: any(level == "ERROR" for level, _ in records.lines), "the line")
    (line,) = (text for level, text in records.lines if level == "ERROR")
    assert "ZeroDivisionError" in line


def test_no_line_holds_a_secret(exchange, records, caplog, capfd):
    """Whatever goes wrong, and at the lowest level."""
    options = {
        **exchange.client_options(),
        "api_key": "CANARY-KEY",
        "api_secret": "CANARY-SECRET",
        "api_passphrase": "CANARY-PASSPHRASE",
    }
    exchange.refusal = {"code": "400004", "msg": "Invalid KC-API-PASSPHRASE."}
    with caplog.at_level(logging.DEBUG), WebsocketAPIClient(**options) as client:
        with pytest.raises(NotReadyError) as caught:
            client.submit_new_spot_order(**RESTING).result(PATIENCE)
        seen = f"{client!r} {caught.value!r} {caught.value} {caught.value.__cause__!r} {records.lines}"
    seen += caplog.text + "".join(capfd.readouterr())
    assert "400004" in seen
    assert "CANARY" not in seen
    assert "sign=" not in seen


@contextlib.contextmanager
def unconfigured() -> Iterator[None]:
    """As in a program that has not configured logging: without the handlers of the test runner."""
    root = logging.getLogger()
    handlers, root.handlers = root.handlers, []
    try:
        yield
    finally:
        root.handlers = handlers


def test_lines_go_to_the_console_of_a_program_without_logging(exchange, capsys):
    """With time, level and name."""
    with unconfigured():
        live(exchange)
    out, err = capsys.readouterr()
    lines = err.splitlines()
    assert out == ""
    check_lines([(line.split()[2], line) for line in lines])
    assert all("kucoin_wsapi.events: " in line for line in lines)


@pytest.mark.parametrize("name", ["kucoin_wsapi", "kucoin_wsapi.events"])
def test_a_level_holds_on_the_console_too(exchange, capsys, monkeypatch, name):
    """Errors only, if the application wants errors only."""
    monkeypatch.setattr(logging.getLogger(name), "level", logging.ERROR)
    with unconfigured():
        live(exchange)
    (line,) = capsys.readouterr().err.splitlines()
    assert "ERROR" in line
    assert "200004" in line


def test_a_logger_that_does_not_propagate_is_left_alone(exchange, capsys, monkeypatch):
    """Whoever cuts it off has said where its lines go: nowhere."""
    monkeypatch.setattr(logging.getLogger("kucoin_wsapi"), "propagate", False)
    with unconfigured():
        live(exchange)
    assert capsys.readouterr() == ("", "")


PROGRAM = """
import logging, sys, threading
from kucoin_wsapi import WebsocketAPIClient
CONFIGURE
with WebsocketAPIClient("key", "secret", "passphrase", ws_url=sys.argv[1]) as client:
    client.connect_ws_api()
"""
ROOT = str(Path(__file__).parents[2])


def run(exchange: ScriptedExchange, configure: str) -> tuple[str, str]:
    """What a program that configures logging like this writes to its two outputs."""
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            PROGRAM.replace("CONFIGURE", configure),
            exchange.client_options()["ws_url"],
        ],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=ROOT,
        check=True,
    )
    return done.stdout, done.stderr


def test_lines_go_to_standard_error_as_long_as_nobody_has_configured_logging(exchange):
    """A beginner's script shows what happens."""
    out, err = run(exchange, "")
    lines = err.splitlines()
    assert out == ""
    assert len(lines) == 3
    for word, line in zip(("open", "authenticated", "close"), lines, strict=True):
        assert "INFO kucoin_wsapi.events" in line
        assert f"wsApiSpotV1 {word}" in line


@pytest.mark.parametrize(
    "configure",
    [
        "logging.basicConfig(stream=sys.stdout, level=logging.INFO)",
        "logger = logging.getLogger('kucoin_wsapi'); logger.setLevel('INFO'); "
        "logger.addHandler(logging.StreamHandler(sys.stdout))",
        "logger = logging.getLogger('kucoin_wsapi.events'); logger.setLevel('INFO'); "
        "logger.addHandler(logging.StreamHandler(sys.stdout)); logger.propagate = False",
    ],
)
def test_lines_go_where_the_application_says_once_it_has_configured_logging(exchange, configure):
    """Once, there, and nowhere else."""
    out, err = run(exchange, configure)
    assert err == ""
    assert len(out.splitlines()) == 3


@pytest.mark.parametrize(
    "configure",
    [
        "logging.basicConfig(stream=sys.stdout)",
        "logging.getLogger('kucoin_wsapi').addHandler(logging.StreamHandler(sys.stdout))",
        "logging.basicConfig(stream=sys.stdout, level='INFO'); logging.getLogger('kucoin_wsapi').setLevel('ERROR')",
        "logging.getLogger('kucoin_wsapi').setLevel(logging.WARNING)",
        "logging.getLogger('kucoin_wsapi.events').disabled = True",
        "logging.getLogger('kucoin_wsapi.events').propagate = False",
        "logging.disable(logging.CRITICAL)",
    ],
)
def test_an_application_can_silence_the_lines(exchange, configure):
    """By level, by handler, or altogether, as with any other logger."""
    assert run(exchange, configure) == ("", "")


def test_logging_may_be_configured_after_the_client_was_made(exchange):
    """It counts from then on."""
    program = """
client = WebsocketAPIClient("key", "secret", "passphrase", ws_url=sys.argv[1])
closed = threading.Event()
client.get_ws_client().on("close", lambda _: closed.set())  # called after the handlers that write the lines
client.connect_ws_api()
client.get_ws_client().close("wsApiSpotV1")
closed.wait(20)
logging.basicConfig(stream=sys.stdout, level=logging.INFO)
client.connect_ws_api()
client.close()
"""
    out, err = run(exchange, program + "sys.exit(0)")
    assert sum("authenticated" in line for line in err.splitlines()) == 1
    assert sum("authenticated" in line for line in out.splitlines()) == 1
