"""What a check of ``doctor`` has found."""

from __future__ import annotations

from typing import Literal

from attrs import frozen

__all__ = ["Finding"]


@frozen
class Finding:
    """The verdict of one check.

    Attributes:
        check: what was looked at, such as ``"dns"``.
        target: where: a host, a connection key; empty for what is everywhere the same.
        verdict: ``"ok"``; ``"warning"``: it works, and should be mended; ``"failed"``; ``"skipped"``: another check
            has failed that this one needs, or there is nothing to look at.
        text: what is there.
        advice: what to do, or None where there is nothing to do.
    """

    check: str
    target: str
    verdict: Literal["ok", "warning", "failed", "skipped"]
    text: str
    advice: str | None = None
