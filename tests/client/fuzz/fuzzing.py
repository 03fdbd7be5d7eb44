"""How long the fuzz tests look, and what they throw: JSON made of the exchange's words.

The tests look at the same examples each time, so that they fail for everybody or for nobody. ``FUZZ_EFFORT=100``
looks at a hundred times as many, other ones at each run.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

EFFORT = float(os.environ.get("FUZZ_EFFORT", "1"))


def fuzzed(examples: int) -> Callable[[Any], Any]:
    """Decorates a property with the number of examples that one run of the tests can afford."""
    return settings(
        max_examples=max(1, int(examples * EFFORT)),
        derandomize=EFFORT == 1,
        deadline=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )


NAMES = [
    *("id", "op", "code", "msg", "data", "inTime", "outTime", "userRateLimit", "rateLimit"),
    *("sessionId", "timestamp", "pingInterval", "pingTimeout", "message", "type", "args"),
    *("orderId", "clientOid", "newOrderId", "cancelledOrderIds", "status", "tradeType", "ts", "symbol"),
    *("originSize", "dealSize", "remainSize", "canceledSize", "orderTime", "matchTime", "borrowSize"),
    *("limit", "remaining", "reset", "loanApplyId"),
]
WORDS = [
    *("", "200000", "200", "400100", "429000", "500000", "400002", "400003", "999999", "4001", "5", "0"),
    *(
        "welcome",
        "WELCOME",
        "pong",
        "ping",
        "open",
        "done",
        "NaN",
        "Infinity",
        "-0",
        "1e400",
        "1E+2",
        "0x10",
        "٣",
    ),
    *("spot.order", "order_not_exist", "clientOid duplicat", "null", "true", "\ud800", "\x00", "é€😀"),
]
NUMBERS = [
    0,
    1,
    -1,
    200000,
    400003,
    2**31,
    2**53,
    2**63,
    2**64,
    10**14,
    10**30,
    10**400,
    1.5,
    -0.0,
    1e308,
    1e-320,
]

scalars = (
    st.none()
    | st.booleans()
    | st.sampled_from(NUMBERS)
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(WORDS)
    | st.text(max_size=12)
)
json_values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=5),
    max_leaves=12,
)
objects = st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=5), json_values, max_size=8)


@st.composite
def json_texts(draw: st.DrawFn, values: st.SearchStrategy[Any] = json_values) -> str:
    """JSON, as it is written or damaged: cut, a piece doubled or taken out, a character in between."""
    text = json.dumps(draw(values), ensure_ascii=draw(st.booleans()), allow_nan=True)
    for _ in range(draw(st.sampled_from([0, 0, 0, 1, 2]))):
        first, second = sorted((draw(st.integers(0, len(text))), draw(st.integers(0, len(text)))))
        text = draw(
            st.sampled_from(
                [
                    text[:first],
                    text[:second] + text[first:],
                    text[:first] + text[second:],
                    text[:first]
                    + draw(st.sampled_from([*'{}[]",:\\e.-+0 \n\t', "NaN", "1e999999999", "\\ud800"]))
                    + text[first:],
                ]
            )
        )
    return text
