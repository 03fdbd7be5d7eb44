"""Signatures of the order socket and of REST, as pure functions.

KuCoin documentation, "Add Order" of the WebSocket API (3470133w0) and "Authentication". The secret is used as
the UTF-8 bytes of the text that KuCoin issued, never decoded.
"""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["hmac_base64", "rest_headers", "signed_url"]

Sign = Callable[[str, str], str]


def hmac_base64(message: str, secret: str) -> str:
    """Base64 (standard alphabet, padded) of HMAC-SHA256 over ``message``."""
    import base64  # these two here, because options name this function, and nothing is signed before a connection
    import hmac

    return base64.b64encode(hmac.digest(secret.encode(), message.encode(), "sha256")).decode("ascii")


def signed_url(
    base_url: str,
    *,
    api_key: str,
    api_secret: str,
    api_passphrase: str,
    timestamp: int,
    sign: Sign = hmac_base64,
    partner: str | None = None,
    partner_key: str | None = None,
    enable_ns: bool = False,
) -> str:
    """The URL that opens the order socket, valid for about 5 s around ``timestamp`` (Unix milliseconds).

    It holds credentials: it must not be stored, logged or put into an exception.
    """
    from urllib.parse import urlencode

    parameters = {
        "apikey": api_key,
        "timestamp": str(timestamp),
        "sign": sign(f"{api_key}{timestamp}", api_secret),
        "passphrase": sign(api_passphrase, api_secret),
    }
    if partner is not None and partner_key is not None:
        parameters["partner"] = partner
        parameters["partner_sign"] = sign(f"{timestamp}{partner}{api_key}", partner_key)
    if enable_ns:
        parameters["enable_ns"] = "true"
    return f"{base_url}/v1/private?{urlencode(parameters)}"


def rest_headers(
    method: str,
    target: str,
    body: str = "",
    *,
    api_key: str,
    api_secret: str,
    api_passphrase: str,
    timestamp: int,
    sign: Sign = hmac_base64,
    partner: str | None = None,
    partner_key: str | None = None,
) -> dict[str, str]:
    """The headers of a signed request; ``target`` is path and query as plain text, not percent-encoded.

    KuCoin documentation, "Authentication". Valid for about 5 s around ``timestamp`` (Unix milliseconds).
    """
    headers = {
        "KC-API-KEY": api_key,
        "KC-API-TIMESTAMP": str(timestamp),
        "KC-API-SIGN": sign(f"{timestamp}{method}{target}{body}", api_secret),
        "KC-API-PASSPHRASE": sign(api_passphrase, api_secret),
        "KC-API-KEY-VERSION": "3",
    }
    if partner is not None and partner_key is not None:
        headers["KC-API-PARTNER"] = partner
        headers["KC-API-PARTNER-SIGN"] = sign(f"{timestamp}{partner}{api_key}", partner_key)
        headers["KC-API-PARTNER-VERIFY"] = "true"
    return headers
