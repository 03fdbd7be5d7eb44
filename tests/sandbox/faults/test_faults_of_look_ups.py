"""What can go wrong with REST."""

import time

import pytest
from independent_clients import OrderSocketClient, get

from kucoin_wsapi.sandbox import Fault

LIMIT = {"symbol": "BTC-USDT", "side": "buy", "type": "limit", "price": "50000", "size": "0.001"}
SPOT = "/api/v1/hf/orders/client-order/c-1?symbol=BTC-USDT"


@pytest.fixture
def options(request, faulty):
    """Of a sandbox with the fault, in which the order c-1 rests."""
    options = faulty(request.param).client_options()
    client = OrderSocketClient(options)
    client.ask("spot.order", {**LIMIT, "clientOid": "c-1"})
    client.close()
    return options


@pytest.mark.parametrize("options", ["look-up-lag:delay=0.3"], indirect=True)
def test_a_look_up_that_lags(options):
    """The order is there and not found, and found later."""
    first = get(options, SPOT).json()
    deadline = time.monotonic() + 5
    while get(options, SPOT).json()["code"] != "200000":
        assert time.monotonic() < deadline
    assert (first["code"], first["msg"]) == ("400100", "order not exist.")


@pytest.mark.parametrize("options", [Fault("look-up-error", status=502, every=2)], indirect=True)
def test_a_look_up_that_fails(options):
    """A status and no JSON; the one before it did not."""
    assert [get(options, SPOT).status_code for _ in range(2)] == [200, 502]


@pytest.mark.parametrize("options", ["look-up-late:delay=0.2"], indirect=True)
def test_a_look_up_that_takes_its_time(options):
    """And then tells."""
    asked = time.monotonic()
    assert get(options, SPOT).json()["data"]["clientOid"] == "c-1"
    assert time.monotonic() - asked >= 0.2


@pytest.mark.parametrize("options", ["look-up-error:op=futures"], indirect=True)
def test_look_ups_of_one_product(options):
    """Those of another are served."""
    assert get(options, SPOT).status_code == 200
    assert get(options, "/api/v1/orders/byClientOid?clientOid=c-1").status_code == 503
