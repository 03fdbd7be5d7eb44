"""Logging in, and the options that decide where and how."""

from __future__ import annotations

import base64
import hashlib
import hmac
import math
import time
from collections.abc import Iterator
from typing import Any

import pytest
from scripted_exchange import PATIENCE, ScriptedExchange, stay_silent

from kucoin_wsapi import (
    AuthenticationError,
    ConfigurationError,
    NotReadyError,
    TransportError,
    WebsocketAPIClient,
    WebsocketClient,
    WsKey,
)
from kucoin_wsapi.sandbox import Sandbox

SPOT, FUTURES = WsKey.WS_API_SPOT_V1, WsKey.WS_API_FUTURES_V1
RESTING = {"symbol": "BTC-USDT", "side": "buy", "type": "limit", "price": "20000", "size": "0.001"}
FUTURES_RESTING = {"symbol": "XBTUSDTM", "side": "buy", "price": "20000", "size": 2, "leverage": 5}


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A local exchange."""
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[WebsocketAPIClient]:
    """A client of it."""
    with WebsocketAPIClient(**sandbox.client_options(), attach_event_listeners=False) as client:
        yield client


@pytest.fixture
def exchange() -> Iterator[ScriptedExchange]:
    """An exchange that keeps what it receives and never answers."""
    with ScriptedExchange(stay_silent) as exchange:
        yield exchange


@pytest.fixture
def unanswered(exchange: ScriptedExchange) -> Iterator[WebsocketAPIClient]:
    """A client of it."""
    with WebsocketAPIClient(
        **exchange.client_options(), attach_event_listeners=False, close_timeout=0
    ) as client:
        yield client


def test_connect_ws_api_returns_when_orders_can_be_sent(client):
    """The connection is ready, and nothing else was opened."""
    client.connect_ws_api(FUTURES, timeout=PATIENCE)
    assert "wsApiFuturesV1: ready" in repr(client)
    assert "wsApiSpotV1" not in repr(client)
    client.get_ws_client().connect_all(PATIENCE)
    assert "wsApiSpotV1: ready" in repr(client)


def test_a_refused_key_raises_from_connect_and_from_calls_with_code_and_text(sandbox):
    """The exchange's own words, at once, from wherever the key is used first."""
    options = {**sandbox.client_options(), "api_secret": "mistyped"}
    with WebsocketAPIClient(**options, attach_event_listeners=False) as client:
        with pytest.raises(AuthenticationError, match="400004") as caught:
            client.connect_ws_api(timeout=PATIENCE)
        assert caught.value.code == "400004"
        assert caught.value.message
        assert "mistyped" not in str(caught.value)
        future = client.submit_futures_order(**FUTURES_RESTING, timeout=PATIENCE)
        with pytest.raises(NotReadyError, match="400004") as unsent:
            future.result(PATIENCE)
        assert isinstance(unsent.value.__cause__, AuthenticationError)


def test_a_refused_key_is_tried_again_only_when_connect_asks_for_it():
    """Calls fail without a new connection; `connect_ws_api` makes one, and works once the key does."""
    refusal = {"code": "400003", "msg": "KC-API-KEY not exists.", "inTime": 1, "outTime": 2}
    with (
        ScriptedExchange(refusal=refusal) as exchange,
        WebsocketAPIClient(**exchange.client_options(), attach_event_listeners=False) as client,
    ):
        for _ in range(5):
            with pytest.raises(NotReadyError, match="400003"):
                client.submit_new_spot_order(**RESTING).result(PATIENCE)
        assert len(exchange.connections) == 1
        with pytest.raises(AuthenticationError, match="400003"):
            client.connect_ws_api(timeout=PATIENCE)
        assert len(exchange.connections) == 2
        exchange.refusal = None
        client.connect_ws_api(timeout=PATIENCE)
        assert client.submit_new_spot_order(**RESTING, timeout=0.2).ws_key is SPOT
        assert len(exchange.connections) == 3


