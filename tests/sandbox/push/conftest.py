"""Fixtures of the push tests: sandboxes, and raw clients that share no code with the package."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "server"))  # for the raw clients of the server's tests

from push_clients import ProSocket, Trader, V1Socket

from kucoin_wsapi.sandbox import Sandbox


@pytest.fixture(autouse=True)
def no_thread_survives() -> Iterator[None]:
    """A test leaves the threads it found."""
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) <= before


@pytest.fixture
def open_sandbox() -> Iterator[Callable[..., Sandbox]]:
    """Starts a sandbox with options; it is stopped after the test."""
    with ExitStack() as stack:
        yield lambda **options: stack.enter_context(Sandbox(**options))


@pytest.fixture
def sandbox(open_sandbox: Callable[..., Sandbox]) -> Sandbox:
    """A running sandbox whose pushes come before the answers, so that a test knows the order."""
    return open_sandbox(push_timing="before")


@pytest.fixture
def connected(open_sandbox: Callable[..., Sandbox]) -> Iterator[Callable]:
    """Keeps a client until after the test; it is closed before the sandbox stops."""
    with ExitStack() as stack:
        yield lambda client: stack.enter_context(closing(client))


@pytest.fixture
def trader(sandbox: Sandbox, connected: Callable) -> Trader:
    """A logged-in order socket of `sandbox`."""
    return connected(Trader(sandbox.client_options()))


@pytest.fixture
def private(sandbox: Sandbox, connected: Callable) -> V1Socket:
    """A classic push socket with a private token."""
    return connected(V1Socket(sandbox.client_options()))


@pytest.fixture
def public(sandbox: Sandbox, connected: Callable) -> V1Socket:
    """A classic push socket with a public token."""
    return connected(V1Socket(sandbox.client_options(), private=False))


@pytest.fixture
def pro(sandbox: Sandbox, connected: Callable) -> ProSocket:
    """A private Pro push socket that is logged in."""
    socket = connected(ProSocket(sandbox.client_options(), "/wsapi-push"))
    assert socket.log_in() == {"id": "auth-1", "result": True}
    return socket


@pytest.fixture
def pro_spot(sandbox: Sandbox, connected: Callable) -> ProSocket:
    """The public Pro push socket of spot."""
    return connected(ProSocket(sandbox.client_options(), "/x-push-spot"))


@pytest.fixture
def pro_futures(sandbox: Sandbox, connected: Callable) -> ProSocket:
    """The public Pro push socket of futures."""
    return connected(ProSocket(sandbox.client_options(), "/x-push-futures"))
