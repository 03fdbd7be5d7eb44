"""From the exchange's JSON to typed answers: documented and captured data, and what is not as documented."""

import contextlib
import json
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kucoin_wsapi._conversion import (
    RESPONSE_TYPES,
    UnexpectedShapeError,
    reported_rate_limit,
    structure_data,
)
from kucoin_wsapi.responses import (
    BatchCancelItem,
    BatchOrderItem,
    BatchResult,
    CancelAck,
    FuturesCancelAck,
    MarginOrderAck,
    ModifyAck,
    OrderAck,
    RateLimit,
    SyncCancelResult,
    SyncOrderResult,
    UtaAck,
    UtaAmendAck,
)

# The same examples in every run, so that a failure on one machine is a failure on all.
repeatable = settings(derandomize=True, deadline=None, max_examples=100)

SYNC_SIZES = '"originSize":"0.00001","dealSize":"0","remainSize":"0","canceledSize":"0.00001","status":"done"'
SIZES = (Decimal("0.00001"), Decimal(0), Decimal(0), Decimal("0.00001"), "done")

# Samples of KuCoin's documentation and answers captured from production.
ANSWERS: list[tuple[str, str, object]] = [
    (
        "spot.order",
        '{"orderId":"670fd33bf9406e0007ab3945","clientOid":"5c52e11203aa677f33e493fb"}',
        OrderAck("670fd33bf9406e0007ab3945", "5c52e11203aa677f33e493fb"),
    ),
    ("spot.order", '{"orderId":"1","clientOid":null}', OrderAck("1", None)),
    ("spot.order", '{"orderId":670,"clientOid":12,"added":{"later":[]}}', OrderAck("670", "12")),
    (
        "spot.sync_order",
        '{"orderId":"67111a7cb7cbdf000703e1f6","clientOid":"5c52e11203aa677f33e493f","orderTime":1729174140586,'
        '"originSize":"0.00001","dealSize":"0","remainSize":"0.00001","canceledSize":"0","status":"open",'
        '"matchTime":1729174140588}',
        SyncOrderResult(
            order_id="67111a7cb7cbdf000703e1f6",
            client_oid="5c52e11203aa677f33e493f",
            order_time=1729174140586,
            origin_size=Decimal("0.00001"),
            deal_size=Decimal(0),
            remain_size=Decimal("0.00001"),
            canceled_size=Decimal(0),
            status="open",
            match_time=1729174140588,
        ),
    ),
    (
        "spot.modify",
        '{"newOrderId":"67112258f9406e0007408827","clientOid":"client order id 12"}',
        ModifyAck("67112258f9406e0007408827", "client order id 12"),
    ),
    ("spot.cancel", '{"orderId":"671124f9365ccb00073debd4"}', CancelAck(order_id="671124f9365ccb00073debd4")),
    ("spot.cancel", '{"clientOid":"5c52e112"}', CancelAck(client_oid="5c52e112")),
    ("margin.cancel", '{"clientOid":"5c52e112"}', CancelAck(client_oid="5c52e112")),
    (
        "spot.sync_cancel",
        f'{{"orderId":"671128ee365ccb0007534d45",{SYNC_SIZES}}}',
        SyncCancelResult(*SIZES, order_id="671128ee365ccb0007534d45"),
    ),
    ("spot.sync_cancel", f'{{"clientOid":"a",{SYNC_SIZES}}}', SyncCancelResult(*SIZES, client_oid="a")),
    (
        "margin.order",
        '{"orderId":"671663e02188630007e21c9c","clientOid":"a","borrowSize":"10.2","loanApplyId":"600656d9"}',
        MarginOrderAck("671663e02188630007e21c9c", "a", Decimal("10.2"), "600656d9"),
    ),
    (
        "margin.order",
        '{"orderId":"1","clientOid":"a","borrowSize":10.20,"loanApplyId":null}',
        MarginOrderAck("1", "a", Decimal("10.20"), None),
    ),
    ("margin.order", '{"orderId":"1","clientOid":"a"}', MarginOrderAck("1", "a")),
    (
        "futures.order",
        '{"orderId":"403371203999346688","clientOid":"IAACgxI9hU0AAQAAAAAA"}',
        OrderAck("403371203999346688", "IAACgxI9hU0AAQAAAAAA"),
    ),
    (
        "futures.cancel",
        '{"cancelledOrderIds":["235303670076489728"]}',
        FuturesCancelAck(cancelled_order_ids=("235303670076489728",)),
    ),
    (
        "futures.cancel",
        '{"clientOid":"1wACM_ObhU0AAQAAAAAA"}',
        FuturesCancelAck(client_oid="1wACM_ObhU0AAQAAAAAA"),
    ),
    ("futures.cancel", '{"cancelledOrderIds":null,"clientOid":"a"}', FuturesCancelAck(client_oid="a")),
    (
        "futures.multi_order",
        '[{"orderId":"235919387779985408","clientOid":"a","symbol":"XBTUSDTM","code":"200000","msg":"success"},'
        '{"orderId":null,"clientOid":"b","symbol":"XBTUSDTM","code":300003,"msg":"Balance not enough"},'
        '{"code":"300000"}]',
        BatchResult(
            [
                BatchOrderItem(
                    order_id="235919387779985408",
                    client_oid="a",
                    symbol="XBTUSDTM",
                    code="200000",
                    msg="success",
                ),
                BatchOrderItem(client_oid="b", symbol="XBTUSDTM", code="300003", msg="Balance not enough"),
                BatchOrderItem(code="300000"),
            ]
        ),
    ),
    (
        "futures.multi_cancel",
        '[{"orderId":"250445104152670209","clientOid":null,"code":"200","msg":"success"}]',
        BatchResult([BatchCancelItem(order_id="250445104152670209", code="200", msg="success")]),
    ),
    ("futures.multi_cancel", "[]", BatchResult([])),
    (
        "uta.order",
        '{"orderId":"414936156380143616","tradeType":"FUTURES","ts":1771741690837000000,"clientOid":"4wAC"}',
        UtaAck("414936156380143616", "FUTURES", 1771741690837000000, "4wAC"),
    ),
    (
        "uta.cancel",
        '{"orderId":"414899660931538944","tradeType":"FUTURES","ts":"1771738517838000000","clientOid":"UgAC"}',
        UtaAck("414899660931538944", "FUTURES", 1771738517838000000, "UgAC"),
    ),
    ("uta.amend", '{"orderId":"1","clientOid":"a"}', UtaAmendAck("1", "a")),
]