def test_connect_ws_api_raises_at_its_deadline_with_the_last_reason():
    """A passing trouble is retried until then."""
    with ScriptedExchange() as gone:
        options = gone.client_options()
    with WebsocketAPIClient(**options, attach_event_listeners=False) as client:
        started = time.monotonic()
        with pytest.raises(TransportError, match=r"wsApiSpotV1.*0\.5 s.*refused"):
            client.connect_ws_api(timeout=0.5)
        assert 0.4 < time.monotonic() - started < 10


def test_connect_ws_api_raises_at_its_deadline_when_the_exchange_says_nothing():
    """The socket is open, but no challenge comes."""
    with (
        ScriptedExchange(challenge=False) as exchange,
        WebsocketAPIClient(**exchange.client_options(), attach_event_listeners=False) as client,
    ):
        with pytest.raises(TransportError, match="not ready"):
            client.connect_ws_api(timeout=0.3)
        with pytest.raises(TransportError, match="not ready"):
            client.connect_ws_api(timeout=0.1)


@pytest.mark.parametrize("timeout", [-1, math.nan, "3", True])
def test_a_wrong_timeout_of_connect_is_refused(exchange, unanswered, timeout):
    """Before anything is opened."""
    with pytest.raises(ValueError, match="timeout: "):
        unanswered.connect_ws_api(timeout=timeout)
    assert exchange.connections == []


def test_a_client_without_a_key_says_so():
    """It can be made, for what needs no key, but not trade."""
    with WebsocketAPIClient(attach_event_listeners=False) as client:
        with pytest.raises(AuthenticationError, match="no credentials"):
            client.connect_ws_api(timeout=PATIENCE)
        with pytest.raises(NotReadyError, match="no credentials"):
            client.submit_new_spot_order(**RESTING).result(PATIENCE)


def test_from_env_reads_the_key(sandbox, monkeypatch):
    """Both clients do; options go beside it."""
    options = sandbox.client_options()
    for name in ("api_key", "api_secret", "api_passphrase"):
        monkeypatch.setenv(f"KUCOIN_{name.upper()}", options.pop(name))
    with WebsocketAPIClient.from_env(**options, attach_event_listeners=False) as client:
        assert client.submit_new_spot_order(**RESTING).result(PATIENCE).code == "200000"
    with WebsocketClient.from_env(**options) as ws_client:
        ws_client.connect(SPOT, PATIENCE)


def test_from_env_names_what_is_missing(monkeypatch):
    """All of it."""
    monkeypatch.setenv("KUCOIN_API_KEY", "key")
    monkeypatch.setenv("KUCOIN_API_SECRET", "")
    monkeypatch.delenv("KUCOIN_API_PASSPHRASE", raising=False)
    with pytest.raises(ConfigurationError, match=r"KUCOIN_API_SECRET, KUCOIN_API_PASSPHRASE") as caught:
        WebsocketAPIClient.from_env()
    assert "KUCOIN_API_KEY" not in str(caught.value)


def test_enable_ns_makes_the_gateways_times_nanoseconds(sandbox):
    """As sent; without it they are milliseconds."""
    options = sandbox.client_options()
    with WebsocketAPIClient(**options, attach_event_listeners=False, enable_ns=True) as client:
        response = client.submit_new_spot_order(**RESTING).result(PATIENCE)
        assert abs(response.in_time - time.time_ns()) < 60 * 10**9
        assert response.out_time >= response.in_time
    with WebsocketAPIClient(**options, attach_event_listeners=False) as client:
        response = client.submit_new_spot_order(**RESTING).result(PATIENCE)
        assert abs(response.in_time - time.time() * 1000) < 60 * 10**3


def test_a_broker_signs_as_partner(sandbox):
    """The right key is let in, a wrong one is refused with the exchange's code."""
    options = {**sandbox.client_options(), **sandbox.partner_options()}
    with WebsocketAPIClient(**options, attach_event_listeners=False) as client:
        client.connect_ws_api(timeout=PATIENCE)
    wrong = {**options, "partner_key": "wrong"}
    with (
        WebsocketAPIClient(**wrong, attach_event_listeners=False) as client,
        pytest.raises(AuthenticationError, match="40020"),
    ):
        client.connect_ws_api(timeout=PATIENCE)


