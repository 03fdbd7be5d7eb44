"""``kucoin-wsapi order``, ``modify`` and ``cancel``."""

from __future__ import annotations

import json
import signal
import socket
import threading
from decimal import Decimal

import pytest

from kucoin_wsapi.sandbox import Sandbox

ORDER = ("order", "BTC-USDT", "buy", "--price", "50000", "--size", "0.001")
NO_ORDER = "670fd33bf9406e0007ab3945"
CANCEL = ("cancel", "BTC-USDT", "--order-id", NO_ORDER)


def test_an_order_is_placed_modified_and_cancelled(run, at, sandbox) -> None:
    """Each command finds what the one before has left on the exchange."""
    placed = run(*ORDER, "--json", *at(sandbox)).json
    order_id = placed["data"]["orderId"]
    assert sandbox.find_order(order_id=order_id).status.value == "active"
    assert (placed["operation"], placed["ws_key"], placed["dry_run"]) == ("spot.order", "wsApiSpotV1", False)
    assert placed["round_trip_us"] > placed["gateway_us"] > 0

    change = run("modify", "BTC-USDT", "--order-id", order_id, "--new-price", "49000", "--json", *at(sandbox))
    new_id = change.json["data"]["newOrderId"]
    assert sandbox.find_order(order_id=new_id).terms.price == Decimal(49000)

    cancelled = run("cancel", "BTC-USDT", "--order-id", new_id, *at(sandbox))
    assert (cancelled.status, cancelled.err) == (0, "")
    assert "spot.cancel: accepted" in cancelled.out
    assert sandbox.find_order(order_id=new_id).status.value == "canceled"


GTT = ("--price", "50000", "--size", "0.001", "--time-in-force", "GTT", "--cancel-after", "60")


@pytest.mark.parametrize(
    ("product", "symbol", "fields"),
    [
        (("--sync",), "BTC-USDT", ("--price", "50000", "--size", "0.001", "--post-only")),
        (("--product", "margin"), "BTC-USDT", GTT),
        (("--product", "futures"), "XBTUSDTM", ("--price", "50000", "--size", "2", "--leverage", "5")),
    ],
)
def test_other_products_are_traded_alike(run, at, sandbox, product, symbol, fields) -> None:
    """Placed by one command, cancelled by another."""
    assert run("order", symbol, "buy", *fields, *product, "--client-oid", "mine", *at(sandbox)).status == 0
    assert sandbox.find_order(client_oid="mine").status.value == "active"

    assert run("cancel", symbol, "--client-oid", "mine", *product, *at(sandbox)).status == 0
    assert sandbox.find_order(client_oid="mine").status.value == "canceled"


FUTURES = ("--product", "futures", "--type", "market", "--size", "3", "--leverage", "5")


@pytest.mark.parametrize(
    "command",
    [
        (*ORDER, "--client-oid", "mine", "--remark", "a b", "--hidden"),
        ("order", "XBTUSDTM", "sell", "--client-oid", "mine", *FUTURES),
        ("modify", "BTC-USDT", "--client-oid", "mine", "--new-size", "0.002"),
        (*CANCEL, "--sync"),
    ],
)
def test_a_dry_run_prints_the_text_that_would_be_sent(run, at, command) -> None:
    """All but the request's id, which is new each time, is what the exchange then gets; no key is needed."""
    shown = run(*command, "--dry-run")
    assert (shown.status, shown.err) == (0, "")
    record = run(*command, "--dry-run", "--json").json
    log: list[str] = []
    with Sandbox(log=log.append) as sandbox:
        run(*command, *at(sandbox))

    (sent,) = [line for line in log if '"op":"' in line and '"args"' in line]
    text = shown.out.strip()
    assert sent[sent.index('"op"') :] == text[text.index('"op"') :]
    assert {**json.loads(text), "id": None} == {**record["frame"], "id": None}
    assert record["dry_run"] is True


@pytest.mark.parametrize("confirmed", [(), ("--live",), ("--yes",)], ids=["nothing", "live", "yes"])
@pytest.mark.parametrize("command", [ORDER, CANCEL], ids=["order", "cancel"])
def test_real_money_needs_to_be_asked_for_twice(run, command, confirmed) -> None:
    """Without both nothing is sent, and what would be is said."""
    ran = run(*command, *confirmed)

    assert (ran.status, ran.out) == (2, "")
    assert "nothing was sent" in ran.err
    assert "symbol=BTC-USDT" in ran.err


def test_urls_of_another_computer_are_real_money(run) -> None:
    """One of the two is enough."""
    ran = run(*ORDER, "--ws-url", "ws://127.0.0.1:1", "--rest-url", "https://api.example")

    assert ran.status == 2
    assert "--live --yes" in ran.err