def decoded(text: str) -> object:
    """JSON as the client decodes it."""
    return json.loads(text, parse_float=Decimal)


@pytest.mark.parametrize(("op", "text", "expected"), ANSWERS)
def test_the_data_of_an_answer_becomes_its_class(op, text, expected):
    """Documented and captured data is read; numbers for strings, nulls and additions are no error."""
    result = structure_data(decoded(text), RESPONSE_TYPES[op])

    assert expected == result
    assert type(expected) is type(result)


def test_every_operation_has_a_response_and_a_sample():
    """The fourteen operations of the socket, each with data above."""
    assert {op for op, _, _ in ANSWERS} == set(RESPONSE_TYPES)
    assert len(RESPONSE_TYPES) == 14


MISSHAPEN: list[tuple[str, str, str]] = [
    ("spot.order", "null", "an object is documented, not None @ data"),
    ("spot.order", "[]", "an object is documented, not [] @ data"),
    ("spot.cancel", '"orderId"', "an object is documented, not 'orderId' @ data"),
    ("spot.order", "{}", "missing field 'orderId' @ data.order_id"),
    ("spot.order", '{"orderId":null}', "text is documented, not None @ data.order_id"),
    ("spot.order", '{"orderId":true}', "text is documented, not True @ data.order_id"),
    ("spot.order", '{"orderId":{}}', "text is documented, not {} @ data.order_id"),
    ("spot.order", '{"orderId":"1","clientOid":[]}', "text is documented, not [] @ data.client_oid"),
    ("spot.modify", '{"clientOid":"a"}', "missing field 'newOrderId' @ data.new_order_id"),
    ("spot.sync_cancel", f"{{{SYNC_SIZES.replace('0.00001', 'NaN')}}}", "not 'NaN' @ data.origin_size"),
    ("spot.sync_cancel", f"{{{SYNC_SIZES.replace('0.00001', 'much')}}}", "not 'much' @ data.origin_size"),
    ("spot.sync_cancel", '{"orderId":"1","status":"done"}', "missing field 'dealSize' @ data.deal_size"),
    ("margin.order", '{"orderId":"1","borrowSize":true}', "not True @ data.borrow_size"),
    ("uta.order", '{"orderId":"1","ts":1.5}', "a whole number is documented, not Decimal('1.5') @ data.ts"),
    ("uta.order", '{"orderId":"1","ts":1e999}', "a whole number is documented"),
    ("uta.order", '{"orderId":"1","ts":"soon"}', "not 'soon' @ data.ts"),
    ("futures.cancel", '{"cancelledOrderIds":"123"}', "an array is documented, not '123'"),
    ("futures.cancel", '{"cancelledOrderIds":[null]}', "text is documented, not None"),
    ("futures.multi_order", '{"code":"200000"}', "an array is documented, not {'code': '200000'} @ data"),
    ("futures.multi_order", "[null]", "an object is documented, not None @ data[0]"),
    ("futures.multi_order", '[{"code":"1"},{}]', "missing field 'code' @ data[1].code"),
    ("futures.multi_cancel", '[{"code":null}]', "text is documented, not None @ data[0].code"),
]


