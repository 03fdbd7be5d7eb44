"""Whatever a program or its environment gives: an error that names it, or something that works."""

from __future__ import annotations

import json
import os
import typing
from decimal import Decimal
from typing import Any

import pytest
from attrs import NOTHING, fields
from fuzzing import fuzzed, json_values
from hypothesis import assume, given
from hypothesis import strategies as st

from kucoin_wsapi import ConfigurationError, InvalidRequestError, WebsocketClient, orders
from kucoin_wsapi._conversion import wire_arguments
from kucoin_wsapi._dialling import Attempt
from kucoin_wsapi._gates import OrderGate
from kucoin_wsapi._requests import prepare
from kucoin_wsapi.exceptions import AuthenticationError, ProtocolError, TransportError
from kucoin_wsapi.options import Credentials, Options, WsKey

urls = st.one_of(
    st.text(max_size=30),
    st.builds(
        "{}://{}{}{}{}".format,
        st.sampled_from(["ws", "wss", "http", "https", "socks5", "socks5h", "ftp", "WS", ""]),
        st.sampled_from(["", "user:hidden-word@", "user@", "%zz:%@"]),
        st.sampled_from(
            ["127.0.0.1", "[::1]", "[::1", "localhost", "", "a b", "a..b", "\udc80", "x" * 70, "é", "127.1"]
        ),
        st.sampled_from(["", ":", ":0", ":1", ":65536", ":-1", ":x", ":٣", ":1:2"]),
        st.sampled_from(["", "/", "/a b", "/\r\nX: y", "?q", "#f", "//", "/%00", "/\x00", "/é", "/\ud800"]),
    ),
)
anything = (
    json_values
    | st.builds(Decimal, st.sampled_from(["1", "NaN", "-1", "1E+99"]))
    | st.binary(max_size=3)
    | urls
)
NAMES = [attribute.name for attribute in fields(Options)]
DIRECT = ("sign_message", "ssl_context", "backoff")


@fuzzed(120)
@given(
    st.dictionaries(st.sampled_from(NAMES), anything, max_size=3)
    | st.fixed_dictionaries({}, optional=dict.fromkeys(("ws_url", "rest_url", "proxy"), urls))
)
def test_options_are_taken_or_refused_and_keep_their_secrets(given_options):
    """The error names the option; what is printed shows no password of a proxy."""
    try:
        printed = repr(Options.of(given_options)).partition("proxy=")[2].partition(", ssl_context")[0]
    except ConfigurationError as error:
        printed = str(error)
        named = [name for name in [*given_options, "ws_key"] if name in printed]
        assert named, printed
        printed = printed if named == ["proxy"] else ""
    assert "hidden-word" not in printed


# Bytes that are no UTF-8 come out of the environment as lone surrogates.
environment_texts = st.lists(st.sampled_from("kK1+/= \n\té😀\udc80\udcff"), max_size=8).map("".join)


@fuzzed(40)
@given(environment_texts, environment_texts, environment_texts)
def test_a_client_from_any_environment_connects_or_says_why_not(key, secret, passphrase):
    """An attempt with whatever was taken ends in an error of ours, never in an internal one."""
    names = ("KUCOIN_API_KEY", "KUCOIN_API_SECRET", "KUCOIN_API_PASSPHRASE")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in zip(names, (key, secret, passphrase), strict=True):
            patch.setitem(os.environ, name, value)
        try:
            client = WebsocketClient.from_env(ws_url="ws://127.0.0.1:1")
        except ConfigurationError:
            return
    repr(client)
    client.close_all()
    results: list[Any] = []
    options = Options(ws_url="ws://127.0.0.1:1", connect_timeout=5)
    gate = OrderGate(WsKey.WS_API_SPOT_V1, Credentials(key, secret, passphrase), options)
    attempt = Attempt(gate, options, lambda: pytest.fail("no TLS here"), 0)
    attempt._run(lambda _, result: results.append(result))
    (result,) = results
    assert isinstance(result, (TransportError, AuthenticationError))
    assert not isinstance(result, ProtocolError), result


@fuzzed(40)
@given(urls)
def test_a_url_that_was_taken_can_be_dialled(url):
    """Nobody listens there, but nothing worse."""
    try:
        options = Options(ws_url=url, connect_timeout=0.2)
    except ConfigurationError:
        return
    host = url.partition("://")[2]
    assume(host.startswith(("127.0.0.1", "[::1]", "a b", "\udc80", "a..b", "x" * 70)))  # no name is asked for
    results: list[Any] = []
    attempt = Attempt(
        OrderGate(WsKey.WS_API_SPOT_V1, Credentials("k", "s", "p"), options), options, _no_context, 0
    )
    attempt._run(lambda _, result: results.append(result))
    (result,) = results
    assert isinstance(result, TransportError), result


def _no_context() -> Any:
    raise OSError("no TLS in this test")


REQUESTS = typing.get_args(orders.Request)
VALUES = (
    st.sampled_from(
        [
            "buy",
            "sell",
            "limit",
            "market",
            "BTC-USDT",
            "1",
            "0.001",
            "20000",
            "GTC",
            "GTT",
            "CN",
            "1e5",
            "0",
            "-1",
            "",
            "x" * 50,
            1,
            0,
            -1,
            10,
            1.5,
            True,
            False,
            None,
            Decimal("1.10"),
            Decimal("NaN"),
            Decimal("1E-30"),
            float("nan"),
        ]
    )
    | anything
)


@fuzzed(120)
@given(st.sampled_from(REQUESTS), st.data())
def test_a_request_of_any_fields_is_refused_or_can_be_sent(request_class, data):
    """What is taken is JSON without a float or an exponent, and comes back from it as it was."""
    names = [attribute.name for attribute in fields(request_class)]
    values = data.draw(st.dictionaries(st.sampled_from(names), VALUES, max_size=8))
    plausible = {
        "symbol": "BTC-USDT",
        "side": "buy",
        "type": "limit",
        "price": "1",
        "size": "1",
        "order_id": "1",
    }
    if data.draw(st.booleans()):
        values = {name: value for name, value in plausible.items() if name in names} | values
    needed = [attribute.name for attribute in fields(request_class) if attribute.default is NOTHING]
    assume(set(needed) <= set(values))
    try:
        request = request_class(**values)
    except InvalidRequestError:
        return
    prepare("spot.order", request).frame("id", "spot.order", b"mask")
    args = wire_arguments(request)
    text = json.dumps(args, allow_nan=False)
    assert json.loads(text, parse_float=_no_float) == args


def _no_float(text: str) -> Any:
    raise AssertionError(f"a number with a fraction on the wire: {text}")


@fuzzed(100)
@given(
    st.text(max_size=8) | anything,
    st.dictionaries(st.text(max_size=4), anything, max_size=4) | st.lists(anything, max_size=3) | anything,
)
def test_raw_parameters_are_refused_or_become_a_frame(operation, params):
    """Nothing else happens in the calling thread."""
    try:
        framed = prepare(operation, params).frame("id", operation, b"mask")
    except InvalidRequestError:
        return
    assert framed[0] == 0x81