def test_what_is_confirmed_twice_asks_for_the_key_next(run) -> None:
    """Here there is none, so that nothing is sent."""
    ran = run(*ORDER, "--live", "--yes")

    assert ran.status == 2
    assert "KUCOIN_API_KEY" in ran.err


def test_a_refusal_has_status_1_and_the_code_of_the_exchange(run) -> None:
    """In words and in JSON."""
    ran = run("order", "BTC-USDT", "buy", "--type", "market", "--funds", "9000000", "--sandbox")
    assert (ran.status, ran.out) == (1, "")
    assert "InsufficientFundsError" in ran.err
    error = run(*CANCEL, "--sandbox", "--json").json["error"]

    assert (error["verdict"], error["code"], error["operation"]) == ("rejected", "400100", "spot.cancel")


def test_an_unknown_outcome_has_status_3_and_names_the_order(run, at) -> None:
    """The order may exist; here it does."""
    with Sandbox(faults=["close:op=spot.order"]) as sandbox:
        ran = run(*ORDER, "--json", *at(sandbox))

        assert ran.status == ran.json["status"] == 3
        error = ran.json["error"]
        assert error["verdict"] == "unknown"
        assert sandbox.find_order(client_oid=error["client_oid"]) is not None

        told = run(*ORDER, "--client-oid", "mine", *at(sandbox)).err
        assert told.endswith("Look for the client id mine among your orders before repeating it.\n")


LIMIT = ("order", "BTC-USDT", "buy", "--price", "1", "--size", "1")


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("order", "BTC-USDT", "buy", "--sandbox"), "price"),
        ((*LIMIT, "--leverage", "5", "--sandbox"), "leverage"),
        (("order", "BTC-USDT", "hold", "--sandbox"), "hold"),
        (("cancel", "BTC-USDT", "--sandbox"), "order_id"),
        (("modify", "BTC-USDT", "--order-id", NO_ORDER, "--sandbox"), "new_price"),
        ((*LIMIT, "--sandbox", "--live", "--yes"), "--live"),
        ((*LIMIT, "--port", "9000"), "--live --yes"),
        ((*LIMIT, "--port", "9000", "--live", "--yes"), "with --sandbox only"),
        ((*LIMIT, "--ws-url", "ws://127.0.0.1:1", "--live", "--yes"), "both, or neither"),
        ((*LIMIT, "--sandbox", "--ws-url", "ws://127.0.0.1:1"), "not together"),
        ((*LIMIT, "--sandbox", "--credentials", "file"), "--credentials"),
        ((*LIMIT, "--api-secret", "x"), "unrecognized"),
    ],
)
def test_wrong_usage_has_status_2_and_says_what_is_wrong(run, arguments, word) -> None:
    """Nothing is sent."""
    ran = run(*arguments)

    assert (ran.status, ran.out) == (2, "")
    assert word in ran.err


def test_ctrl_c_while_an_order_is_on_its_way_names_it(start, at) -> None:
    """Status 130, the client id to look it up by, and no traceback."""
    asked = threading.Event()

    def note(line: str) -> None:
        if '"op":"spot.order"' in line:
            asked.set()

    with Sandbox(faults=["no-reply:op=spot.order"], log=note) as sandbox:
        process = start(*ORDER, "--client-oid", "mine", *at(sandbox))
        assert asked.wait(20)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)

    assert (process.returncode, out) == (130, "")
    assert sandbox.find_order(client_oid="mine") is not None
    assert "look up mine before repeating it" in err
    assert "Interrupted." in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    "command",
    [ORDER, ("ping",), ("latency",), ("doctor",), ("listen", "/account/balance")],
    ids=lambda command: command[0],
)
def test_ctrl_c_while_connecting_ends_at_once(start, sandbox, key_in_environment, command) -> None:
    """Nobody answers there; nothing was sent, so that there is nothing to look up."""
    with socket.create_server(("127.0.0.1", 0)) as mute:
        key_in_environment(sandbox)
        port = mute.getsockname()[1]
        process = start(
            *command, "--ws-url", f"ws://127.0.0.1:{port}", "--rest-url", f"http://127.0.0.1:{port}"
        )
        spoken = False
        while not spoken:  # what only looks whether there is somebody, as doctor does, says nothing
            with mute.accept()[0] as connection:
                spoken = bool(connection.recv(1))
                if spoken:
                    process.send_signal(signal.SIGINT)
                    out, err = process.communicate(timeout=20)

    assert (process.returncode, out, err) == (130, "", "Interrupted.\n")
