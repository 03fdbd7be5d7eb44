"""Fixtures of the fault tests: sandboxes with faults, and raw clients that share no code with the package."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "server"))  # for the raw clients of the server's tests

from independent_clients import OrderSocketClient, RawSocket, signed_query, socket_url

from kucoin_wsapi.sandbox import Fault, Sandbox


@pytest.fixture
def faulty() -> Iterator[Callable[..., Sandbox]]:
    """Starts a sandbox with faults; it is stopped after the test."""
    with ExitStack() as stack:
        yield lambda *faults, **options: stack.enter_context(Sandbox(faults=faults, **options))


@pytest.fixture
def log_in(faulty: Callable[..., Sandbox]) -> Iterator[Callable[..., OrderSocketClient]]:
    """Starts a sandbox with faults and logs in; the socket is closed after the test, before the sandbox stops."""
    with ExitStack() as stack:

        def open_client(*faults: Fault | str, **options: object) -> tuple[Sandbox, OrderSocketClient]:
            sandbox = faulty(*faults, **options)
            return sandbox, stack.enter_context(closing(OrderSocketClient(sandbox.client_options())))

        yield open_client


@pytest.fixture
def connect(faulty: Callable[..., Sandbox]) -> Iterator[Callable[[Sandbox], RawSocket]]:
    """Opens a signed socket and does not log in."""
    with ExitStack() as stack:

        def open_socket(sandbox: Sandbox) -> RawSocket:
            options = sandbox.client_options()
            return stack.enter_context(closing(RawSocket(socket_url(options, signed_query(options)))))

        yield open_socket
