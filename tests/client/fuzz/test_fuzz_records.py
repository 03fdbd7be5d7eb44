"""Any answer to a look-up: a record, none, or one of the documented errors; any record: a report, or an error."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from fuzzing import NAMES, WORDS, fuzzed, json_texts, json_values, scalars
from hypothesis import example, given
from hypothesis import strategies as st

from kucoin_wsapi import AuthenticationError, LookUpError, OrderReport, ProtocolError, _rest
from kucoin_wsapi._records import OrderName, report_of
from kucoin_wsapi._rest import RestClient
from kucoin_wsapi.options import Credentials, Options

from test_fuzz_upgrade import Answerer  # isort: skip

PRODUCTS = ["spot", "margin", "futures", "uta"]
FIELDS = [
    *(
        "id",
        "orderId",
        "symbol",
        "clientOid",
        "dealSize",
        "size",
        "active",
        "isActive",
        "inOrderBook",
        "dealFunds",
    ),
    *("dealValue", "cancelExist", "avgDealPrice", "price", "sizeUnit", "status", "filledSize", "avgPrice"),
]
numbers = (
    st.sampled_from(["0", "1", "0.5", "-1", "1E+400", "NaN", "sNaN", "Infinity", "", "x", "٣"]) | scalars
)
sound = st.fixed_dictionaries(
    {
        "id": st.just("1"),
        "orderId": st.just("1"),
        "symbol": st.just("BTC-USDT"),
        "dealSize": numbers,
        "filledSize": numbers,
        "size": numbers,
        "isActive": st.booleans(),
        "cancelExist": st.booleans(),
        "status": st.sampled_from([0, 1, 2, 3, 4, 5, 6, 7, "2", "x", None]),
    },
    optional=dict.fromkeys(
        ("price", "dealFunds", "dealValue", "avgDealPrice", "avgPrice", "clientOid"), numbers
    ),
)
records = sound | st.dictionaries(st.sampled_from(FIELDS), json_values, max_size=18)


def decoded(value: object) -> Any:
    """As a look-up decodes it."""
    return json.loads(json.dumps(value), parse_float=Decimal)


@fuzzed(150)
@given(st.sampled_from(PRODUCTS), records)
@example(
    "futures", {"id": "1", "symbol": "X", "dealSize": "0", "size": "1", "isActive": True, "price": "NaN"}
)
@example(
    "uta", {"orderId": "1", "symbol": "X", "status": 2, "size": "1", "filledSize": "0", "price": "Infinity"}
)
def test_any_record_is_a_report_or_makes_no_sense(product, record):
    """And a report has sizes that are numbers, because a program computes with them."""
    try:
        report = report_of(product, decoded(record))
    except ProtocolError:
        return
    assert isinstance(report, OrderReport)
    for amount in (report.filled_size, report.size, report.price, report.average_price):
        assert amount is None or amount.is_finite()
    assert report.was_placed


@pytest.fixture(scope="module")
def look_ups() -> Iterator[tuple[Answerer, RestClient]]:
    """A REST client, and what answers it; it does not pause between its attempts."""
    answerer = Answerer()
    options = Options(rest_url=f"http://127.0.0.1:{answerer.port}")
    client = RestClient(Credentials("key", "secret", "passphrase"), options)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_rest, "_PAUSE", 0.0)
        yield answerer, client
    client.close()
    answerer.close()


bodies = st.one_of(
    json_texts(st.fixed_dictionaries({"code": st.sampled_from(WORDS), "data": records | json_values})),
    json_texts(st.dictionaries(st.sampled_from(NAMES), json_values, max_size=5)),
    json_texts(),
    st.text(max_size=20),
).map(lambda text: text.encode("utf-8", "surrogatepass"))


def test_any_answer_to_a_look_up_is_a_record_or_a_documented_error(look_ups):
    """Whatever the status, the body, and what the two have to do with each other."""
    answerer, client = look_ups

    @fuzzed(40)
    @given(st.sampled_from(PRODUCTS), st.sampled_from([200, 200, 200, 401, 404, 429, 500, 302]), bodies)
    def holds(product: str, status: int, body: bytes) -> None:
        head = b"HTTP/1.1 %d X\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % (status, len(body))
        for _ in range(8):  # three attempts, each perhaps with a look at the clock
            answerer.answers.put(head + body)
        name = OrderName(product, "BTC-USDT", client_oid="any", trade_type="SPOT")
        told = ""
        try:
            found = client.find_order(name)
        except (AuthenticationError, LookUpError, ProtocolError) as error:
            found, told = None, str(error)
        assert found is None or isinstance(found, dict)
        assert "secret" not in told
        while not answerer.answers.empty():
            with contextlib.suppress(Exception):
                answerer.answers.get_nowait()

    holds()
