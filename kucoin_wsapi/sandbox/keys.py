"""API keys, the signatures made with them, and the keys that every account of a sandbox has by itself."""

import base64
import hashlib
import hmac
from collections.abc import Iterable
from itertools import combinations

from attrs import Attribute, field, frozen

from .checks import non_empty, one_of

PERMISSIONS = ("General", "Spot", "Margin", "Futures")

# The one broker the sandbox knows (KuCoin documentation, "Broker": partner name and partner key).
PARTNER = "SANDBOX"
PARTNER_KEY = "3c2f8a0e-sandbox-partner"


def signature(secret: str, text: str) -> str:
    """The base64 HMAC-SHA256 of `text`, both taken as UTF-8, as every KuCoin signature is made."""
    digest = hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def signature_matches(secret: str, text: str, claimed: str) -> bool:
    """Whether `claimed` is the signature of `text`; text from a peer may hold any character."""
    return hmac.compare_digest(signature(secret, text).encode(), claimed.encode(errors="replace"))


def _known_permissions(_: object, __: "Attribute[frozenset[str]]", granted: frozenset[str]) -> None:
    unknown = granted.difference(PERMISSIONS)
    if unknown:
        raise ValueError(f"unknown permissions {sorted(unknown)}; there are {', '.join(PERMISSIONS)}")


def _to_permissions(permissions: Iterable[str]) -> frozenset[str]:
    return frozenset(permissions)


def _to_addresses(addresses: Iterable[str]) -> tuple[str, ...]:
    return tuple(addresses)


@frozen
class ApiKey:
    """One API key: what logs in, and what it may do.

    `permissions` are of "General", "Spot", "Margin" and "Futures". The order socket takes keys of version 3 only, REST
    those of version 2 too. With an `ip_whitelist` the key works from these addresses only.
    """

    api_key: str = field(validator=non_empty)
    secret: str = field(repr=False, validator=non_empty)
    passphrase: str = field(repr=False, validator=non_empty)
    permissions: frozenset[str] = field(
        default=frozenset(PERMISSIONS), converter=_to_permissions, validator=_known_permissions
    )
    version: int = field(default=3, validator=one_of(2, 3), kw_only=True)
    ip_whitelist: tuple[str, ...] = field(default=(), converter=_to_addresses, kw_only=True)


def key_with(permissions: Iterable[str], account: str = "main") -> ApiKey:
    """The key of an account that has exactly `permissions`: the same in every sandbox and every run."""
    granted = frozenset(permissions)
    seed = (
        f"sandbox key {sorted(granted)}" if account == "main" else f"sandbox key {account} {sorted(granted)}"
    )
    digest = hashlib.sha256(seed.encode()).hexdigest()
    secret = "-".join((digest[24:32], digest[32:36], digest[36:40], digest[40:44], digest[44:56]))
    return ApiKey(digest[:24], secret, "sandbox-passphrase", granted)


def keys_of(account: str) -> tuple[ApiKey, ...]:
    """The keys that an account has by itself: one for each set of permissions."""
    subsets = (combinations(PERMISSIONS, count) for count in range(len(PERMISSIONS) + 1))
    return tuple(key_with(granted, account) for subset in subsets for granted in subset)
