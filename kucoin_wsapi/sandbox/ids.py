"""Ids of orders and trades, in the shapes KuCoin gives them, from a seeded source."""

from __future__ import annotations

import hashlib
from random import Random

__all__ = ["IdSource", "account_id"]


def account_id(uid: str, currency: str, account: str = "trade") -> str:
    """24 hexadecimal characters, always the same for one currency of one account."""
    kind = "" if account == "trade" else f"{account} "
    return hashlib.sha256(f"account {kind}{uid} {currency}".encode()).hexdigest()[:24]


class IdSource:
    """Unique ids; the same seed and the same calls give the same ids."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._machine = f"{random.getrandbits(32):08x}"
        self._spot_orders = random.getrandbits(16)
        self._last_futures_order = 300_000_000_000_000_000 + random.getrandbits(56)
        self._last_trade = 10_000_000_000_000_000 + random.getrandbits(50)

    def spot_order(self, now: int) -> str:
        """24 hexadecimal characters that start with the second of `now` (Unix nanoseconds)."""
        self._spot_orders += 1
        return f"{now // 1_000_000_000:08x}{self._machine}{self._spot_orders:08x}"

    def futures_order(self) -> str:
        """18 decimal digits, increasing."""
        self._last_futures_order += self._random.randint(1, 1 << 20)
        return str(self._last_futures_order)

    def trade(self) -> str:
        """A decimal string, increasing."""
        self._last_trade += self._random.randint(1, 64)
        return str(self._last_trade)
