"""The made-up API keys of the sandbox's account, and the signatures made with them."""

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from itertools import combinations

from attrs import field, frozen

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


@frozen
class ApiKey:
    """One API key of version 3: what logs in, and what it may do."""

    api_key: str
    secret: str = field(repr=False)
    passphrase: str = field(repr=False)
    permissions: frozenset[str]


def key_with(permissions: Iterable[str]) -> ApiKey:
    """The sandbox's key that has exactly `permissions`: the same in every sandbox and every run."""
    granted = frozenset(permissions)
    unknown = granted.difference(PERMISSIONS)
    if unknown:
        raise ValueError(f"unknown permissions {sorted(unknown)}; there are {', '.join(PERMISSIONS)}")
    digest = hashlib.sha256(f"sandbox key {sorted(granted)}".encode()).hexdigest()
    secret = "-".join((digest[24:32], digest[32:36], digest[36:40], digest[40:44], digest[44:56]))
    return ApiKey(digest[:24], secret, "sandbox-passphrase", granted)


def every_key() -> Mapping[str, ApiKey]:
    """All keys of the account by their `api_key`: one for each set of permissions."""
    subsets = (combinations(PERMISSIONS, count) for count in range(len(PERMISSIONS) + 1))
    return {key.api_key: key for subset in subsets for key in map(key_with, subset)}
