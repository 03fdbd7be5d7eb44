"""Programs with a dead-man switch that end in every way: what the exchange then does with their orders."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest
from child import Child
from rest_front import RestFront
from scripted_exchange import eventually

from kucoin_wsapi.sandbox import Sandbox

EXIT_WITHIN = 2.0
START = 1_742_175_983

_ARMED = """
client = WebsocketAPIClient(**options, dead_man_switch=DeadManSwitch(timeout=86400), attach_event_listeners=False)
client.submit_new_spot_order(**RESTING).result()
while "switch armed" not in repr(client):
    time.sleep(0.01)
"""
_WAIT = "say('armed'); threading.Event().wait()"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A sandbox whose time stands still until it is moved."""
    with Sandbox(start_time=START) as sandbox:
        yield sandbox


def cancelled_by_the_switch(sandbox: Sandbox) -> bool:
    """Whether the one order is cancelled at the end of the timeout, and not before."""
    sandbox.advance(86_399)
    assert [order.is_active for order in sandbox.orders] == [True]
    sandbox.advance(1_000_000)
    (order,) = sandbox.orders
    if order.is_active:
        return False
    assert order.cancel_reason == "DEAD_CANCEL_ALL"
    # However the program ended: at most the timeout after the last renewal that the exchange has got.
    assert order.updated_at == (START + 86_400) * 1_000_000_000
    return True


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM], ids=["kill -9", "kill"])
def test_a_program_that_is_killed_has_its_orders_cancelled(sandbox, number):
    """The exchange does not hear from it any more."""
    with Child(_ARMED + _WAIT, sandbox.client_options()) as child:
        assert child.hear() == "armed"
        child.kill(number)
        assert child.end(EXIT_WITHIN)[0] == -number

    assert cancelled_by_the_switch(sandbox)


@pytest.mark.parametrize(
    ("ending", "status"),
    [
        ("", 0),
        ("sys.exit(3)", 3),
        ("with client: 1 / 0", 1),
        ("client = None", 0),
    ],
)
def test_a_program_that_ends_without_closing_has_its_orders_cancelled(sandbox, ending, status):
    """At once, with its own status; nothing ends the timer."""
    with Child(_ARMED + "say('leaving')\n" + ending, sandbox.client_options()) as child:
        assert child.hear() == "leaving"
        assert child.end(EXIT_WITHIN)[0] == status

    assert cancelled_by_the_switch(sandbox)


_ARMED_SLOWLY = """
from kucoin_wsapi._signing import hmac_base64

def sign(message, secret):
    if "dead-cancel-all" in message:
        placed.wait()
        threading.Event().wait(1)
    return hmac_base64(message, secret)

placed = threading.Event()
client = WebsocketAPIClient(
    **options, dead_man_switch=DeadManSwitch(timeout=86400), attach_event_listeners=False, sign_message=sign
)
client.submit_new_spot_order(**RESTING).result()
placed.set()
"""


@pytest.mark.parametrize("ending", ["", "1 / 0", "with client: 1 / 0"], ids=["ends", "fails", "fails inside"])
def test_a_program_that_ends_while_the_exchange_is_slow_to_arm_has_its_orders_cancelled(sandbox, ending):
    """The interpreter waits for the request that is under way."""
    with Child(_ARMED_SLOWLY + ending, sandbox.client_options()) as child:
        child.end(EXIT_WITHIN + 2)

    assert cancelled_by_the_switch(sandbox)


@pytest.mark.parametrize(
    ("program", "cancelled"),
    [
        (f"with client: {_WAIT}", True),
        (f"try: {_WAIT}\nfinally: client.close()", False),
    ],
    ids=["with block", "closed on the way out"],
)
def test_ctrl_c_leaves_the_timer_to_trigger_unless_the_program_closes_in_so_many_words(
    sandbox, program, cancelled
):
    """A `with` block that an exception leaves is no clean close."""
    with Child(_ARMED + program, sandbox.client_options()) as child:
        assert child.hear() == "armed"
        child.kill(signal.SIGINT)
        child.end(EXIT_WITHIN + 2)

    assert cancelled_by_the_switch(sandbox) is cancelled


