"""A sandbox is of this computer alone, and knows no way to the real exchange."""

import ast
from pathlib import Path

import pytest

import kucoin_wsapi.sandbox as package
from kucoin_wsapi.sandbox import Sandbox
from kucoin_wsapi.sandbox.hosts import host_in_urls

SOURCES = sorted(Path(package.__file__).parent.glob("*.py"))
CLIENTS = {"requests", "websocket", "http", "urllib3", "httpx", "ssl"}


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.org", ""])
def test_network_must_be_asked_for(host):
    """Whatever is not loopback is refused without the words."""
    with pytest.raises(ValueError, match="serve_the_network"):
        Sandbox(host=host)


@pytest.mark.parametrize("host", ["api.kucoin.com", "wsapi.KuCoin.com", "kucoin.local"])
def test_hosts_of_the_exchange_are_refused(host):
    """Nobody shall take a sandbox for KuCoin, with whatever words."""
    with pytest.raises(ValueError, match="real exchange"):
        Sandbox(host=host, serve_the_network=True)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.0.0.2", "::1"])
def test_loopback_needs_no_words(host):
    """All its addresses will do."""
    assert repr(Sandbox(host=host)) == "<Sandbox stopped>"


def test_serving_the_network():
    """It listens where it is told, and this computer reaches it by loopback."""
    with Sandbox(host="0.0.0.0", serve_the_network=True) as sandbox:
        address = sandbox._server._listener.getsockname()[0]
        url = sandbox.ws_url

    assert address == "0.0.0.0"
    assert url.startswith("ws://127.0.0.1:")


@pytest.mark.parametrize(("host", "shown"), [("::1", "[::1]"), ("::", "[::1]"), ("localhost", "localhost")])
def test_host_in_urls(host, shown):
    """Addresses of version 6 stand in brackets."""
    assert host_in_urls(host) == shown


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_no_way_to_the_real_exchange(source):
    """No module can open a connection of its own, and none but the check of hosts knows the exchange's name."""
    tree = ast.parse(source.read_text())
    imported = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            imported.add((node.module or "").partition(".")[0])
            assert {alias.name for alias in node.names}.isdisjoint({"ClientSession", "urlopen", "client"})
    connects = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr in ("create_connection", "connect", "open_connection")
    ]

    assert imported.isdisjoint(CLIENTS)
    assert not connects
    assert "kucoin.com" not in source.read_text()
