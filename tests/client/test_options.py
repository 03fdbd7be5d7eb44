"""What a client is told at construction: checked at once, by name, and without showing a secret."""

import functools
import math
import ssl
from typing import Any

import attrs
import pytest

from kucoin_wsapi.exceptions import ConfigurationError
from kucoin_wsapi.options import Backoff, Credentials, Options, WsKey

SPOT, FUTURES = WsKey.WS_API_SPOT_V1, WsKey.WS_API_FUTURES_V1
SECONDS = [
    "request_timeout",
    "max_send_delay",
    "connect_timeout",
    "close_timeout",
    "ping_interval",
    "pong_timeout",
]


def test_the_defaults_are_the_documented_ones():
    """Each of them decides about money: a change has to be meant."""
    options = Options()

    assert (options.request_timeout, options.max_send_delay, options.connect_timeout) == (10, 3, 5)
    assert (options.close_timeout, options.ping_interval, options.pong_timeout) == (2, None, None)
    assert (options.max_in_flight, options.backoff) == (10_000, Backoff(base=0.25, cap=10))
    assert (options.api_region, options.rest_url, options.proxy) == ("global", None, None)
    assert (options.partner, options.partner_key, options.enable_ns) == (None, None, False)
    assert {options.url_of(key) for key in WsKey if key.is_for_orders} == {"wss://wsapi.kucoin.com"}
    assert options.url_of(WsKey.SPOT_PUBLIC_PRO_V2) == "wss://x-push-spot.kucoin.com"
    assert options.url_of(WsKey.FUTURES_PUBLIC_PRO_V2) == "wss://x-push-futures.kucoin.com"
    assert options.url_of(WsKey.PRIVATE_PRO_V2) == "wss://wsapi-push.kucoin.com"
    assert Options(api_region="EU").url_of(WsKey.PRIVATE_PRO_V2) == "wss://wsapi-push.kucoin.eu"


@pytest.mark.parametrize("name", SECONDS)
@pytest.mark.parametrize("value", [-1, math.nan, math.inf, "3", True, [1]], ids=repr)
def test_a_time_that_is_none_is_refused_by_name(name, value):
    """Seconds are positive, finite numbers."""
    with pytest.raises(ConfigurationError, match=f"^{name}: "):
        Options(**{name: value})


def test_zero_is_a_time_for_close_only():
    """Not to wait for answers is a choice; not to wait for anything else is a mistake."""
    assert Options(close_timeout=0).close_timeout == 0
    for name in set(SECONDS) - {"close_timeout"}:
        with pytest.raises(ConfigurationError, match=f"^{name}: "):
            Options(**{name: 0})


WRONG: list[tuple[str, Any]] = [
    ("max_in_flight", 0),
    ("max_in_flight", 2.5),
    ("max_in_flight", True),
    ("backoff", 0.5),
    ("backoff", None),
    ("api_region", "eu"),
    ("api_region", None),
    ("api_region", ["EU"]),
    ("ssl_context", True),
    ("sign_message", "hmac"),
    ("enable_ns", "true"),
    ("enable_ns", 1),
    ("rest_url", "wss://host"),
    ("rest_url", "api.kucoin.com"),
    ("rest_url", ""),
    ("ws_url", "https://host"),
    ("ws_url", "host:9000"),
    ("ws_url", "ws://"),
    ("ws_url", ""),
    ("ws_url", 9000),
    ("ws_url", "ws://[::1"),
    ("ws_url", "ws://host:port"),
    ("ws_url", "ws://host:99999"),
    ("ws_url", "ws://host/?token=1"),
    ("ws_url", "ws://host/#part"),
    ("ws_url", "ws://user:password@host"),
    ("ws_url", {SPOT: "host"}),
    ("ws_url", {SPOT: None}),
    ("proxy", "host:8080"),
    ("proxy", "https://host:8080"),
    ("proxy", "http://"),
    ("proxy", "http://[::1"),
    ("proxy", "http://host:99999"),
    ("proxy", ""),
    ("proxy", 8080),
]


@pytest.mark.parametrize(("name", "value"), WRONG, ids=[f"{name}={value!r}" for name, value in WRONG])
def test_a_wrong_option_is_refused_by_name(name, value):
    """At construction, before anything is started; the message names the option."""
    with pytest.raises(ConfigurationError, match=f"^{name}: "):
        Options(**{name: value})


def test_a_key_that_ws_url_leaves_out_is_refused():
    """It would go to the real exchange."""
    with pytest.raises(ConfigurationError, match="ws_url: a URL is needed for wsApiFuturesV1 too"):
        Options(ws_url={SPOT: "ws://127.0.0.1:9000"})


def test_an_unknown_key_in_ws_url_is_refused():
    """A misspelt key would silently lead to the real exchange."""
    with pytest.raises(ConfigurationError, match="'wsApiSpot' is not a connection key"):
        Options(ws_url={"wsApiSpot": "ws://127.0.0.1:9000"})


def test_an_unknown_option_is_refused_with_the_known_ones():
    """A misspelt option is not ignored."""
    with pytest.raises(ConfigurationError, match="unknown option request_timout; known are request_timeout"):
        Options.of({"request_timout": 3})


