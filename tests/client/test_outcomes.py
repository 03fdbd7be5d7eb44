"""What an answer means for its call: replayed from captured and documented replies."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from protocol_support import SPOT, make_call

from kucoin_wsapi._conversion import RESPONSE_TYPES
from kucoin_wsapi._messages import Reply, parse_message
from kucoin_wsapi._outcomes import Outcome, outcome_of
from kucoin_wsapi.exceptions import (
    CallError,
    InsufficientFundsError,
    OrderNotCancellableError,
    OutcomeUnknownError,
    RateLimitedError,
    RejectedError,
    ServerFaultError,
    UnreadableReplyError,
)
from kucoin_wsapi.responses import (
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
    WSAPIResponse,
)


def judged(text: str, op: str, *, late: bool = False, typed: bool = True) -> Outcome:
    """What a reply means to a call of this operation, sent at 1.5 and answered at 2.0."""
    reply = parse_message(text)
    assert isinstance(reply, Reply)
    call = make_call(reply.id, now=1.0, op=op, response_type=RESPONSE_TYPES.get(op) if typed else None)
    call.sent_at = 1.5
    return outcome_of(call, reply, 2.0, late)


def answer(op: str, data: object, **fields: object) -> str:
    """A success."""
    return json.dumps({"id": "r1", "op": op, "code": "200000", "data": data} | fields)


CAPTURED: list[tuple[str, str, object, RateLimit | None]] = [
    (
        "futures.order",
        '{"id":"IAACgxI9hU0AAQAAAAAA","op":"futures.order","code":"200000","data":{"orderId":"403371203999346688",'
        '"clientOid":"IAACgxI9hU0AAQAAAAAA"},"inTime":1768984391308,"outTime":1768984391377}',
        OrderAck("403371203999346688", "IAACgxI9hU0AAQAAAAAA"),
        None,
    ),
    (
        "futures.cancel",
        '{"id":"1AACM_ObhU0AAgAAAAAA","op":"futures.cancel","code":"200000","data":{"clientOid":'
        '"1wACM_ObhU0AAQAAAAAA"},"inTime":1768985019587,"outTime":1768985019589,'
        '"userRateLimit":{"remaining":1998,"limit":2000,"reset":6080}}',
        FuturesCancelAck((), "1wACM_ObhU0AAQAAAAAA"),
        RateLimit(2000, 1998, 6080),
    ),
    (
        "uta.order",
        '{"id":"4wACJpW38FMAAQAAAAAA","op":"uta.order","code":"200000","data":{"orderId":"414936156380143616",'
        '"tradeType":"FUTURES","ts":1771741690837000000,"clientOid":"4wACJpW38FMAAQAAAAAA"},'
        '"inTime":1771741690821,"outTime":1771741690838}',
        UtaAck("414936156380143616", "FUTURES", 1771741690837000000, "4wACJpW38FMAAQAAAAAA"),
        None,
    ),
    (
        "uta.cancel",
        '{"id":"UQACRG2H61MAAgAAAAAA","op":"uta.cancel","code":"200000","data":{"orderId":"414899660931538944",'
        '"tradeType":"FUTURES","ts":1771738517838000000,"clientOid":"UgACRG2H61MAAQAAAAAA"},'
        '"inTime":1771738517837,"outTime":1771738517838}',
        UtaAck("414899660931538944", "FUTURES", 1771738517838000000, "UgACRG2H61MAAQAAAAAA"),
        None,
    ),
    (
        "spot.order",
        '{"id":"request-001","op":"spot.order","code":"200000","data":{"orderId":"670fd33bf9406e0007ab3945",'
        '"clientOid":"5c52e11203aa677f33e493fb"},"inTime":1695190491421,"outTime":1695190491420,'
        '"userRateLimit":{"limit":4000,"remaining":3999,"reset":29876}}',
        OrderAck("670fd33bf9406e0007ab3945", "5c52e11203aa677f33e493fb"),
        RateLimit(4000, 3999, 29876),
    ),
]


@pytest.mark.parametrize(("op", "text", "data", "rate_limit"), CAPTURED, ids=[f"{op}" for op, *_ in CAPTURED])
def test_a_captured_success_is_a_typed_response(op, text, data, rate_limit):
    """With everything that the exchange said and the times of our own."""
    raw = json.loads(text)
    response = judged(text, op)

    assert isinstance(response, WSAPIResponse)
    assert (response.id, response.op, response.code, response.msg) == (raw["id"], op, "200000", None)
    assert response.data == data
    assert (response.in_time, response.out_time) == (raw["inTime"], raw["outTime"])
    assert response.rate_limit == rate_limit
    assert (response.ws_key, response.raw, response.is_ws_api_response) == (SPOT, raw, True)
    assert (response.submitted_at, response.sent_at, response.received_at) == (1.0, 1.5, 2.0)
    assert (response.queued, response.round_trip) == (0.5, 0.5)


SAMPLES: list[tuple[str, Any, object]] = [
    (
        "spot.sync_order",
        {
            "orderId": "67111a7cb7cbdf000703e1f6",
            "clientOid": "5c52e11203aa677f33e493f",
            "orderTime": 1729174140586,
            "originSize": "0.00001",
            "dealSize": "0",
            "remainSize": "0.00001",
            "canceledSize": "0",
            "status": "open",
            "matchTime": 1729174140588,
        },
        SyncOrderResult(
            "67111a7cb7cbdf000703e1f6",
            Decimal("0.00001"),
            Decimal(0),
            Decimal("0.00001"),
            Decimal(0),
            "open",
            "5c52e11203aa677f33e493f",
            1729174140586,
            1729174140588,
        ),
    ),
    (
        "spot.modify",
        {"newOrderId": "67112258f9406e0007408827", "clientOid": "client order id 12"},
        ModifyAck("67112258f9406e0007408827", "client order id 12"),
    ),
    ("spot.cancel", {"orderId": "671124f9365ccb00073debd4"}, CancelAck("671124f9365ccb00073debd4", None)),
    ("margin.cancel", {"clientOid": "5c52e"}, CancelAck(None, "5c52e")),
    (
        "spot.sync_cancel",
        {
            "orderId": "671128ee365ccb0007534d45",
            "originSize": "0.00001",
            "dealSize": "0",
            "remainSize": "0",
            "canceledSize": "0.00001",
            "status": "done",
        },
        SyncCancelResult(
            Decimal("0.00001"), Decimal(0), Decimal(0), Decimal("0.00001"), "done", "671128ee365ccb0007534d45"
        ),
    ),
    (
        "margin.order",
        {"orderId": "6716", "clientOid": "5c52", "borrowSize": "10.2", "loanApplyId": "6006"},
        MarginOrderAck("6716", "5c52", Decimal("10.2"), "6006"),
    ),
    (
        "margin.order",
        {"orderId": "6716", "clientOid": "5c52", "borrowSize": 10.2, "loanApplyId": "6006"},
        MarginOrderAck("6716", "5c52", Decimal("10.2"), "6006"),
    ),
    (
        "futures.cancel",
        {"cancelledOrderIds": ["235303670076489728"]},
        FuturesCancelAck(("235303670076489728",), None),
    ),
]


@pytest.mark.parametrize(("op", "data", "expected"), SAMPLES, ids=[op for op, *_ in SAMPLES])
def test_a_documented_sample_is_a_typed_response(op, data, expected):
    """Sizes are decimals, whether they come as text or as a number."""
    response = judged(answer(op, data), op)

    assert isinstance(response, WSAPIResponse)
    assert response.data == expected


def test_items_of_a_batch_succeed_and_fail_one_by_one():
    """The envelope says success; an item's code, and for orders its id, tell."""
    orders = judged(
        answer(
            "futures.multi_order",
            [
                {
                    "orderId": "2359",
                    "clientOid": "a",
                    "symbol": "XBTUSDTM",
                    "code": "200000",
                    "msg": "success",
                },
                {"orderId": None, "clientOid": "b", "symbol": "XBTUSDTM", "code": "300003", "msg": "Balance"},
                {"orderId": None, "clientOid": "c", "symbol": "XBTUSDTM", "code": "200000", "msg": "success"},
            ],
        ),
        "futures.multi_order",
    )
    cancels = judged(
        answer(
            "futures.multi_cancel",
            [
                {"orderId": "2504", "clientOid": None, "code": "200", "msg": "success"},
                {"orderId": "2505", "clientOid": None, "code": "100004", "msg": "cannot be canceled"},
            ],
        ),
        "futures.multi_cancel",
    )

    assert isinstance(orders, WSAPIResponse)
    assert isinstance(orders.data, BatchResult)
    assert [item.ok for item in orders.data] == [True, False, False]
    assert isinstance(cancels, WSAPIResponse)
    assert [item.ok for item in cancels.data] == [True, False]


