"""Signatures of the order socket, held against fixed vectors."""

from urllib.parse import parse_qs, urlsplit

import pytest

from kucoin_wsapi._signing import hmac_base64, signed_url

KEY = "6710d8336afcdb0007319c27"
SECRET = "1ac2f1d4-9f4e-4a51-8f1b-0c7d9b1e2a33"
PASSPHRASE = "correct-horse"
TIMESTAMP = 1742175983882
SESSION = "92f2aec4-d87e-47cc-917d-4e7c93911bdc"


@pytest.mark.parametrize(
    ("message", "secret", "signature"),
    [
        (f"{KEY}{TIMESTAMP}", SECRET, "PjHurWVbv6N4kNnoGrWO0PCgaMg7LU2jZlBXzP2Rhgc="),
        (PASSPHRASE, SECRET, "gMDZsTfV0a/ZFgYy3m5fKRHxYNhdHxEA1A4QBu0X3L8="),
        (f"{TIMESTAMP}ACME{KEY}", "3c2f8a0e-partner", "ZbtV5tRuC6YLFEP16RMFBsIgHRbIbs2JneH9DZQ+Lzw="),
        (
            f'{{"sessionId":"{SESSION}","timestamp":{TIMESTAMP}}}',
            SECRET,
            "LzP4BjjW6myMKTTZjvD4SjnCn7FZmWgsAhJsUI9bCCo=",
        ),
        (
            f'{{"sessionId":"{SESSION}", "timestamp": {TIMESTAMP}}}',
            SECRET,
            "vPCYHex+sConwQPoykFOpPFU2hezGjjtniX/WVcu6us=",
        ),
        (
            f"{TIMESTAMP}POST/api/websocket/users/verify",
            SECRET,
            "mgofQ58IuHdYQ3n1Wnek4MSfwAn/+N4cUXblJ0eoPo8=",
        ),
    ],
    ids=["sign", "passphrase", "partner", "challenge", "challenge with blanks", "rest"],
)
def test_the_vectors(message, secret, signature):
    """HMAC-SHA256 in standard base64 with padding; a blank makes another signature."""
    assert hmac_base64(message, secret) == signature


def test_text_beyond_ascii_is_signed_as_utf8():
    """In the message and in the secret."""
    assert hmac_base64("pässwörd", "gehëim") != hmac_base64("password", "geheim")


def url(**options):
    """The signed URL of the vectors."""
    return signed_url(
        "wss://wsapi.kucoin.com",
        api_key=KEY,
        api_secret=SECRET,
        api_passphrase=PASSPHRASE,
        timestamp=TIMESTAMP,
        **options,
    )


def test_the_url_of_the_vectors():
    """Every reserved letter of base64 is percent-encoded."""
    assert url() == (
        "wss://wsapi.kucoin.com/v1/private?apikey=6710d8336afcdb0007319c27&timestamp=1742175983882"
        "&sign=PjHurWVbv6N4kNnoGrWO0PCgaMg7LU2jZlBXzP2Rhgc%3D"
        "&passphrase=gMDZsTfV0a%2FZFgYy3m5fKRHxYNhdHxEA1A4QBu0X3L8%3D"
    )


def test_a_partner_is_added_with_its_signature():
    """Brokers only; its key is not part of the URL."""
    signed = url(partner="ACME", partner_key="3c2f8a0e-partner")

    query = parse_qs(urlsplit(signed).query)
    assert query["partner"] == ["ACME"]
    assert query["partner_sign"] == ["ZbtV5tRuC6YLFEP16RMFBsIgHRbIbs2JneH9DZQ+Lzw="]
    assert "%2BLzw%3D" in signed, "a bare plus would be read as a blank"
    assert "3c2f8a0e" not in signed


def test_without_a_partner_nothing_of_it_is_sent():
    """Others must leave it out."""
    assert "partner" not in url()
    assert "enable_ns" not in url()


def test_nanoseconds_are_asked_for():
    """As ``true``."""
    assert parse_qs(urlsplit(url(enable_ns=True)).query)["enable_ns"] == ["true"]


def test_neither_secret_nor_passphrase_is_in_the_url():
    """Only their signatures are."""
    assert SECRET not in url()
    assert PASSPHRASE not in url()


def test_a_signer_of_ones_own_signs_everything():
    """Key with time, passphrase, and the partner's, in what it is asked to sign."""
    asked: list[tuple[str, str]] = []

    def sign(message: str, secret: str) -> str:
        asked.append((message, secret))
        return f"signed/{len(asked)}+"

    query = parse_qs(urlsplit(url(sign=sign, partner="ACME", partner_key="pk")).query)

    assert asked == [
        (f"{KEY}{TIMESTAMP}", SECRET),
        (PASSPHRASE, SECRET),
        (f"{TIMESTAMP}ACME{KEY}", "pk"),
    ]
    assert [query[name] for name in ("sign", "passphrase", "partner_sign")] == [
        ["signed/1+"],
        ["signed/2+"],
        ["signed/3+"],
    ]


def test_a_path_prefix_stays():
    """A gateway of one's own may have one."""
    made = signed_url(
        "ws://127.0.0.1:9000/kucoin", api_key="k", api_secret="s", api_passphrase="p", timestamp=1
    )

    assert made.startswith("ws://127.0.0.1:9000/kucoin/v1/private?apikey=k&timestamp=1&sign=")
