"""Checks of ``doctor`` on what the exchange says: its clock, and the key's version, permissions and addresses."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from kucoin_wsapi._rest import RestClient
from kucoin_wsapi.api_client import WebsocketAPIClient
from kucoin_wsapi.exceptions import (
    LOGIN_ADVICE,
    AuthenticationError,
    ConfigurationError,
    KucoinError,
    what_happened,
)
from kucoin_wsapi.options import WsKey

from .findings import Finding

__all__ = ["Facts", "check_clock", "check_key", "check_login", "check_permissions", "check_whitelist"]

Facts = Mapping[str, Any] | KucoinError
"""What the exchange knows of the key, or why it did not say."""

_REFUSED_AFTER, _SUSPICIOUS_AFTER = 5.0, 1.0  # seconds that a clock is off; KuCoin documentation, 3470133w0
_ADDRESS_CODE = "400006"


def _advice(error: BaseException) -> str:
    if isinstance(error, ConfigurationError):
        return "give a key; kucoin-wsapi doctor --help says how"
    if isinstance(error, AuthenticationError):
        return LOGIN_ADVICE.get(error.code or "", "look the code up in KuCoin's documentation, 'Error Code'")
    return "see the checks of the network above, and KuCoin's status page"


def check_clock(rest: RestClient) -> Finding:
    """How far this computer's clock is off, to within half the time of the question."""
    before = time.time()
    try:
        there = rest.server_time() / 1e3
    except KucoinError as error:
        return Finding("clock", "", "failed", what_happened(error), _advice(error))
    after = time.time()
    skew = there - (before + after) / 2
    error_bound, way = (after - before) / 2, "ahead" if skew > 0 else "behind"
    text = f"the exchange is {abs(skew):.3f} s {way}, give or take {error_bound:.3f}"
    advice = "set this computer's clock by NTP; the exchange refuses what is signed 5 s off"
    if abs(skew) > _REFUSED_AFTER:
        return Finding("clock", "", "failed", text, advice)
    if abs(skew) > _SUSPICIOUS_AFTER:
        return Finding("clock", "", "warning", text, advice)
    return Finding("clock", "", "ok", text)


def check_key(facts: Facts) -> Finding:
    """Whether the exchange takes the key, and whether it is of the version that the order socket takes."""
    if isinstance(facts, AuthenticationError) and facts.code == _ADDRESS_CODE:
        return Finding("key", "", "ok", "known; refused for its address only")
    if isinstance(facts, KucoinError):
        return Finding("key", "", "failed", what_happened(facts), _advice(facts))
    version = facts.get("apiVersion")
    text = f"version {version}, {'of the master account' if facts.get('isMaster') else 'of a sub-account'}"
    if version != 3:
        return Finding("key", "", "failed", text, LOGIN_ADVICE["400008"])
    return Finding("key", "", "ok", text)


def check_permissions(facts: Facts) -> Finding:
    """Whether the key may trade, and what."""
    if isinstance(facts, KucoinError):
        return Finding("permissions", "", "skipped", "not known without a key that is taken")
    granted = [name for name in str(facts.get("permission") or "").split(",") if name]
    text = ", ".join(granted) or "none"
    missing = [name for name in ("Spot", "Margin", "Futures") if name not in granted]
    if len(missing) == 3:
        return Finding(
            "permissions", "", "failed", text, "the key may not trade: give it Spot, Margin or Futures"
        )
    if missing:
        advice = f"orders need it where you trade that: {', '.join(missing)}"
        return Finding("permissions", "", "warning", text, advice)
    return Finding("permissions", "", "ok", text)


def check_whitelist(facts: Facts) -> Finding:
    """Whether the key may be used from here, and from here only."""
    if isinstance(facts, AuthenticationError) and facts.code == _ADDRESS_CODE:
        return Finding("whitelist", "", "failed", facts.message or str(facts), LOGIN_ADVICE[_ADDRESS_CODE])
    if isinstance(facts, KucoinError):
        return Finding("whitelist", "", "skipped", "not known without a key that is taken")
    addresses = [one for one in str(facts.get("ipWhitelist") or "").split(",") if one]
    if addresses:
        return Finding("whitelist", "", "ok", f"this address and {len(addresses)} in all")
    advice = "whoever steals the key can use it: restrict it to your addresses on KuCoin's page for API keys"
    return Finding("whitelist", "", "warning", "the key works from every address", advice)


def check_login(client: WebsocketAPIClient, key: WsKey) -> Finding:
    """Whether an order could be sent now."""
    began = time.monotonic()
    try:
        client.connect_ws_api(key)
    except KucoinError as error:
        return Finding("login", key.value, "failed", what_happened(error), _advice(error))
    return Finding("login", key.value, "ok", f"ready for orders in {(time.monotonic() - began) * 1e3:.0f} ms")