REFUSALS: list[tuple[str, str, type[CallError], str, RateLimit | None]] = [
    (
        "futures.order",
        '{"id":"_QACfSLXfE0AAQAAAAAA","op":"futures.order","code":"330008","msg":"Order quantity is too high, '
        'insufficient available margin.","inTime":1768970303228,"outTime":1768970303239}',
        InsufficientFundsError,
        "330008",
        None,
    ),
    (
        "futures.cancel",
        '{"id":"FQACOz1kfU0AAgAAAAAA","op":"futures.cancel","code":"100004","msg":"The order cannot be canceled.",'
        '"inTime":1768971229148,"outTime":1768971229150,'
        '"userRateLimit":{"remaining":1998,"limit":2000,"reset":24617}}',
        OrderNotCancellableError,
        "100004",
        RateLimit(2000, 1998, 24617),
    ),
    (
        "futures.order",
        '{"code":"429000","id":"order-1741590647179","op":"futures.order","msg":"Too many requests in a short '
        'period of time, please retry later.","inTime":1741589852255,"outTime":1741589852255,'
        '"rateLimit":{"limit":1600,"reset":15244,"remaining":1528}}',
        RateLimitedError,
        "429000",
        RateLimit(1600, 1528, 15244),
    ),
    (
        "spot.order",
        '{"id":"a2","op":"spot.order","code":200004,"msg":"Balance insufficient!","inTime":1,"outTime":2}',
        InsufficientFundsError,
        "200004",
        None,
    ),
    (
        "spot.cancel",
        '{"id":"a6","op":"spot.cancel","code":"400100","msg":"order_not_exist_or_not_allow_to_cancel"}',
        OrderNotCancellableError,
        "400100",
        None,
    ),
    ("spot.order", '{"id":"a","op":"spot.order","code":"500000"}', ServerFaultError, "500000", None),
    ("spot.order", '{"id":"a","op":"spot.order","code":"987654"}', RejectedError, "987654", None),
    ("spot.order", '{"id":"a","op":"spot.order","code":"599999"}', ServerFaultError, "599999", None),
    ("spot.order", '{"id":"a","op":"spot.order","code":"408000"}', ServerFaultError, "408000", None),
    ("margin.order", '{"id":"a","op":"margin.order","code":"408000"}', ServerFaultError, "408000", None),
    ("new.op", '{"id":"a","op":"new.op","code":"408000"}', ServerFaultError, "408000", None),
]