@pytest.mark.parametrize(("op", "text", "explanation"), MISSHAPEN)
def test_data_of_another_shape_is_explained_by_its_path(op, text, explanation):
    """The text says what was found where; nothing is guessed."""
    with pytest.raises(UnexpectedShapeError) as caught:
        structure_data(decoded(text), RESPONSE_TYPES[op])

    assert explanation in str(caught.value)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.decimals(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["orderId", "clientOid", "ts", "code", "cancelledOrderIds", "originSize"]), inner
        )
    ),
    max_leaves=10,
)


@repeatable
@given(data=json_values, op=st.sampled_from(sorted(RESPONSE_TYPES)))
def test_any_json_is_read_or_refused(data, op):
    """Whatever arrives, there is a result or the one exception."""
    with contextlib.suppress(UnexpectedShapeError):
        structure_data(data, RESPONSE_TYPES[op])


QUOTA = {"remaining": 1998, "limit": 2000, "reset": 6080}


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"userRateLimit": QUOTA}, RateLimit(limit=2000, remaining=1998, reset=6080)),
        ({"rateLimit": QUOTA}, RateLimit(limit=2000, remaining=1998, reset=6080)),
        ({"userRateLimit": {name: str(value) for name, value in QUOTA.items()}}, RateLimit(2000, 1998, 6080)),
        ({}, None),
        ({"userRateLimit": None}, None),
        ({"userRateLimit": {"limit": 1}}, None),
        ({"userRateLimit": 7}, None),
    ],
)
def test_the_reported_quota_is_read_where_there_is_one(answer, expected):
    """Both names of the field are known; an unreadable quota never spoils an answer."""
    assert expected == reported_rate_limit(answer)


def test_a_modify_that_left_nothing_to_order_has_no_new_order_id() -> None:
    """The new size was filled already: the old order is done, and no new one was placed."""
    assert structure_data({"newOrderId": None, "clientOid": "c-1"}, ModifyAck) == ModifyAck(None, "c-1")
