"""Imports go down only: which module may know which, read from the sources."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import kucoin_wsapi

PACKAGE = Path(kucoin_wsapi.__file__).parent

# From the bottom up; a module imports from lower layers only, so those of one layer do not know each other.
LAYERS = [
    "_html",
    "_version _vocabulary exceptions reports _signing _states _frames _clock _heartbeat _journeys _json _deadlines"
    " _future_condition _wake_ups _random_bytes _histogram _topic_rules _wire_values account_updates market_updates"
    " _message_window _operations _shown_fields",
    "tracking _messages",
    "_poller _callbacks _fill_reader _order_life _look_up_thread",
    "options _order_rules _error_codes _records _streams _push_messages"
    " _account_readers _market_readers _order_readers",
    "_order_following _topics _update_data latency"
    " _arguments _process responses _spot_orders _futures_orders _uta_orders events _calls _retrying _transport _gates",
    "updates orders _latencies _call_table _verdicts _wire _dialling _report _quotas _rest _subscribing",
    "_actions _subscriptions _push_gates _dispatching _update_queue",
    "_pacing _life",
    "_conversion _protocol _push_protocol",
    "_outcomes _requests _resolving _switch_timer _tracking_answers",
    "_renewal _settling",
    "_announcing _loop",
    "_loop_thread",
    "_connection _stream",
    "_dead_man_switch _look_ups _push_streams",
    "_order_feeds _order_inquiry",
    "_order_tracker",
    "_tracking",
    "_tracking_start",
    "_trading",
    "_ending",
    "client",
    "_event_log _sending",
    "_spot_trading _futures_trading _uta_trading",
    "api_client",
    "__init__",
    "_demo _live",
    "__main__",
]
# Of the command line, in its own package; all of the client is below it.
CLI_LAYERS = [
    "__init__ statuses credentials percentiles progress fields findings topics",
    "running",
    "exchanges",
    "requests network_checks key_checks",
    "ping latency listen doctor demo sandbox order modify cancel",
    "main",
]
CLI_LEVEL = {module: level for level, names in enumerate(CLI_LAYERS) for module in names.split()}
LEVEL = {module: level for level, names in enumerate(LAYERS) for module in names.split()}

# Time, chance and the network are given to these; they decide and convert, and can be tested without a wait.
SANS_IO = "_protocol _pacing _states _clock _messages _signing _conversion _call_table _heartbeat _retrying _verdicts"
SANS_IO += " _operations _json _deadlines _histogram latency"
SANS_IO += (
    " _actions _frames _outcomes _error_codes _order_rules _spot_orders _futures_orders _uta_orders orders"
)
SANS_IO += " responses exceptions _renewal _life _message_window _subscriptions _push_protocol"
SANS_IO += (
    " updates account_updates market_updates _push_messages _topics _topic_rules _update_data _wire_values"
)
SANS_IO += " _account_readers _market_readers _order_readers"
SANS_IO += " tracking _order_life _order_following _order_inquiry _fill_reader _tracking_answers"
IO = {
    "socket",
    "threading",
    "time",
    "datetime",
    "random",
    "select",
    "selectors",
    "ssl",
    "asyncio",
    "subprocess",
}
IO |= {"websocket", "requests", "queue"}

MAY_START_THE_SANDBOX = {"_demo"}
# Their annotations name what is above them, or takes long to load: the package finds that when it is asked.
MAY_NAME_THE_PACKAGE = {"exceptions", "client", "api_client", "_sending"}
MAY_NAME_THE_PACKAGE |= {"_spot_trading", "_futures_trading", "_uta_trading"}


def imports(path: Path) -> Iterator[str]:
    """The absolute names of what a source file imports when it runs, wherever in it that is written."""
    package = ["kucoin_wsapi", *path.relative_to(PACKAGE).parts[:-1]]
    pending: list[ast.AST] = [ast.parse(path.read_text(encoding="utf-8"))]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            pending.extend(node.orelse)
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = [*base, *(node.module.split(".") if node.module else [])]
            yield from (".".join([*module, alias.name]) for alias in node.names)
        pending.extend(ast.iter_child_nodes(node))


CLIENT = sorted(PACKAGE.glob("*.py"))
SANDBOX = sorted((PACKAGE / "sandbox").rglob("*.py"))
CLI = sorted((PACKAGE / "cli").rglob("*.py"))


def siblings(path: Path) -> set[str]:
    """The modules of the client, ``sandbox`` and ``cli``, that a source file imports."""
    found = set()
    for name in imports(path):
        parts = name.split(".")
        if parts[0] == "kucoin_wsapi":
            known = len(parts) > 1 and parts[1] in {*LEVEL, "sandbox", "cli"}
            found.add(parts[1] if known else "__init__")
    return found


def test_the_reader_of_imports_reads():
    """A check that finds nothing must not pass because it reads nothing."""
    assert {"_connection", "_loop", "options"} <= siblings(PACKAGE / "_trading.py")
    assert "_rest" in siblings(PACKAGE / "_look_ups.py"), "inside a function"
    assert "_verdicts" in siblings(PACKAGE / "_protocol.py"), "from . import _verdicts"
    assert "options" not in siblings(PACKAGE / "exceptions.py"), "for type checkers only"
    assert {"aiohttp"} <= {name.split(".")[0] for path in SANDBOX for name in imports(path)}


def test_every_module_has_its_layer():
    """A new module is placed before it is used."""
    assert {path.stem for path in CLIENT} == set(LEVEL)


def test_imports_go_down_only():
    """No module knows one of its own layer or of a higher one."""
    upwards = [
        f"{path.stem} imports {name}"
        for path in CLIENT
        for name in sorted(siblings(path) - {"sandbox", "cli"})
        if not (name == "__init__" and path.stem in MAY_NAME_THE_PACKAGE)
        if LEVEL[name] >= LEVEL.get(path.stem, len(LAYERS))
    ]

    assert upwards == []


def test_what_the_package_loads_on_demand_is_below_it():
    """Its imports stand in a table, where the reader of imports does not see them."""
    assert [name for name in kucoin_wsapi._MODULES if LEVEL[name] >= LEVEL["__init__"]] == []


@pytest.mark.parametrize("module", SANS_IO.split())
def test_what_decides_does_no_input_or_output(module):
    """No sockets, no threads, no clock, no chance of its own."""
    roots = {name.split(".")[0] for name in imports(PACKAGE / f"{module}.py")}

    assert roots & IO == set()


def test_one_module_knows_websocket_client():
    """So that another transport can take its place."""
    assert [path.stem for path in CLIENT if "websocket" in _roots(path)] == ["_transport"]


def test_nothing_of_the_client_imports_the_sandbox():
    """Only what starts it for the user does."""
    assert {path.stem for path in CLIENT if "sandbox" in siblings(path)} <= MAY_START_THE_SANDBOX


def test_nothing_of_the_client_imports_the_command_line():
    """Only what makes the package a program does."""
    assert [path.stem for path in [*CLIENT, *SANDBOX] if "cli" in siblings(path)] == ["__main__"]


def test_the_modules_of_the_command_line_import_downwards_only():
    """Each has its layer; a command knows no other."""
    assert {path.stem for path in CLI} == set(CLI_LEVEL)
    upwards = [
        f"{path.stem} imports {parts[2]}"
        for path in CLI
        for parts in (name.split(".") for name in imports(path))
        if parts[:2] == ["kucoin_wsapi", "cli"]
        and len(parts) > 2
        and CLI_LEVEL[parts[2]] >= CLI_LEVEL[path.stem]
    ]

    assert upwards == []


def test_the_sandbox_imports_nothing_of_the_client():
    """Two readings of the protocol that must agree: a mistake in one must not be hidden by the same in the other."""
    assert {path.name: siblings(path) - {"sandbox"} for path in SANDBOX if siblings(path) - {"sandbox"}} == {}


def _roots(path: Path) -> set[str]:
    return {name.split(".")[0] for name in imports(path)}


def test_importing_the_package_is_light():
    """Neither REST nor the sandbox's server nor an event loop is loaded by a program that only trades."""
    script = (
        "import sys, threading, kucoin_wsapi\n"
        "heavy = {'requests', 'aiohttp', 'asyncio', 'kucoin_wsapi.sandbox', 'pytest'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
        "assert threading.active_count() == 1\n"
        "import logging\n"
        "assert logging.getLogger().handlers == []\n"
        "print('light')\n"
    )
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        cwd=PACKAGE.parent,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (ran.stdout.strip(), ran.stderr, ran.returncode) == ("light", "", 0)
