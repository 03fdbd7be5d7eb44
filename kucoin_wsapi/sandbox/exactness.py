"""Arithmetic in which money is rounded only where the code says so."""

from __future__ import annotations

from decimal import Context

__all__ = ["EXACT"]

EXACT = Context(prec=100)
"""Enough digits for every sum and product of legal amounts."""
