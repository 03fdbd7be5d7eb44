"""``kucoin-wsapi sandbox`` as a process."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from urllib.parse import quote

import pytest
from independent_clients import OrderSocketClient, ask, get, sign

from kucoin_wsapi.cli.sandbox import _TEXT, main
from kucoin_wsapi.sandbox import Sandbox

PROGRAM = "import sys; from kucoin_wsapi.cli.main import main; sys.exit(main(['sandbox', *sys.argv[1:]]))"
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
    names = ("ws_url", "rest_url", "api_key", "api_secret", "api_passphrase", "reach", "others")
    options = dict.fromkeys(names, "x")
    text = _TEXT.format(**options)
    snippet = text[text.index("from kucoin_wsapi") : text.index("Ctrl-C")]

    compile(snippet, "snippet", "exec")


def test_taken_port(sandbox):
    """A port in use is a sentence and status 1, no traceback."""
    port = sandbox.client_options()["ws_url"].rpartition(":")[2]

    result = subprocess.run(command("--port", port), capture_output=True, text=True)

    assert result.returncode == 1
    assert (
        f"cannot listen on 127.0.0.1:{port}: Address already in use; choose another --port" in result.stderr
    )
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


@contextmanager
def running(*arguments: str, text: bool = True) -> Iterator[tuple[subprocess.Popen, str]]:
    """The command and what a client needs; it is ended by Ctrl-C, without a complaint."""
    with (
        subprocess.Popen(
            command(*arguments),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process,
        ExitStack() as stack,
    ):
        stack.callback(process.kill)
        yield process, "".join(lines_until(process.stdout, "Ctrl-C")) if text else ""
        process.send_signal(signal.SIGINT)
        _, complaint = process.communicate(timeout=10)
        assert (process.returncode, complaint) == (0, "")


def options_in(printed: str, name: str = "") -> dict[str, str]:
    """What a client needs, as it was printed; with a name, of another account."""
    found = dict(re.findall(r"^  (key|secret|passphrase|WebSocket|REST) +(\S+)$", printed, re.M))
    options = {"ws_url": found["WebSocket"], "rest_url": found["REST"]}
    credentials = [found["key"], found["secret"], found["passphrase"]]
    if name:
        credentials = re.search(
            rf"^  {name} +key (\S+), secret (\S+), passphrase (\S+)$", printed, re.M
        ).groups()
    return {**options, **dict(zip(("api_key", "api_secret", "api_passphrase"), credentials, strict=True))}


def test_port_and_seed_are_those_asked_for():
    """It listens there, and its market is that of a sandbox with the same seed; another seed makes another."""

    def offers(options: dict[str, str]) -> list[list[str]]:
        return ask(options, "GET", "/api/v1/market/orderbook/level2_20?symbol=BTC-USDT")["asks"]

    expected = {}
    for seed in (7, 8):
        with Sandbox(seed=seed) as sandbox:
            expected[seed] = offers(sandbox.client_options())
            port = sandbox.rest_url.rpartition(":")[2]

    with running("--port", port, "--seed", "7") as (_, printed):
        options = options_in(printed)
        shown = offers(options)

    assert options["rest_url"] == f"http://127.0.0.1:{port}"
    assert shown == expected[7] != expected[8]


def test_fault_strikes():
    """What is asked for goes wrong, with its parameters: every second request is refused."""
    with running("--fault", "refusal:code=200009,every=2") as (_, printed):
        client = OrderSocketClient(options_in(printed))
        codes = [client.ask("spot.order", {"symbol": "NO-SUCH"})["code"] for _ in range(4)]
        client.close()

    assert codes == ["900001", "200009"] * 2


def test_accounts_from_a_file(tmp_path):
    """Each account has keys that are printed, and its own deposits."""
    file = tmp_path / "accounts.json"
    deposits = {"trade": {"USDT": "12.5"}}
    file.write_text(json.dumps([{"name": "alice"}, {"name": "bob", "deposits": deposits}]))

    with running("--accounts", str(file)) as (_, printed):
        balances = {
            name or "alice": ask(options_in(printed, name), "GET", "/api/v1/accounts?currency=USDT")[0][
                "balance"
            ]
            for name in ("", "bob")
        }

    assert balances == {"alice": "100000", "bob": "12.5"}


@pytest.mark.parametrize("text", ["[", "{}", '[{"name": "a", "mood": "glad"}]'])
def test_accounts_that_cannot_be_read(tmp_path, capsys, text):
    """A wrong argument: status 2."""
    file = tmp_path / "accounts.json"
    file.write_text(text)

    assert main(["--accounts", str(file)]) == 2
    assert f"kucoin-wsapi sandbox: --accounts: {file}: " in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--accounts", "--log"])
def test_a_file_that_cannot_be_opened(tmp_path, capsys, option):
    """A wrong argument too; its name is told."""
    path = tmp_path / "no" / "file"

    assert main([option, str(path)]) == 2
    assert f"kucoin-wsapi sandbox: {option}: {path} cannot be" in capsys.readouterr().err


def test_log_of_every_frame_without_secrets(tmp_path):
    """Login, requests, replies and REST are in the file; key, signatures and passphrase are not."""
    file = tmp_path / "frames.log"
    with running("--log", str(file)) as (_, printed):
        options = options_in(printed)
        client = OrderSocketClient(options)
        client.ask("spot.order", {"symbol": "BTC-USDT", "clientOid": "logged-1"})
        client.send_text("{\r\n")
        client.receive()
        passphrase = sign(options["api_secret"], options["api_passphrase"])
        misplaced = {"op": "auth", "kc-api-key": options["api_key"], "kc-api-passphrase": passphrase}
        client.send_text(json.dumps(misplaced))
        client.receive()
        client.close()
        get(options, "/api/v1/hf/orders/client-order/logged-2?symbol=BTC-USDT")
        token = ask(options, "POST", "/api/v1/bullet-private")["token"]
        ask(options, "GET", "/api/v1/user/api-key")

    text = file.read_text()
    log = [line.split(" ", 3)[1:3] for line in text.splitlines()]
    assert log == [["socket-1", way] for way in "><><><><><"] + [
        [f"rest-{number}", way] for number in (2, 3, 4) for way in "><"
    ]
    assert all(part in text for part in ("sessionId", "welcome", "logged-1", "400100", "4001002", "logged-2"))
    secrets = [options["api_key"], options["api_secret"], options["api_passphrase"], token]
    secrets += [sign(options["api_secret"], text) for text in (client.challenge, options["api_passphrase"])]
    assert not [secret for secret in secrets if secret in text or quote(secret, safe="") in text]


def test_status_line_on_a_terminal():
    """Connections, requests, orders, fills and faults, again and again on the same line, which goes at the end."""
    inside, outside = os.openpty()
    with subprocess.Popen(
        command("--fault", "reply-twice:every=2"), stdout=subprocess.PIPE, stderr=outside, text=True
    ) as process:
        os.close(outside)
        client = OrderSocketClient(options_in("".join(lines_until(process.stdout, "Ctrl-C"))))
        order = {"symbol": "BTC-USDT", "type": "limit", "side": "buy", "price": "60000", "size": "0.001"}
        client.ask("spot.order", order)
        client.ask("spot.order", {"symbol": "BTC-USDT", "type": "market", "side": "buy", "funds": "100"})
        wanted, shown = "\r1 connections, 2 requests, 1 open orders, 1 fills, faults: reply-twice 1", ""
        for _ in range(100):  # five pictures a second
            shown += os.read(inside, 4096).decode()
            if wanted in shown:
                break
        else:
            process.kill()
            pytest.fail(f"not shown: {wanted!r}")
        client.close()
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0
    rest = os.read(inside, 4096).decode()
    os.close(inside)

    assert rest.endswith("\r\x1b[K")


def test_for_programs_it_is_one_line_when_it_is_open_and_one_at_the_end():
    """Addresses and keys of all accounts; then what the exchange was asked for. Nothing else, not on stderr either."""
    with running("--json", "--fault", "refusal:every=2", text=False) as (process, _):
        ready = json.loads(process.stdout.readline())
        key = {name: value for name, value in ready["accounts"][0].items() if name != "name"}
        client = OrderSocketClient({**key, "ws_url": ready["ws_url"]})
        for _ in range(2):
            client.ask("spot.order", {"symbol": "BTC-USDT", "type": "market", "side": "buy", "funds": "100"})
        client.close()
        process.send_signal(signal.SIGINT)
        end = json.loads(process.stdout.read())

    assert sorted(ready) == ["accounts", "rest_url", "ws_url"]
    assert end["command"] == "sandbox"
    assert (end["status"], end["requests"], end["fills"], end["faults"]) == (0, 1, 1, {"refusal": 1})


def test_a_pair_more_is_traded():
    """Around its price, with steps that suit it."""
    with running("--symbol", "SOL-USDT=150", "--symbol", "PEPE-USDT=0.005") as (_, printed):
        options = options_in(printed)
        pairs = {pair["symbol"]: pair for pair in ask(options, "GET", "/api/v2/symbols")}
        client = OrderSocketClient(options)
        answers = [
            client.ask("spot.order", {"symbol": symbol, "type": "market", "side": "buy", "funds": "100"})
            for symbol in ("SOL-USDT", "PEPE-USDT")
        ]
        client.close()

    assert [*pairs] == ["BTC-USDT", "ETH-USDT", "SOL-USDT", "PEPE-USDT"]
    assert (pairs["SOL-USDT"]["priceIncrement"], pairs["SOL-USDT"]["baseIncrement"]) == ("0.001", "0.000001")
    assert [answer["code"] for answer in answers] == ["200000", "200000"]


@pytest.mark.parametrize(
    "text", ["SOL-USDT", "SOL-USDT=x", "SOL-USDT=-1", "sol-usdt=1", "SOL=1", "BTC-USDT=1"]
)
def test_a_pair_that_cannot_be(capsys, text):
    """A wrong argument; the text says which."""
    assert main(["--symbol", text]) == 2
    assert "kucoin-wsapi sandbox: --symbol: " in capsys.readouterr().err


def test_network_must_be_asked_for(capsys):
    """An address that others reach is a wrong argument, unless it is meant."""
    assert main(["--host", "0.0.0.0"]) == 2
    with running("--host", "0.0.0.0", "--serve-the-network") as (_, printed):
        data = ask(options_in(printed), "GET", "/api/v1/user/api-key")

    assert "serve_the_network" in capsys.readouterr().err
    assert "everybody on its network" in printed
    assert data["apiVersion"] == 3
