"""Fixtures of the server's tests."""

import gc
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing

import pytest
from independent_clients import OrderSocketClient, RawSocket, signed_query, socket_url

from kucoin_wsapi.sandbox import Sandbox


@pytest.fixture(autouse=True, scope="package")
def libraries_are_not_collected() -> Iterator[None]:
    """Each test ends with a full garbage collection, which needs not walk through the imported libraries."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


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
    """A running sandbox with the usual options."""
    return open_sandbox()


@pytest.fixture
def log_in(open_sandbox: Callable[..., Sandbox]) -> Iterator[Callable[..., OrderSocketClient]]:
    """Logs in to a sandbox; the socket is closed after the test, before the sandbox stops."""
    with ExitStack() as stack:

        def open_client(sandbox: Sandbox, permissions: tuple[str, ...] | None = None, **query: str):
            chosen = {} if permissions is None else {"permissions": permissions}
            client = OrderSocketClient(sandbox.client_options(**chosen), **query)
            return stack.enter_context(closing(client))

        yield open_client


@pytest.fixture
def connect(open_sandbox: Callable[..., Sandbox]) -> Iterator[Callable[..., RawSocket]]:
    """Opens a signed socket, some query parameters replaced or (None) left out, and does not log in."""
    with ExitStack() as stack:

        def open_socket(sandbox: Sandbox, path: str = "/v1/private", **replaced: str | None) -> RawSocket:
            options = sandbox.client_options()
            query = {**signed_query(options), **replaced}
            present = {name: value for name, value in query.items() if value is not None}
            return stack.enter_context(closing(RawSocket(socket_url(options, present, path))))

        yield open_socket


@pytest.fixture
def client(sandbox: Sandbox, log_in: Callable[..., OrderSocketClient]) -> OrderSocketClient:
    """A logged-in order socket of `sandbox`."""
    return log_in(sandbox)
