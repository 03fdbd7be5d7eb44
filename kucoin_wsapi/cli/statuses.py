"""Exit statuses, and which of them an error means."""

from __future__ import annotations

from typing import Any

from kucoin_wsapi.exceptions import (
    CallError,
    ConfigurationError,
    InvalidRequestError,
    NotSentError,
    OutcomeUnknownError,
    RejectedError,
    what_happened,
)

__all__ = ["FAILED", "INTERRUPTED", "OK", "STATUSES", "UNKNOWN", "USAGE", "error_record", "status_of"]

OK, FAILED, USAGE, UNKNOWN, INTERRUPTED = 0, 1, 2, 3, 130

STATUSES = """\
exit status: 0 done, 1 the exchange or the network said no, 2 wrong usage (nothing was sent),
3 the outcome is unknown (the order may exist), 130 Ctrl-C
"""

_VERDICTS = ((RejectedError, "rejected"), (NotSentError, "not_sent"), (OutcomeUnknownError, "unknown"))


def status_of(error: BaseException) -> int:
    """The exit status of a command that an error ended."""
    if isinstance(error, (ConfigurationError, InvalidRequestError)):
        return USAGE
    return UNKNOWN if isinstance(error, OutcomeUnknownError) else FAILED


def error_record(error: BaseException) -> dict[str, Any]:
    """An error for ``--json``; ``verdict`` is what a program may do next, null where no request was concerned."""
    return {
        "type": type(error).__name__,
        "verdict": next((word for kind, word in _VERDICTS if isinstance(error, kind)), None),
        "code": getattr(error, "code", None),
        "message": _text(error),
        "operation": error.op if isinstance(error, CallError) else None,
        "client_oid": error.client_oid if isinstance(error, CallError) else None,
    }


def _text(error: BaseException) -> str:
    if status_of(error) == USAGE:  # the advice to correct it is the usage of the command
        return what_happened(error)
    text = str(error) or type(error).__name__
    cause = error.__cause__ if isinstance(error, CallError) else None
    return text if cause is None or what_happened(cause) in text else f"{text}: {cause}"
