"""KuCoin's own Python SDK against the sandbox: a client that nobody here wrote."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import pytest

with warnings.catch_warnings():
    # The SDK's models are declared in a way that pydantic deprecates; nothing of ours can change that.
    warnings.simplefilter("ignore", DeprecationWarning)
    from kucoin_universal_sdk.api.client import DefaultClient
    from kucoin_universal_sdk.generate.spot.order.model_get_order_by_client_oid_req import (
        GetOrderByClientOidReqBuilder,
    )
    from kucoin_universal_sdk.model.client_option import ClientOptionBuilder
    from kucoin_universal_sdk.model.transport_option import TransportOption
    from kucoin_universal_sdk.model.websocket_option import WebSocketClientOption

ORDER = {
    "tradeType": "SPOT",
    "symbol": "BTC-USDT",
    "side": "BUY",
    "orderType": "LIMIT",
    "price": "60000",
    "size": "0.001",
    "clientOid": "official-1",
}


def make_client(options: dict[str, str]) -> DefaultClient:
    """The SDK's client of both REST and WebSocket."""
    builder = ClientOptionBuilder().set_key(options["api_key"]).set_secret(options["api_secret"])
    builder.set_passphrase(options["api_passphrase"])
    builder.set_spot_endpoint(options["rest_url"]).set_futures_endpoint(options["rest_url"])
    builder.set_transport_option(TransportOption())
    builder.set_websocket_client_option(WebSocketClientOption(reconnect=False, dial_timeout=5.0))
    return DefaultClient(builder.build())


@contextmanager
def trade_socket(client: DefaultClient, url: str) -> Iterator[SimpleNamespace]:
    """The SDK's started trade socket; its endpoint is a class constant, which the instance overrides."""
    socket = client.ws_service().new_uta_private_trade_ws()
    service = socket._ws_service
    service.ENDPOINT = f"{url}/v1/private"
    thread = None
    try:
        socket.start()
        thread = service._socket_thread
        yield socket
    finally:
        socket.stop()
        # The SDK does not wait for its thread; the test does, to see that it ends.
        thread = thread or service._socket_thread
        thread.join(5)
        assert not thread.is_alive()


@pytest.fixture
def official(sandbox) -> Iterator[SimpleNamespace]:
    with trade_socket(make_client(sandbox.client_options()), sandbox.client_options()["ws_url"]) as socket:
        yield socket


def test_places_amends_and_cancels(official, sandbox):
    """The SDK logs in and manages an order as on the real exchange; the ledger follows."""
    placed = official.place_order(ORDER)
    price_when_placed = sandbox.find_order(client_oid="official-1").terms.price
    amended = official.amend_order({"symbol": "BTC-USDT", "clientOid": "official-1", "newPrice": "59000"})
    price_when_amended = sandbox.find_order(client_oid="official-1").terms.price
    canceled = official.cancel_order({"tradeType": "SPOT", "symbol": "BTC-USDT", "clientOid": "official-1"})

    assert [reply["code"] for reply in (placed, amended, canceled)] == ["200000"] * 3
    assert [price_when_placed, price_when_amended] == [60_000, 59_000]
    assert not sandbox.find_order(order_id=placed["data"]["orderId"]).is_active


def test_refusal_reaches_its_user(official):
    """A refused order raises in the SDK, with the sandbox's code in its cause."""
    with pytest.raises(RuntimeError) as failure:
        official.place_order({**ORDER, "size": "1000"})

    assert '"code": "106' in str(failure.value.__cause__) or '"code": "301' in str(failure.value.__cause__)


def test_wrong_secret_is_not_let_in(sandbox, caplog):
    """The SDK gets no welcome; it does not read the code and only sees the close."""
    options = {**sandbox.client_options(), "api_secret": "wrong"}

    with (
        caplog.at_level(logging.CRITICAL),
        pytest.raises(RuntimeError),
        trade_socket(make_client(options), options["ws_url"]),
    ):
        pytest.fail("logged in with a wrong secret")


@pytest.mark.parametrize("style", ["blanks", "swapped"])
def test_other_spellings_of_the_challenge(open_sandbox, style):
    """The SDK signs the text it received, so it logs in whatever the spelling."""
    options = open_sandbox(challenge=style).client_options()

    with trade_socket(make_client(options), options["ws_url"]) as socket:
        assert socket.place_order(ORDER)["code"] == "200000"


def test_rest_look_up(official, sandbox):
    """The SDK's REST client accepts the sandbox's record, and its signature is accepted."""
    client = make_client(sandbox.client_options())
    official.place_order(ORDER)
    request = GetOrderByClientOidReqBuilder().set_symbol("BTC-USDT").set_client_oid("official-1").build()

    record = client.rest_service().get_spot_service().get_order_api().get_order_by_client_oid(request)
    client.rest_impl.transport.close()

    assert record.client_oid == "official-1"
    assert record.active
