"""Starting, stopping, several at once, and what the ledger shows meanwhile."""

import logging
import socket
import subprocess
import sys
import threading
import time

import attrs
import pytest
import requests
from independent_clients import OrderSocketClient, RawSocket, get, signed_query, socket_url

from kucoin_wsapi.sandbox import Account, ApiKey, Fault, Sandbox
from kucoin_wsapi.sandbox.options import SandboxOptions

SPOT = {"symbol": "BTC-USDT", "type": "limit", "side": "buy", "price": "60000", "size": "0.001"}


def test_starts_and_stops_quickly():
    """Both take far less than a quarter of a second; the best of three, since machines stutter."""
    times = []
    for _ in range(3):
        begin = time.perf_counter()
        with Sandbox():
            started = time.perf_counter()
        times.append((started - begin, time.perf_counter() - started))

    assert min(start for start, _ in times) < 0.25
    assert min(stop for _, stop in times) < 0.25


def test_stop_leaves_nothing(sandbox):
    """No thread, and nobody listens at the port any more."""
    options = sandbox.client_options()
    names = [thread.name for thread in threading.enumerate()]
    sandbox.stop()

    assert [name for name in names if name.startswith("kucoin-sandbox-")]
    assert not [thread for thread in threading.enumerate() if thread.name in names[1:]]
    with pytest.raises(requests.ConnectionError):
        get(options, "/api/v1/timestamp", headers={})


def test_stop_with_connections_in_every_stage(sandbox):
    """Challenged, logged-in, half-open, keep-alive and refused clients do not delay the stop."""
    options = sandbox.client_options()
    port = int(options["ws_url"].rpartition(":")[2])
    challenged = RawSocket(socket_url(options, signed_query(options)))
    refused = RawSocket(socket_url(options, {}))
    logged_in = OrderSocketClient(options)
    half_open = socket.create_connection(("127.0.0.1", port))
    half_open.sendall(b"GET /api/v1/timestamp HTT")
    session = requests.Session()
    session.get(options["rest_url"] + "/api/v1/timestamp", timeout=5)
    begin = time.perf_counter()

    sandbox.stop()

    elapsed = time.perf_counter() - begin
    assert logged_in.receive_close() == 1001
    for connection in (challenged, refused, logged_in, half_open, session):
        connection.close()
    assert elapsed < 1.5


@pytest.mark.parametrize("goodbye", ["close", "reset"])
def test_client_that_leaves_in_the_middle(sandbox, log_in, caplog, goodbye):
    """One that goes without reading its answers harms nobody, and is no error in the log."""
    leaving = OrderSocketClient(sandbox.client_options())
    for number in range(200):
        leaving.send_text(f'{{"id":"{number}","op":"ping"}}')
    if goodbye == "reset":
        leaving.reset()
    leaving.close()

    reply = log_in(sandbox).ask("spot.order", {**SPOT, "clientOid": "c-1"})
    sandbox.stop()

    assert reply["code"] == "200000"
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


def test_repr_tells_where_it_runs(sandbox):
    """A sandbox shows its address, or that it is stopped."""
    address = sandbox.client_options()["ws_url"].removeprefix("ws://")
    running = repr(sandbox)
    sandbox.stop()

    assert running == f"<Sandbox on {address}>"
    assert repr(sandbox) == "<Sandbox stopped>"


def test_stop_twice_is_once(sandbox):
    """A second stop does nothing, so that the with block may end after a stop by hand."""
    sandbox.stop()
    sandbox.stop()


def test_start_twice_is_an_error(sandbox):
    """A running sandbox is not started again."""
    with pytest.raises(RuntimeError, match="runs already"):
        sandbox.start()