@pytest.mark.parametrize("ending", ["client.close(); os._exit(0)", "with client: 1 / 0", "sys.exit(0)"])
def test_a_forked_child_neither_ends_nor_renews_it(sandbox, ending):
    """Whatever it does with its copy of the client: the timer is the parent's, which ends it when it closes."""
    options = dict(sandbox.client_options())
    program = (
        _ARMED
        + f"""
import warnings
warnings.simplefilter("ignore")
child = os.fork()
if child == 0:
    sys.stderr = open(os.devnull, "w")
    {ending}
    sys.exit(0)
os.waitpid(child, 0)
say("child ended")
sys.stdin.read()
client.close()
"""
    ).replace("sys.stdin.read()", "signal.sigwait([signal.SIGUSR1])")
    program = "signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])\n" + program
    with RestFront(options["rest_url"]) as front:
        with Child(program, options | {"rest_url": front.url}) as child:
            assert child.hear() == "child ended"
            assert front.timeouts() == [86_400]
            child.kill(signal.SIGUSR1)
            assert child.end()[0] == 0
        assert front.timeouts() == [86_400, -1]


def test_a_stopped_program_that_goes_on_is_guarded_again(sandbox):
    """Stopped for longer than the timeout its orders are cancelled; then it renews, if its connection lives."""
    program = _ARMED.replace("86400", "5") + _WAIT
    options = dict(sandbox.client_options())
    with RestFront(options["rest_url"]) as front, Child(program, options | {"rest_url": front.url}) as child:
        assert child.hear() == "armed"
        child.kill(signal.SIGSTOP)
        renewals = len(front.timeouts())
        sandbox.advance(5)
        assert [order.is_active for order in sandbox.orders] == [False]
        child.kill(signal.SIGCONT)
        eventually(lambda: len(front.timeouts()) > renewals, "the renewal")


_CANCELS = """
client = WebsocketAPIClient(**options, cancel_on_exit=True, attach_event_listeners=False)
client.submit_new_spot_order(**RESTING).result()
"""


@pytest.mark.parametrize(
    ("ending", "number"),
    [
        ("", None),
        ("client.close()", None),
        ("client = None", None),
        ("threading.Event().wait()", signal.SIGINT),
        ("with client: threading.Event().wait()", signal.SIGINT),
    ],
    ids=["ends", "closes", "forgets", "Ctrl-C", "Ctrl-C in a with block"],
)
def test_cancel_on_exit_cancels_however_the_interpreter_ends(sandbox, ending, number):
    """Before the process is gone; no timer is needed."""
    with Child(_CANCELS + "say('placed')\n" + ending, sandbox.client_options()) as child:
        assert child.hear() == "placed"
        assert [order.is_active for order in sandbox.orders] == [True] or number is None
        if number is not None:
            child.kill(number)
        _, _, err = child.end(EXIT_WITHIN + 2)

    assert [order.is_active for order in sandbox.orders] == [False], err


@pytest.mark.parametrize("ending", ["client.close(); os._exit(0)", "sys.exit(0)"])
def test_a_forked_child_does_not_cancel(sandbox, ending):
    """The orders are its parent's."""
    program = (
        _CANCELS
        + f"""
import warnings
warnings.simplefilter("ignore")
child = os.fork()
if child == 0:
    sys.stderr = open(os.devnull, "w")
    {ending}
os.waitpid(child, 0)
say("child ended")
{_WAIT}
"""
    )
    with Child(program, sandbox.client_options()) as child:
        assert child.hear() == "child ended"
        assert [order.is_active for order in sandbox.orders] == [True]
        child.kill(signal.SIGKILL)

    assert [order.is_active for order in sandbox.orders] == [True], "what kill -9 leaves is for a switch"
