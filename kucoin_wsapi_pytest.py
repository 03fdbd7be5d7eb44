"""The pytest plugin: a fixture `kucoin_sandbox`, for the tests of programs that trade.

pytest imports a plugin at each start, in projects that do not use it too. That is why this is a module of its own:
as a part of the package it would import the whole of it, which takes long and comes before coverage is measured.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from kucoin_wsapi.sandbox import Sandbox


@pytest.fixture
def kucoin_sandbox_options() -> dict[str, Any]:
    """Keyword arguments of the `Sandbox`: none, unless a project has a fixture of this name."""
    return {}


@pytest.fixture
def kucoin_sandbox(kucoin_sandbox_options: dict[str, Any]) -> Iterator[Sandbox]:
    """A KuCoin of the test's own: running, with a funded account, and gone after the test."""
    from kucoin_wsapi.sandbox import Sandbox

    with Sandbox(**kucoin_sandbox_options) as sandbox:
        yield sandbox
