"""What a program loads when it imports the package, and what only when it needs it."""

import ast
import json
import logging
import subprocess
import sys
from pathlib import Path

import pytest
from fault_server import API_KEY, API_PASSPHRASE, API_SECRET, FaultServer, serve

import kucoin_wsapi

SOURCE = Path(kucoin_wsapi.__file__)

SLOW = {
    "websocket",
    "requests",
    "urllib3",
    "cattrs",
    "ssl",
    "http",
    "html",
    "asyncio",
    "aiohttp",
    "python_socks",
}
FOR_CONNECTIONS = {"kucoin_wsapi._loop", "kucoin_wsapi._transport", "kucoin_wsapi._conversion"}
FOR_SUBSCRIPTIONS = {"kucoin_wsapi._push_protocol", "kucoin_wsapi._topics", "kucoin_wsapi.market_updates"}
CREDENTIALS = f"{API_KEY!r}, {API_SECRET!r}, {API_PASSPHRASE!r}"


def loaded_by(program: str) -> set[str]:
    """The modules that a program of its own has loaded, with their packages."""
    ran = subprocess.run(
        [
            sys.executable,
            "-W",
            "error",
            "-c",
            f"{program}\nimport json, sys\nprint(json.dumps([*sys.modules]))",
        ],
        cwd=SOURCE.parent.parent,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ran.stderr, ran.returncode) == ("", 0)
    return set(json.loads(ran.stdout))


def test_the_package_alone_is_next_to_nothing():
    """None of its own modules, and none of its dependencies."""
    loaded = loaded_by("import kucoin_wsapi")

    assert {name for name in loaded if name.startswith("kucoin_wsapi")} == {
        "kucoin_wsapi",
        "kucoin_wsapi._version",
    }
    assert {"attr", "attrs", *SLOW} & loaded == set()


@pytest.mark.parametrize("name", ["WebsocketAPIClient", "WebsocketClient"])
def test_a_client_is_made_without_what_only_connections_need(name: str):
    """Neither the WebSocket nor REST nor TLS nor the converter is loaded before there is a use for it."""
    loaded = loaded_by(f"from kucoin_wsapi import {name}\n{name}({CREDENTIALS}).__repr__()")

    assert (SLOW | FOR_CONNECTIONS | FOR_SUBSCRIPTIONS) & loaded == set()


def test_a_client_that_was_not_used_is_closed_without_them_too():
    """An end must not load anything: it may be that of the interpreter."""
    program = f"from kucoin_wsapi import WebsocketAPIClient\nwith WebsocketAPIClient({CREDENTIALS}): pass"

    assert (SLOW | FOR_CONNECTIONS | FOR_SUBSCRIPTIONS) & loaded_by(program) == set()


def test_an_order_finds_loaded_what_it_needs_once_the_client_is_connected():
    """The first order after ``connect`` waits for the exchange only; what it never needs is not loaded at all."""
    with FaultServer(serve) as server:
        program = (
            "import sys\n"
            "from kucoin_wsapi import WebsocketAPIClient\n"
            f"with WebsocketAPIClient({CREDENTIALS}, ws_url={server.url!r}, attach_event_listeners=False) as client:\n"
            "    client.connect_ws_api()\n"
            "    ready = set(sys.modules)\n"
            "    client.submit_new_spot_order(symbol='BTC-USDT', side='buy', type='market', size=1).result(5)\n"
            "    late = set(sys.modules) - ready\n"
            "    assert not late, late\n"
        )

        loaded = loaded_by(program)

    assert {"websocket", "cattrs"} | FOR_CONNECTIONS <= loaded
    assert ({"requests", "asyncio", "aiohttp"} | FOR_SUBSCRIPTIONS) & loaded == set()


def test_several_threads_may_begin_at_the_same_time():
    """The first orders of a process, and its first topics: whoever comes second waits for what the first loads."""
    with FaultServer(serve) as server:
        program = (
            "import threading\n"
            "from concurrent.futures import ThreadPoolExecutor\n"
            "from kucoin_wsapi import WebsocketAPIClient\n"
            f"client = WebsocketAPIClient({CREDENTIALS}, ws_url={server.url!r}, attach_event_listeners=False)\n"
            "together = threading.Barrier(9)\n"
            "def order(_):\n"
            "    together.wait(5)\n"
            "    return client.submit_new_spot_order(symbol='BTC-USDT', side='buy', type='market', size=1).result(20)\n"
            "def updates():\n"
            "    together.wait(5)\n"
            "    from kucoin_wsapi import Channel\n"
            "    client.get_ws_client().updates('spotPublicProV2', [Channel('ticker', symbol='BTC-USDT')]).close()\n"
            "with client, ThreadPoolExecutor(9) as pool:\n"
            "    stream = pool.submit(updates)\n"
            "    answers = list(pool.map(order, range(8)))\n"
            "    assert [answer.code for answer in answers] == ['200000'] * 8\n"
            "    stream.result(20)\n"
        )

        loaded_by(program)


def test_the_library_of_the_handshake_is_muzzled_before_it_is_loaded():
    """Its trace shows signed URLs, so the filter must be there before its first line, not before its first import."""
    program = (
        "import logging, sys, kucoin_wsapi._transport\n"
        "assert 'websocket' not in sys.modules\n"
        "assert logging.getLogger('websocket').filters\n"
        "import websocket\n"
        "assert logging.getLogger('websocket').filters\n"
    )

    assert "websocket" in loaded_by(program)


@pytest.mark.parametrize("name", ["exceptions", "orders", "options", "updates"])
def test_public_modules_need_no_import_of_their_own(name: str):
    """``kucoin_wsapi.exceptions.CallError`` works after ``import kucoin_wsapi``."""
    assert f"kucoin_wsapi.{name}" in loaded_by(f"import kucoin_wsapi\nkucoin_wsapi.{name}.__all__")


def test_a_star_import_brings_every_public_name():
    """And no other."""
    program = (
        "from kucoin_wsapi import *\n"
        "import kucoin_wsapi\n"
        "names = {name for name in globals() if not name.startswith('__')} - {'kucoin_wsapi'}\n"
        "assert names == set(kucoin_wsapi.__all__) - {'__version__'}, names\n"
    )

    loaded_by(program)


def test_an_unknown_name_is_refused_as_by_any_module():
    """So that ``hasattr`` and ``from kucoin_wsapi import`` work as usual; private modules do not come by themselves."""
    for name in ("WebsocketApiClient", "_no_such_module", "sandbox_of_mine"):
        with pytest.raises(AttributeError, match=f"'kucoin_wsapi' has no attribute '{name}'"):
            getattr(kucoin_wsapi, name)
    with pytest.raises(ImportError, match="WebsocketApiClient"):
        exec("from kucoin_wsapi import WebsocketApiClient")


def test_type_checkers_and_the_interpreter_find_each_name_in_the_same_module():
    """The imports that only type checkers see, and the table by which names are loaded."""
    tree = ast.parse(SOURCE.read_text(encoding="utf-8"))
    block = next(
        node for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    )
    seen = {
        str(node.module): {alias.name for alias in node.names}
        for node in block.body
        if isinstance(node, ast.ImportFrom)
    }

    assert {module: set(names) for module, names in kucoin_wsapi._MODULES.items()} == seen
    assert {"__version__"}.union(*seen.values()) == set(kucoin_wsapi.__all__)


def test_a_handler_for_lines_that_nobody_wants_is_there_at_once():
    """A program that only catches our exceptions must not be told that logging is not configured."""
    assert any(
        isinstance(handler, logging.NullHandler) for handler in logging.getLogger("kucoin_wsapi").handlers
    )
