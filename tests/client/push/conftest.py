"""The helpers of the client's tests serve here too; and no fault of the exchange is an internal error of the client."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

_CLIENT_TESTS = Path(__file__).parents[1]
sys.path[:0] = [str(_CLIENT_TESTS), str(_CLIENT_TESTS / "life"), str(_CLIENT_TESTS / "faults")]


@pytest.fixture
def errors_expected() -> None:
    """Asked for by a test whose handlers raise."""


@pytest.fixture(autouse=True)
def _no_internal_error(caplog: pytest.LogCaptureFixture, request: pytest.FixtureRequest) -> Iterator[None]:
    """The loop has not crashed, and no handler has raised."""
    yield
    if "errors_expected" not in request.fixturenames:
        records = [record for when in ("setup", "call") for record in caplog.get_records(when)]
        errors = [
            record.getMessage()
            for record in records
            if record.name == "kucoin_wsapi" and record.levelno >= logging.ERROR
        ]
        assert not errors, f"the client logged errors: {errors}"