def test_restart_goes_on_at_the_same_place(sandbox, log_in):
    """Port, orders and keys survive a stop and a start, as an exchange's do."""
    options = sandbox.client_options()
    log_in(sandbox).ask("spot.order", {**SPOT, "clientOid": "c-1"})
    sandbox.stop()
    sandbox.start()

    reply = log_in(sandbox).ask("spot.cancel", {"symbol": "BTC-USDT", "clientOid": "c-1"})

    assert sandbox.client_options() == options
    assert reply["code"] == "200000"


def test_ledger_can_be_read_after_the_stop(sandbox, log_in):
    """What happened stays visible."""
    log_in(sandbox).ask("spot.order", {**SPOT, "clientOid": "c-1"})
    sandbox.stop()

    assert [order.terms.client_oid for order in sandbox.orders] == ["c-1"]


def test_port_can_be_chosen_and_may_be_taken(sandbox):
    """A taken port is an OSError in the caller, and leaves nothing behind."""
    port = int(sandbox.client_options()["rest_url"].rpartition(":")[2])

    with pytest.raises(OSError, match="in use"), Sandbox(port=port):
        pass


def test_options_need_a_start(open_sandbox):
    """A sandbox that never ran has no URL to give."""
    with pytest.raises(RuntimeError, match="start"):
        Sandbox().client_options()


def test_several_at_once_share_nothing(open_sandbox, log_in):
    """Orders of one are not in the other; their ports differ."""
    first, second = open_sandbox(), open_sandbox()
    log_in(first).ask("spot.order", {**SPOT, "clientOid": "c-1"})

    assert len(first.orders) == 1
    assert second.orders == ()
    assert first.client_options()["ws_url"] != second.client_options()["ws_url"]


def test_only_loopback_is_served(sandbox):
    """The URLs are of 127.0.0.1, and the socket is bound to nothing else."""
    options = sandbox.client_options()
    port = int(options["ws_url"].rpartition(":")[2])

    assert options["ws_url"] == f"ws://127.0.0.1:{port}"
    assert options["rest_url"] == f"http://127.0.0.1:{port}"
    assert sandbox._server._listener.getsockname() == ("127.0.0.1", port)


def test_keys_are_the_same_in_every_sandbox(open_sandbox):
    """So that a configuration can be written down; keys of other permissions differ."""
    first, second = open_sandbox().client_options(), open_sandbox().client_options()
    spot = open_sandbox().client_options(permissions=("Spot",))

    credentials = ("api_key", "api_secret", "api_passphrase")
    assert [first[name] for name in credentials] == [second[name] for name in credentials]
    assert spot["api_key"] != first["api_key"]


def test_misspelt_permission(sandbox):
    """An unknown permission is refused with those that exist."""
    with pytest.raises(ValueError, match=r"'Trade'.*General, Spot, Margin, Futures"):
        sandbox.client_options(permissions=("Trade",))


@pytest.mark.parametrize(
    "options",
    [
        {"port": -1},
        {"port": 65_536},
        {"challenge": "loose"},
        {"ping_interval": 0},
        {"ping_timeout": -1},
        {"reuse_window": -1},
        {"challenge_timeout": 0},
    ],
)
def test_option_out_of_range(options):
    """Impossible options are refused before anything starts."""
    with pytest.raises(ValueError, match=next(iter(options))):
        Sandbox(**options)


CHECKED = [
    (kind, attribute.name)
    for kind in (SandboxOptions, Fault, ApiKey, Account)
    for attribute in attrs.fields(kind)
    if attribute.validator is not None and attribute.converter is None
]


@pytest.mark.parametrize(("kind", "name"), CHECKED)
def test_a_wrong_option_is_told_with_what_is_needed(kind, name):
    """Whatever it is: in a line that begins with its name."""
    usual = {Fault: {"kind": "close"}, ApiKey: dict.fromkeys(("api_key", "secret", "passphrase"), "hush")}
    wrong = {"wrong": 1} if name == "rate_limits" else 5j
    with pytest.raises((ValueError, TypeError)) as caught:
        kind(**{**usual.get(kind, {}), name: wrong})

    text = str(caught.value)
    assert text.startswith(f"{name}: ")
    assert "needed" in text or "there are" in text
    assert "Attribute(" not in text


