"""What holds for every fault test: no fault of the exchange is an internal error of the client."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest


@pytest.fixture
def internal_errors_expected() -> None:
    """Asked for by a test that breaks the client on purpose."""


@pytest.fixture(autouse=True)
def _no_internal_error(caplog: pytest.LogCaptureFixture, request: pytest.FixtureRequest) -> Iterator[None]:
    """The loop has not crashed, and no callback has raised."""
    yield
    if "internal_errors_expected" not in request.fixturenames:
        records = [record for when in ("setup", "call") for record in caplog.get_records(when)]
        errors = [
            record.getMessage()
            for record in records
            if record.name == "kucoin_wsapi" and record.levelno >= logging.ERROR
        ]
        assert not errors, f"the client logged errors: {errors}"