def test_of_takes_keywords():
    """As the clients pass them on."""
    assert Options.of({"request_timeout": 3, "enable_ns": True}) == Options(request_timeout=3, enable_ns=True)


def test_a_base_url_is_taken_for_all_keys_without_its_last_slash():
    """A path prefix may be part of it."""
    options = Options(ws_url="ws://127.0.0.1:9000/prefix/")

    assert options.ws_url == {
        SPOT: "ws://127.0.0.1:9000/prefix",
        FUTURES: "ws://127.0.0.1:9000/prefix",
        WsKey.SPOT_PUBLIC_PRO_V2: "ws://127.0.0.1:9000/prefix/x-push-spot",
        WsKey.FUTURES_PUBLIC_PRO_V2: "ws://127.0.0.1:9000/prefix/x-push-futures",
        WsKey.PRIVATE_PRO_V2: "ws://127.0.0.1:9000/prefix/wsapi-push",
    }


def test_base_urls_may_be_given_by_key_or_by_its_value():
    """Each key its own."""
    options = Options(ws_url={"wsApiSpotV1": "ws://127.0.0.1:1", FUTURES: "ws://[::1]:2"})

    assert options.ws_url == {SPOT: "ws://127.0.0.1:1", FUTURES: "ws://[::1]:2"}


@pytest.mark.parametrize("scheme", ["http", "socks4", "socks4a", "socks5", "socks5h"])
def test_a_proxy_of_each_kind_is_taken(scheme):
    """With and without user and password."""
    for proxy in (f"{scheme}://proxy:1080", f"{scheme}://user:p%40ss@proxy:1080"):
        assert Options(proxy=proxy).proxy == proxy


@pytest.mark.parametrize("given", [{"partner": "ACME"}, {"partner_key": "canary"}])
def test_a_partner_needs_its_key_and_a_key_its_partner(given):
    """One without the other signs nothing."""
    with pytest.raises(ConfigurationError, match="partner, partner_key"):
        Options(**given)


@pytest.mark.parametrize(("name", "value"), [("base", 0), ("base", -1), ("cap", math.inf), ("cap", "10")])
def test_a_backoff_is_checked(name, value):
    """Positive, finite seconds."""
    with pytest.raises(ConfigurationError, match=f"^{name}: "):
        Backoff(**{name: value})


@pytest.mark.parametrize("name", ["api_key", "api_secret", "api_passphrase"])
@pytest.mark.parametrize("value", ["", "  ", None, 7, b"bytes"], ids=repr)
def test_credentials_are_non_empty_text(name, value):
    """The field at fault is named, its value is not."""
    given: dict[str, Any] = {"api_key": "k", "api_secret": "s", "api_passphrase": "p"} | {name: value}

    with pytest.raises(ConfigurationError, match=f"^{name}: a non-empty string is needed \\["):
        Credentials(**given)


def test_no_secret_is_printed():
    """Neither by repr nor by str."""
    signer = functools.partial(lambda token, message, secret: "", "canary")
    told = [
        Credentials("canary", "canary", "canary"),
        Options(proxy="http://canary:canary@proxy:8080", partner="ACME", partner_key="canary"),
        Options(sign_message=signer),
    ]

    assert "canary" not in f"{told} {[str(one) for one in told]}"
    assert "http://***@proxy:8080" in repr(told[1])
    assert "http://proxy:8080" in repr(Options(proxy="http://proxy:8080"))


@pytest.mark.parametrize(
    "proxy", ["canary://user:canary@host", "http://user:canary@host:99999", "http://user:canary@[::1"]
)
def test_a_refused_proxy_is_not_repeated(proxy):
    """It may hold a password."""
    with pytest.raises(ConfigurationError) as caught:
        Options(proxy=proxy)

    assert "canary" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_options_cannot_be_changed():
    """A client's options are what it was made with."""
    options = Options(ssl_context=ssl.create_default_context())

    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        options.request_timeout = 1  # type: ignore[misc]  # that is the point
    with pytest.raises(TypeError):
        options.ws_url[SPOT] = "ws://elsewhere"  # type: ignore[index]  # that is the point


@pytest.mark.parametrize("key", list(WsKey))
def test_a_key_is_taken_by_its_value_too(key):
    """The names that traders know."""
    assert WsKey.of(key) is WsKey.of(key.value) is key
    assert {key.value for key in WsKey} == {
        "wsApiSpotV1",
        "wsApiFuturesV1",
        "spotPublicV1",
        "spotPrivateV1",
        "futuresPublicV1",
        "futuresPrivateV1",
        "spotPublicProV2",
        "futuresPublicProV2",
        "privateProV2",
    }


@pytest.mark.parametrize("key", ["WS_API_SPOT_V1", "", None, 1, ["wsApiSpotV1"]], ids=repr)
def test_another_key_is_refused_with_the_known_ones(key):
    """Also what cannot be hashed."""
    with pytest.raises(ConfigurationError, match="known are 'wsApiSpotV1', 'wsApiFuturesV1'"):
        WsKey.of(key)
