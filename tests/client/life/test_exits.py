"""Whatever a client is doing, its program ends at once and with the status that it should have."""

from __future__ import annotations

import contextlib
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from types import MappingProxyType

import pytest
from child import Child
from scripted_exchange import ScriptedExchange, stay_silent

EXIT_WITHIN = 2.0
_KEY = MappingProxyType({"api_key": "k", "api_secret": "s", "api_passphrase": "p"})

Options = dict[str, str]


@contextlib.contextmanager
def full_port() -> Iterator[Options]:
    """A port whose queue of connections is full: attempts to connect to it are not even refused."""
    with socket.socket() as listener, contextlib.ExitStack() as waiting:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(3):
            sock = waiting.enter_context(socket.socket())
            sock.setblocking(False)
            sock.connect_ex(listener.getsockname())
        yield {**_KEY, "ws_url": f"ws://127.0.0.1:{listener.getsockname()[1]}"}


@contextlib.contextmanager
def mute_port(scheme: str) -> Iterator[Options]:
    """A port that accepts connections and never says anything."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield {**_KEY, "ws_url": f"{scheme}://127.0.0.1:{listener.getsockname()[1]}"}


@contextlib.contextmanager
def closed_port() -> Iterator[Options]:
    """A port that refuses connections."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        yield {**_KEY, "ws_url": f"ws://127.0.0.1:{holder.getsockname()[1]}"}


@contextlib.contextmanager
def exchange(**script: object) -> Iterator[Options]:
    """An exchange that accepts every order, or does what the keywords say."""
    with ScriptedExchange(**script) as scripted:  # type: ignore[arg-type]  # its own keywords
        yield scripted.client_options()


_QUEUE = "future = client.submit_new_spot_order(**RESTING)\n"
_ATTEMPT = (
    _QUEUE
    + 'while "kucoin-wsapi-spot-1-dial" not in map(threading.Thread.getName, threading.enumerate()): pass\n'
)

# How a program gets its client there; what it talks to.
STATES: dict[str, tuple[str, Callable[[], AbstractContextManager[Options]]]] = {
    "unused": ("", exchange),
    "resolving": (
        "entered = threading.Event()\n"
        "__import__('socket').getaddrinfo = lambda *_, **__: (entered.set(), threading.Event().wait())\n"
        + _QUEUE
        + "entered.wait()",
        exchange,
    ),
    "connecting": (_ATTEMPT, full_port),
    "in the TLS handshake": (_ATTEMPT, lambda: mute_port("wss")),
    "in the upgrade": (_ATTEMPT, lambda: mute_port("ws")),
    "authenticating": (
        "opened = threading.Event()\n"
        "client.get_ws_client().on('open', lambda _: opened.set())\n" + _QUEUE + "opened.wait()",
        lambda: exchange(challenge=False),
    ),
    "signing": (
        "signing, held = threading.Event(), threading.Event()\n"
        "signs = iter((lambda: 'url', lambda: 'passphrase', lambda: (signing.set(), held.wait())))\n"
        + _QUEUE
        + "signing.wait()",
        exchange,
    ),
    "ready": ("client.connect_ws_api()", exchange),
    "in flight": ("client.connect_ws_api()\n" + _QUEUE, lambda: exchange(answer=stay_silent)),
    "in backoff": (
        "failed = threading.Event()\n"
        "client.get_ws_client().on('exception', lambda _: failed.set())\n" + _QUEUE + "failed.wait()",
        closed_port,
    ),
    "in a callback that waits": (
        "entered = threading.Event()\n"
        "client.submit_new_spot_order(**RESTING).add_done_callback("
        "lambda _: (entered.set(), threading.Event().wait()))\n"
        "entered.wait()",
        exchange,
    ),
    "in a callback that computes": (
        "entered = threading.Event()\n"
        "def compute(_):\n"
        "    entered.set()\n"
        "    while True: pass\n"
        "client.submit_new_spot_order(**RESTING).add_done_callback(compute)\n"
        "entered.wait()",
        exchange,
    ),
    "in a callback that trades": (
        "entered = threading.Event()\n"
        "def trade(_):\n"
        "    entered.set()\n"
        "    client.submit_new_spot_order(**RESTING).add_done_callback(trade)\n"
        "trade(None)\n"
        "entered.wait()",
        exchange,
    ),
}

