"""``kucoin-wsapi listen``."""

from __future__ import annotations

import json
import signal
from types import SimpleNamespace

import pytest

from kucoin_wsapi import AuthenticationError, ExceptionEvent, WebsocketClient
from kucoin_wsapi.cli.topics import key_for, read_topic
from kucoin_wsapi.sandbox import Sandbox


@pytest.mark.parametrize(
    ("topic", "key"),
    [
        ("/market/ticker:BTC-USDT", "spotPublicV1"),
        ("/spotMarket/tradeOrdersV2", "spotPrivateV1"),
        ("/contractMarket/tickerV2:XBTUSDTM", "futuresPublicV1"),
        ("/contractMarket/tradeOrders", "futuresPrivateV1"),
        ("obu:symbol=BTC-USDT,depth=50", "spotPublicProV2"),
        ("mark-price:symbol=XBTUSDTM", "futuresPublicProV2"),
        ("balance", "privateProV2"),
    ],
)
def test_a_topic_finds_its_connection(topic, key) -> None:
    """The first that takes it."""
    assert key_for(read_topic(topic)).value == key


def test_as_many_updates_are_printed_as_asked_for(run) -> None:
    """For programs, one object on each line, and a last one for the end. The sandbox's market moves by itself."""
    ran = run("listen", "obu:symbol=BTC-USDT,depth=50", "--count", 2, "--sandbox", "--json")
    *updates, end = map(json.loads, ran.out.splitlines())

    assert (ran.status, end) == (0, {"command": "listen", "status": 0, "updates": 2})
    assert [update["topic"] for update in updates] == ["obu.SPOT:BTC-USDT:50"] * 2
    assert updates[0]["message"]["d"]["s"] == "BTC-USDT"


def test_public_topics_need_no_key(run) -> None:
    """No credentials are looked for, and people get a line for each update."""
    with Sandbox(market_pace=500) as sandbox:
        urls = ("--ws-url", sandbox.ws_url, "--rest-url", sandbox.rest_url)
        ran = run("listen", "/market/ticker:BTC-USDT", "--count", 1, *urls)

        assert ran.status == 0
        assert "/market/ticker:BTC-USDT trade.ticker {" in ran.out
        assert "Listening to /market/ticker:BTC-USDT on spotPublicV1" in ran.err
        assert run("listen", "/account/balance", "--count", 1, *urls).status == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense:foo=3",),
        ("/nonsense here",),
        ("/market/ticker:BTC-USDT", "--key", "privateProV2"),
        ("ticker:symbol=BTC-USDT", "--key", "wsApiSpotV1"),
        ("obu:symbol=BTC-USDT",),
    ],
)
def test_what_is_no_topic_has_status_2(run, arguments) -> None:
    """It is known before anything is sent."""
    ran = run("listen", *arguments, "--sandbox")

    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith(("kucoin-wsapi listen:", "usage: kucoin-wsapi listen"))


def test_a_refused_subscription_has_status_1(run, sandbox, key_in_environment) -> None:
    """A key that the exchange does not know."""
    urls = key_in_environment(sandbox, api_key="wrong")
    ran = run("listen", "/account/balance", "--json", *urls)

    assert (ran.status, ran.json["error"]["code"]) == (1, "400003")


def test_own_orders_are_heard_of_until_ctrl_c(start, run, at) -> None:
    """What another program does on the account; then status 130, and no traceback."""
    with Sandbox() as sandbox:
        process = start("listen", "/spotMarket/tradeOrdersV2", "--json", *at(sandbox))
        assert "Listening to" in process.stderr.readline()
        order = run(
            "order", "BTC-USDT", "buy", "--price", 50000, "--size", "0.001", "--json", *at(sandbox)
        ).json
        update = json.loads(process.stdout.readline())
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)

    assert update["message"]["data"]["orderId"] == order["data"]["orderId"]
    assert (process.returncode, err) == (130, "Interrupted.\n")


def test_a_reader_that_goes_away_ends_it(start) -> None:
    """As with ``| head -1``: status 1, and no traceback."""
    process = start("listen", "/market/level2:BTC-USDT", "--sandbox")
    process.stdout.readline()
    process.stdout.close()
    process.stdout = None
    _, err = process.communicate(timeout=20)

    assert process.returncode == 1
    assert err == "Listening to /market/level2:BTC-USDT on spotPublicV1; Ctrl-C ends it.\n"


def test_a_key_that_is_refused_after_a_while_ends_it(run, at, monkeypatch) -> None:
    """The connection is not tried again, so that nothing more would come."""
    refused = AuthenticationError("the key was deleted", code="400003")

    def subscribe(client, topic, key):
        client._listeners.take("exception")[0](ExceptionEvent(key, refused))
        return SimpleNamespace(result=lambda: ())

    monkeypatch.setattr(WebsocketClient, "subscribe", subscribe)
    with Sandbox() as sandbox:
        ran = run("listen", "/account/balance", "--json", *at(sandbox))

    assert (ran.status, ran.json["error"]["code"]) == (1, "400003")