@pytest.mark.parametrize(
    ("op", "text", "kind", "code", "rate_limit"),
    REFUSALS,
    ids=[f"{op} {code}" for op, _, _, code, _ in REFUSALS],
)
def test_a_refusal_is_an_exception_that_knows_the_whole_answer(op, text, kind, code, rate_limit):
    """Code and text of the exchange are in it, and in what it prints."""
    raw = json.loads(text)
    error = judged(text, op)

    assert type(error) is kind
    assert isinstance(error, (RejectedError, ServerFaultError))
    assert (error.code, error.message) == (code, raw.get("msg"))
    assert (error.request_id, error.op, error.sent_at) == (raw["id"], op, 1.5)
    assert (error.response.raw, error.response.rate_limit) == (raw, rate_limit)
    assert code in str(error)
    assert raw.get("msg", "no text") in str(error)


def test_a_rate_limit_tells_when_the_quota_returns():
    """In seconds, as the exchange said it; None where it did not."""
    told = judged(
        '{"id":"a","code":"429000","rateLimit":{"limit":1600,"reset":15244,"remaining":0}}', "spot.order"
    )
    untold = judged('{"id":"a","code":"429000"}', "spot.order")

    assert isinstance(told, RateLimitedError)
    assert isinstance(untold, RateLimitedError)
    assert (told.reset_after, untold.reset_after) == (15.244, None)


