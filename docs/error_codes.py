"""The tables of ``errors/codes.rst``, made from the tables by which answers become exceptions.

``python docs/error_codes.py`` writes them anew. A test holds them against the code.
"""

from __future__ import annotations

import re
import textwrap
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from kucoin_wsapi import _error_codes
from kucoin_wsapi._error_codes import Verdict
from kucoin_wsapi.exceptions import LOGIN_ADVICE, OutcomeUnknownError, ServerFaultError
from kucoin_wsapi.options import WsKey
from kucoin_wsapi.sandbox.asked_codes import text_of
from kucoin_wsapi.sandbox.gateway_codes import INJECTED, gateway_text

PAGE = Path(__file__).parent / "errors" / "codes.rst"

_BEGIN, _END = ".. The tables begin: docs/error_codes.py makes them.\n\n", ".. The tables end.\n"
_GATEWAY = "gateway"
_PRODUCTS = (
    ("Spot", "spot.order", _error_codes._SPOT),
    ("Margin", "margin.order", _error_codes._MARGIN),
    ("Futures", "futures.order", _error_codes._FUTURES),
    ("Unified account", "uta.order", _error_codes._UTA),
    ("Every product: the gateway", _GATEWAY, _error_codes._GATEWAY),
)
_UNKNOWN = OutcomeUnknownError("", request_id="", op="spot.order", ws_key=WsKey.WS_API_SPOT_V1)


def tables() -> str:
    """All of them: first the codes of a refused login, then those of requests, by product and class."""
    parts = ["Logins", "------", "", *_table(("code", "what to do"), LOGIN_ADVICE.items()), ""]
    for product, op, codes in _PRODUCTS:
        parts += [product, "-" * len(product), ""]
        for verdict, known in _by_class(codes).items():
            name = verdict.__name__
            parts += [textwrap.fill(f"`{name} <{name}.rst>`_. {_advice(verdict)}.", 120), ""]
            parts += [*_table(("code", "what it says"), ((code, _said(op, code)) for code in known)), ""]
    return "\n".join([*parts, ""])


def _by_class(codes: Mapping[str, Verdict]) -> dict[Verdict, list[str]]:
    found: dict[Verdict, list[str]] = defaultdict(list)
    for code, verdict in codes.items():
        found[verdict].append(code)
    return found


def _advice(verdict: Verdict) -> str:
    advice = _UNKNOWN.advice if issubclass(verdict, ServerFaultError) else verdict._advice
    return advice[0].upper() + advice[1:]


def _said(op: str, code: str) -> str:
    text = gateway_text(code) if op == _GATEWAY else text_of(op, code)
    return "-" if text == INJECTED else text


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    lines = [head, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    rule = "  ".join("=" * width for width in widths)
    texts = ["  ".join(map(str.ljust, line, widths)).rstrip() for line in lines]
    yield from (rule, texts[0], rule, *texts[1:], rule)


def page() -> str:
    """The page with the tables of now in it."""
    pattern = f"(?<={re.escape(_BEGIN)}).*(?={re.escape(_END)})"
    return re.sub(pattern, lambda _: tables(), PAGE.read_text(), flags=re.DOTALL)


if __name__ == "__main__":
    PAGE.write_text(page())