def test_find_order_takes_one_reference(sandbox):
    """Neither or both is a mistake of the caller."""
    with pytest.raises(ValueError, match="one of"):
        sandbox.find_order()
    with pytest.raises(ValueError, match="one of"):
        sandbox.find_order(order_id="1", client_oid="1")


def test_order_without_a_client_oid_is_not_found_by_accident(client, sandbox):
    """Looking for an unknown order does not find one that has no clientOid."""
    client.ask("spot.order", SPOT)

    assert len(sandbox.orders) == 1
    assert sandbox.find_order(order_id="unknown") is None
    assert sandbox.find_order(client_oid="unknown") is None


def test_ledger_is_consistent_while_orders_flow(client, sandbox):
    """A reader in another thread always sees whole orders, though the exchange changes."""
    halt = threading.Event()
    torn = []

    def read() -> None:
        while not halt.is_set():
            orders, hold = sandbox._gateway.read(
                lambda exchange: (exchange.orders("100000001"), exchange.balances("100000001"))
            )
            held = sum(order.hold for order in orders)
            if held != sum(balance.hold for balance in hold):
                torn.append((orders, hold))

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(30):
        client.ask("spot.order", {**SPOT, "clientOid": f"c-{number}"})
        client.ask("spot.cancel", {"symbol": "BTC-USDT", "clientOid": f"c-{number}"})
    halt.set()
    reader.join()

    assert torn == []
    assert len(sandbox.orders) == 30


def test_time_passes_by_itself(client, sandbox):
    """A GTT order expires without anybody asking."""
    client.ask("spot.order", {**SPOT, "clientOid": "c-1", "timeInForce": "GTT", "cancelAfter": 1})
    deadline = time.monotonic() + 5
    expired = threading.Event()
    while sandbox.find_order(client_oid="c-1").is_active and time.monotonic() < deadline:
        expired.wait(0.05)

    assert not sandbox.find_order(client_oid="c-1").is_active


def test_fault_of_the_exchange_is_answered_and_logged(client, sandbox, monkeypatch, caplog):
    """An exception inside the exchange is 500000 to the client, a traceback in the log, and ends nothing."""

    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(sandbox._gateway._exchange, "execute", fail)

    with caplog.at_level(logging.ERROR, "kucoin_wsapi.sandbox"):
        reply = client.ask("spot.order", SPOT)

    assert reply["code"] == "500000"
    assert caplog.records[0].exc_info[0] is ZeroDivisionError
    client.send_text('{"id":"after","op":"ping"}')
    assert client.receive()["id"] == "after"


def test_server_that_died_says_why(monkeypatch):
    """A clock tick that fails ends the thread, and stop raises what it died of."""
    sandbox = Sandbox()
    failed = threading.Event()

    def fail(*_: object) -> None:
        failed.set()
        raise ZeroDivisionError

    sandbox.start()
    monkeypatch.setattr(sandbox._gateway, "tick", fail)
    assert failed.wait(5)

    with pytest.raises(ZeroDivisionError):
        sandbox.stop()


def test_importing_the_package_is_cheap():
    """aiohttp is loaded only when Sandbox is asked for."""
    program = (
        "import sys, kucoin_wsapi.sandbox as package\n"
        "assert 'aiohttp' not in sys.modules\n"
        "assert package.Sandbox.__name__ == 'Sandbox'\n"
        "assert package.OrderView.__name__ == 'OrderView'\n"
        "assert 'aiohttp' in sys.modules\n"
    )

    subprocess.run([sys.executable, "-c", program], check=True)


def test_unknown_name_of_the_package():
    """The lazy package still refuses names it does not have."""
    import kucoin_wsapi.sandbox as package

    with pytest.raises(AttributeError, match="Snadbox"):
        package.Snadbox  # noqa: B018 - the access is what is tested