def test_a_raw_request_gets_its_data_as_it_came():
    """Nothing is converted where no type is known."""
    response = judged(answer("spot.order", {"orderId": 5, "new": [1]}), "spot.order", typed=False)

    assert isinstance(response, WSAPIResponse)
    assert response.data == {"orderId": 5, "new": [1]}


def test_fields_that_the_exchange_adds_are_no_error():
    """They are in ``raw``."""
    response = judged(answer("spot.order", {"orderId": "1", "new": 7}, newer={"x": 1}), "spot.order")

    assert isinstance(response, WSAPIResponse)
    assert response.data == OrderAck("1")
    assert response.raw["newer"] == {"x": 1}


@pytest.mark.parametrize("data", [None, {}, [], "ok", 7, {"orderId": None}, {"orderId": ["1"]}], ids=repr)
def test_a_success_that_cannot_be_read_is_unknown(data):
    """Neither a success nor a refusal: the order may exist, so it has to be looked up."""
    error = judged(answer("spot.order", data), "spot.order")

    assert type(error) is UnreadableReplyError
    assert error.raw == json.loads(answer("spot.order", data))
    assert error.client_oid == "oid-r1"


@pytest.mark.parametrize("late", [True, False])
def test_a_late_answer_is_marked(late):
    """Its future has settled already; the event tells."""
    response = judged(answer("spot.order", {"orderId": "1"}), "spot.order", late=late)

    assert isinstance(response, WSAPIResponse)
    assert response.late is late


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.just(10**400)
    | st.text(max_size=5)
    | st.sampled_from(["200000", "1e5", "NaN", "-1"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["orderId", "clientOid", "limit", "remaining", "reset", "code", "ts"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=6,
)


@settings(derandomize=True, max_examples=200, deadline=None)
@given(
    st.sampled_from(sorted(RESPONSE_TYPES)),
    st.sampled_from(["200000", "400100", "429000", "500000"]),
    st.dictionaries(
        st.sampled_from(["msg", "data", "inTime", "outTime", "userRateLimit", "rateLimit"]),
        ANYTHING,
        max_size=6,
    ),
)
def test_whatever_the_fields_of_an_answer_are_the_call_gets_a_verdict(op, code, fields):
    """A refusal stays a refusal and a success never becomes one, however odd the rest of the answer is."""
    outcome = judged(json.dumps({"id": "r1", "op": op, "code": code} | fields), op)

    if code == "200000":
        assert isinstance(outcome, (WSAPIResponse, UnreadableReplyError))
    elif fields.get("data"):
        assert isinstance(outcome, UnreadableReplyError)
    elif code == "500000" or (op == "spot.modify" and code == "400100"):  # half of a modification may be done
        assert isinstance(outcome, OutcomeUnknownError)
    else:
        assert isinstance(outcome, RejectedError)


@pytest.mark.parametrize("code", ["", "200", "abc", "200000 ", "\uff14\uff10\uff10"])
@pytest.mark.parametrize("data", [None, {"orderId": "1"}])
def test_an_answer_that_contradicts_itself_is_an_unknown_outcome(code, data):
    """A refusal that names an order, a code that is none: nobody may conclude that the order does not exist."""
    outcome = judged(json.dumps({"id": "r1", "op": "spot.order", "code": code, "data": data}), "spot.order")

    expected = RejectedError if (code, data) == ("200", None) else UnreadableReplyError
    assert isinstance(outcome, expected)