def test_a_custom_signer_makes_every_signature(sandbox):
    """It is called with message and secret, for the URL and for the challenge."""
    messages: list[str] = []

    def sign(message: str, secret: str) -> str:
        messages.append(message)
        return base64.b64encode(hmac.digest(secret.encode(), message.encode(), hashlib.sha256)).decode()

    options = sandbox.client_options()
    with WebsocketAPIClient(**options, attach_event_listeners=False, sign_message=sign) as client:
        client.connect_ws_api(timeout=PATIENCE)
    assert any(message.startswith(options["api_key"]) for message in messages)
    assert options["api_passphrase"] in messages
    assert any(message.startswith('{"sessionId"') for message in messages)


@pytest.mark.parametrize("when", ["url", "challenge"])
def test_a_signer_that_raises_is_an_authentication_error_without_the_secret(sandbox, when, caplog):
    """Its exception's text may hold the secret, so only its kind is told; it is not tried in a loop."""
    calls: list[str] = []

    def sign(message: str, secret: str) -> str:
        calls.append(message)
        if when == "url" or message.startswith("{"):
            raise RuntimeError(f"cannot use {secret}")
        return base64.b64encode(hmac.digest(secret.encode(), message.encode(), hashlib.sha256)).decode()

    options = sandbox.client_options()
    with WebsocketAPIClient(**options, attach_event_listeners=False, sign_message=sign) as client:
        with pytest.raises(AuthenticationError, match="RuntimeError") as caught:
            client.connect_ws_api(timeout=PATIENCE)
        attempts = len(calls)
        with pytest.raises(NotReadyError, match="RuntimeError"):
            client.submit_new_spot_order(**RESTING).result(PATIENCE)
        assert len(calls) == attempts
    assert options["api_secret"] not in f"{caught.value!r} {caught.value.__cause__!r} {caplog.text}"
    assert caught.value.__context__ is None


def test_a_signer_that_returns_no_text_is_an_authentication_error(sandbox):
    """It would otherwise break the connection's thread."""
    options = sandbox.client_options()
    with (
        WebsocketAPIClient(
            **options, attach_event_listeners=False, sign_message=lambda message, secret: b"bytes"
        ) as client,
        pytest.raises(AuthenticationError, match="sign_message"),
    ):
        client.connect_ws_api(timeout=PATIENCE)


def test_a_signer_that_returns_no_text_for_the_challenge_is_an_authentication_error(sandbox):
    """Also then nothing breaks, and the key is not hammered."""

    def sign(message: str, secret: str) -> Any:
        if message.startswith("{"):
            return None
        return base64.b64encode(hmac.digest(secret.encode(), message.encode(), hashlib.sha256)).decode()

    options = sandbox.client_options()
    with (
        WebsocketAPIClient(**options, attach_event_listeners=False, sign_message=sign) as client,
        pytest.raises(AuthenticationError, match="sign_message"),
    ):
        client.connect_ws_api(timeout=PATIENCE)


def test_ws_url_may_name_another_host_for_each_key(sandbox):
    """By key or by its name; both exchanges get what is theirs."""
    options = sandbox.client_options()
    with Sandbox() as other:
        urls = {SPOT: options["ws_url"], "wsApiFuturesV1": other.client_options()["ws_url"]}
        with WebsocketAPIClient(**{**options, "ws_url": urls}, attach_event_listeners=False) as client:
            client.submit_new_spot_order(**RESTING).result(PATIENCE)
            client.submit_futures_order(**FUTURES_RESTING).result(PATIENCE)
        assert [order.terms.product for order in sandbox.orders] == ["spot"]
        assert [order.terms.product for order in other.orders] == ["futures"]


@pytest.mark.parametrize("region", ["global", "EU", "AU"])
def test_every_region_can_trade(sandbox, region):
    """The order socket has one host for all of them, or the one that is given."""
    with WebsocketAPIClient(
        **sandbox.client_options(), attach_event_listeners=False, api_region=region
    ) as client:
        client.connect_ws_api(timeout=PATIENCE)


def test_an_unknown_option_is_refused_by_name(sandbox):
    """A misspelt option must not be dropped silently."""
    with pytest.raises(ConfigurationError, match=r"pingInterval.*ping_interval"):
        WebsocketAPIClient(**sandbox.client_options(), pingInterval=3)
