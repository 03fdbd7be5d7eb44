"""Tokens of the push sockets (KuCoin documentation, "Websocket Introduction"): who asked for one, and until when it is
good. Pure.

A token says everything itself, and is signed, so that nobody has to remember it.
"""

from __future__ import annotations

import base64
import binascii

import attrs

from .keys import signature, signature_matches
from .times import SECOND

__all__ = ["LIFETIME", "Token", "TokenRefused", "read_token", "write_token"]

LIFETIME = 24 * 3600 * SECOND
SECRET = "sandbox push tokens"  # noqa: S105 - play money


class TokenRefused(Exception):
    """A token that lets nobody in; the text says why."""


@attrs.frozen
class Token:
    """Who may connect: an account by its uid, or nobody in particular."""

    uid: str
    issued_at: int


def write_token(uid: str, now: int) -> str:
    """A token for `uid`, empty for the public; `now` in Unix nanoseconds. It needs encoding in a URL."""
    text = f"{uid} {now}"
    body = base64.urlsafe_b64encode(text.encode()).decode()
    return f"{body}.{_seal(text)}"


def read_token(token: str, now: int) -> Token:
    """What a token says, or `TokenRefused`. `now` in Unix nanoseconds."""
    body, _, seal = token.partition(".")
    try:
        text = base64.urlsafe_b64decode(body.encode()).decode()
        uid, _, issued = text.partition(" ")
        issued_at = int(issued)
    except (ValueError, binascii.Error):
        raise TokenRefused("token is invalid") from None
    if not signature_matches(SECRET, text, seal.replace("-", "+").replace("_", "/")):
        raise TokenRefused("token is invalid")
    if now - issued_at > LIFETIME:
        raise TokenRefused("token is expired")
    return Token(uid, issued_at)


def _seal(text: str) -> str:
    return signature(SECRET, text).replace("+", "-").replace("/", "_")
