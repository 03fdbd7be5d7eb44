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
FOR_THE_NETWORK = {"websocket", "requests", "urllib3", "asyncio", "aiohttp", "python_socks"}
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
def test_a_client_is_made_without_what_only_the_network_needs(name: str):
    """The libraries of the WebSocket and of REST are loaded by threads and calls that wait for the network anyway."""
    loaded = loaded_by(f"from kucoin_wsapi import {name}\n{name}({CREDENTIALS}).__repr__()")

    assert FOR_THE_NETWORK & loaded == set()


def test_a_client_that_was_not_used_is_closed_without_them_too():
    """An end must not load anything: it may be that of the interpreter."""
    program = f"from kucoin_wsapi import WebsocketAPIClient\nwith WebsocketAPIClient({CREDENTIALS}): pass"

    assert FOR_THE_NETWORK & loaded_by(program) == set()


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

    assert "websocket" in loaded
    assert {"requests", "asyncio", "aiohttp"} & loaded == set()


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


HANDLER_WITHIN_EACH_IMPORT = """
import signal, sys
from kucoin_wsapi import LookUpError, WebsocketAPIClient
client = WebsocketAPIClient({credentials}, ws_url={url!r}, rest_url={rest_url!r}, attach_event_listeners=False)
pending, kinds, broken, inside = [], [], [], []

def ask():
    client.latency()
    try:
        client.resolve("mine", product="spot", symbol="BTC-USDT", timeout=0.001)
    except LookUpError as error:
        kinds.append("half-way" if "signal handler" in str(error) else "asked")
    client.track_order("mine", product="spot", symbol="BTC-USDT").close()
    client.get_ws_client().updates("spotPublicV1", "/market/ticker:BTC-USDT").close()
    pending.append(client.submit_new_spot_order(symbol="BTC-USDT", side="buy", type="market", size=1))

def handle(*_):
    inside.append(True)
    try:
        ask()
    except BaseException as error:
        broken.append(repr(error))
    finally:
        inside.pop()

def strike(frame, event, _):
    begins = event == "call" and frame.f_code.co_name == "<module>" and not inside
    if begins and frame.f_globals["__name__"].startswith(("kucoin_wsapi", "requests")):
        signal.raise_signal(signal.SIGUSR1)

signal.signal(signal.SIGUSR1, handle)
sys.setprofile(strike)
ask()
sys.setprofile(None)
assert not broken, broken
assert "half-way" in kinds and kinds[-1] == "asked", kinds
assert {{answer.result(20).code for answer in pending}} == {{"200000"}}
client.close()
"""


def test_a_signal_handler_may_do_what_the_program_is_about_to_do_for_the_first_time():
    """It strikes when a module that was not loaded before the client was made begins, and does the same there.

    Its own look-up may meet the library of REST half loaded, and is told so by the exception of a failed look-up.
    """
    with FaultServer(serve) as server:
        program = HANDLER_WITHIN_EACH_IMPORT.format(
            credentials=CREDENTIALS, url=server.url, rest_url="http://127.0.0.1:9"
        )

        assert "requests" in loaded_by(program)


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