# How the program then ends; with which status.
ENDINGS = {
    "falls off the end": ("", 0),
    "closes": ("client.close()", 0),
    "exits": ("sys.exit(3)", 3),
    "raises": ("raise LookupError", 1),
    "exits in with": ("with client: sys.exit(4)", 4),
    "on Ctrl-C": ("threading.Event().wait()", -signal.SIGINT),
    "on SIGTERM": ("threading.Event().wait()", -signal.SIGTERM),
    "on SIGTERM, by its own handler": (
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(5))\nthreading.Event().wait()",
        5,
    ),
}
_SIGNALS = {"on Ctrl-C": signal.SIGINT, "on SIGTERM": signal.SIGTERM}

_CLIENT = """
signs = iter(())
def sign(*_):
    return next(signs, lambda: "signature")()
more = {"sign_message": sign, "backoff": Backoff(base=60, cap=60), "connect_timeout": 60, "close_timeout": 0.2}
client = WebsocketAPIClient(**options, **more, attach_event_listeners=False)
"""


def _endings_of(state: str) -> dict[str, tuple[str, int]]:
    """The first two for each state, and two of the others in turn: a process for each pair would take minutes."""
    first, second, *others = ENDINGS
    turn = list(STATES).index(state)
    chosen = [first, second, others[turn % 6], others[(turn + 3) % 6]]
    return {ending: ENDINGS[ending] for ending in chosen}


@pytest.mark.parametrize("state", STATES)
def test_a_program_ends_at_once_in_every_state(state):
    """With and without close, by itself and by a signal: within two seconds, with its own status and no complaint."""
    program, counterpart = STATES[state]
    endings = _endings_of(state)
    with counterpart() as options, contextlib.ExitStack() as running:
        children = {
            ending: running.enter_context(
                Child(f"{_CLIENT}\n{program}\nsay('there')\n{last_words}\n", options)
            )
            for ending, (last_words, _) in endings.items()
        }
        for child in children.values():
            assert child.hear() == "there"
        for ending, child in children.items():
            if "on " in ending:
                child.kill(_SIGNALS.get(ending, signal.SIGTERM))
            status, said, err = child.end(EXIT_WITHIN)
            assert (status, said) == (endings[ending][1], ""), (ending, err)
            assert ("Traceback" in err) == (ending in ("raises", "on Ctrl-C")), (ending, err)
            assert "Exception ignored" not in err, (ending, err)
            assert "Fatal" not in err, (ending, err)


LAST_WORDS = {
    "a daemon thread trades": """
def trade():
    while client.submit_new_spot_order(**RESTING).exception() is None:
        pass
for _ in range(3):
    threading.Thread(target=trade, daemon=True).start()
client.submit_new_spot_order(**RESTING).result()
""",
    "a hook at exit trades": """
def trade():
    future = client.submit_new_spot_order(**RESTING, timeout=1)
    future.add_done_callback(lambda _: None)
    assert future.exception(5) is None or isinstance(future.exception(), NotSentError)
__import__("atexit").register(trade)
client.connect_ws_api()
""",
    "a finaliser closes": """
class Strategy:
    def __init__(self): self.client, self.myself = client, self
    def __del__(self): self.client.close()
strategy = Strategy()
client.submit_new_spot_order(**RESTING).result()
""",
    "a finaliser trades": """
class Strategy:
    def __init__(self): self.client, self.terms = client, RESTING  # the globals of a program may be gone by then
    def __del__(self): self.client.submit_new_spot_order(**self.terms)
strategy = Strategy()
del client
strategy.client.submit_new_spot_order(**RESTING).result()
""",
    "a handler holds it": """
class Strategy:
    def __init__(self): client.get_ws_client().on("response", self.hear).on("close", self.hear)
    def hear(self, _): self.client = client
strategy = Strategy()
client.submit_new_spot_order(**RESTING).result()
""",
    "a thread local holds it": """
local = threading.local()
local.client = client
del client
local.client.submit_new_spot_order(**RESTING).result()
""",
    "the wrapper is gone": """
client = client.get_ws_client()
client.connect("wsApiSpotV1")
""",
}


@pytest.mark.parametrize("last_words", LAST_WORDS)
def test_the_end_of_the_interpreter_does_not_hang(last_words):
    """Whoever comes back to the client in it: with status 0 and without a complaint."""
    with exchange() as options, contextlib.ExitStack() as running:
        children = [
            running.enter_context(Child(_CLIENT + LAST_WORDS[last_words] + "\nsay('there')\n", options))
            for _ in range(3)
        ]
        for child in children:
            assert child.hear() == "there"
            status, _, err = child.end(EXIT_WITHIN)
            assert (status, err) == (0, "")
