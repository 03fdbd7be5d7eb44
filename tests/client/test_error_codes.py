"""Every documented code becomes the class that says what a program may do next."""

import pytest

from kucoin_wsapi._error_codes import error_class
from kucoin_wsapi.exceptions import (
    DuplicateClientOidError,
    InsufficientFundsError,
    InvalidOrderError,
    MarketUnavailableError,
    OpenOrderLimitError,
    OrderNotCancellableError,
    OrderNotFoundError,
    OrderStateError,
    PermissionDeniedError,
    RateLimitedError,
    RejectedError,
    ReplacementFailedError,
    ServerFaultError,
)

ORDER_OPS = ["spot.order", "margin.order", "futures.order", "uta.order"]

# KuCoin documentation, "Error Code", gateway; margin's own sense of three of them is below.
GATEWAY = {
    PermissionDeniedError: "400001 400002 400003 400004 400005 400006 400007 400008 400009 400010 400011 400012 "
    "400200 400201 400202 400301 400302 400303 400304 411100 411200",
    InvalidOrderError: "400101 400102 4001002 404000 415000 400100",
    RateLimitedError: "420001 429000 429001 429002 1015",
    ServerFaultError: "420002 408000 500000 501000 503000 504000 505000",
}
SPOT = {
    MarketUnavailableError: "200001 200002 400600 600203",
    OpenOrderLimitError: "200003",
    InsufficientFundsError: "200004 210014 103000 210021 230003",
    PermissionDeniedError: "200009 400200 400500 400700 101030 112010 400400 400401",
    ServerFaultError: "230005",
    InvalidOrderError: "400000 400330 400350 400370 400760 400800 600100 600101 900001",
    DuplicateClientOidError: "102426",
    OrderNotFoundError: "102436",
}
MARGIN = {
    ServerFaultError: "126000 126034 126036 126038 126039 135005 135018 400400 230005",
    PermissionDeniedError: "126001 126002 126005 126047 126048 126021 126037 126045 126046 130201 130302 130306 "
    "130307 130323 130315 400401 400444",
    InvalidOrderError: "126003 126022 126029 126030 126041 600100 900001",
    MarketUnavailableError: "126004 126006 126007 126009 126010 126015 126027 126028 130202 130303 130304 130305 "
    "130308 130309 130310 130316 200001",
    OpenOrderLimitError: "126011 126042 130311 130312 130313 130314 200003",
    InsufficientFundsError: "126013 130203 130301 130204 200004",
    DuplicateClientOidError: "126033 126044",
    OrderNotFoundError: "126043",
}
FUTURES = {
    PermissionDeniedError: "40010 300017 400400",
    InvalidOrderError: "100001 100003 100005 200001 200003 300000 300006 300007 300011 300012 300016 330005 330011 "
    "330012",
    ServerFaultError: "100002 300010",
    OrderNotCancellableError: "100004",
    RateLimitedError: "200002",
    InsufficientFundsError: "200005 300003 330008",
    OpenOrderLimitError: "300001 300004 300005",
    MarketUnavailableError: "300002 300008 300013 300014 300015",
    OrderStateError: "300009",
    DuplicateClientOidError: "300018",
    RejectedError: "200004 126013 106150",
}
UTA = {
    InvalidOrderError: "4001 106000 106100 110002 706002 106054 106190 110204 401100 106103 106155 106156 106157 "
    "106161 106162 106164 106165 106166 106167 106168 106169 106172 106170 106171 401102 401103 301115 301116 106173 "
    "106174 106183 106193 109008 603002 106205 401117 301126 401101 401109 401110 401115 401116 401121 401122 401123 "
    "401124 401125 401126 401127",
    PermissionDeniedError: "106001 109000 109001 109002 109003 109004 109005 109006 110201 110202 110203 603001 706000 "
    "106208 106211 301100 301101 301102 301103 301133 401106 401107 401108 401200 112010",
    OrderStateError: "106050 106182 401118 401119 106210",
    OrderNotFoundError: "106052 106102",
    MarketUnavailableError: "106053 106194 301106 301128 301135 401111 401128 106160 106176 301129 401112 401113 "
    "301113 301114 301118 301119 301120 301121 301122 301123",
    InsufficientFundsError: "106150 106212 301130",
    DuplicateClientOidError: "106151 106152 106209",
    ServerFaultError: "106204 109099 110000 112001 112002 112003 603005 603006 603007 110001",
    OpenOrderLimitError: "106206",
    RejectedError: "300003 126013 200004",
}

TABLES = [
    *((op, GATEWAY) for op in ORDER_OPS),
    *((op, SPOT) for op in ("spot.order", "spot.sync_order")),
    ("margin.order", MARGIN),
    *((op, FUTURES) for op in ("futures.order", "futures.multi_order")),
    ("uta.order", UTA),
]


@pytest.mark.parametrize("message", ["some text", None])
@pytest.mark.parametrize(("op", "table"), TABLES)
def test_a_documented_code_has_its_class(op, table, message):
    """By product first; the same number means different things in different products."""
    expected = {code: verdict for verdict, codes in table.items() for code in codes.split()}

    assert {code: error_class(op, code, message) for code in expected} == expected


@pytest.mark.parametrize(
    ("op", "code", "message", "expected"),
    [
        ("spot.order", "400100", "account.available.amount", InsufficientFundsError),
        ("margin.order", "400100", "Balance insufficient!", InsufficientFundsError),
        ("spot.order", "400100", "validation.createOrder.clientOidDuplicated", DuplicateClientOidError),
        ("spot.order", "400100", "Order size below the minimum requirement.", InvalidOrderError),
        ("spot.order", "400100", "The quantity is below the minimum.", InvalidOrderError),
        ("spot.order", "400100", "price not in the given range!", InvalidOrderError),
        ("spot.order", "400100", "Unsupported trading pair.", InvalidOrderError),
        ("spot.order", "400100", "The symbol does not exist.", InvalidOrderError),
        ("spot.cancel", "400100", "order_not_exist_or_not_allow_to_cancel", OrderNotCancellableError),
        (
            "spot.sync_cancel",
            "400100",
            "Order not exist or not allow to be cancelled",
            OrderNotCancellableError,
        ),
        ("margin.cancel", "400100", "order not exist.", OrderNotCancellableError),
        ("spot.modify", "400100", "The order does not exist.", OrderNotCancellableError),
        ("spot.cancel", "400100", "symbol is empty", InvalidOrderError),
        ("spot.query", "400100", "The order does not exist.", OrderNotFoundError),
        ("futures.cancel", "100004", "The order cannot be canceled.", OrderNotCancellableError),
        ("futures.cancel", "100001", "error.getOrder.orderNotExist", OrderNotCancellableError),
        ("futures.cancel", "100001", "Order id or clientOid must be provided", InvalidOrderError),
        ("uta.cancel", "106100", "NotFoundOrderId", OrderNotCancellableError),
        ("uta.cancel", "106102", "some text", OrderNotCancellableError),
        ("uta.amend", "106052", "some text", OrderNotCancellableError),
        ("margin.cancel", "126043", "some text", OrderNotCancellableError),
        ("uta.cancel", "106100", "MissingParameter", InvalidOrderError),
        ("uta.cancel", "106050", "Canceling", OrderStateError),
        (
            "futures.order",
            "330008",
            "Order quantity is too high, insufficient margin.",
            InsufficientFundsError,
        ),
        ("spot.order", "200004", "order not exist", InsufficientFundsError),
    ],
)
def test_a_code_of_many_meanings_is_decided_by_its_text(op, code, message, expected):
    """Only codes that say nothing by themselves are read by their text."""
    assert error_class(op, code, message) is expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("599999", ServerFaultError),
        ("500123", ServerFaultError),
        ("408000", ServerFaultError),
        ("429000", RateLimitedError),
        ("777777", RejectedError),
        ("50000", RejectedError),
        ("5000000", RejectedError),
        ("", RejectedError),
    ],
)
def test_an_unknown_code_is_a_rejection_unless_the_server_failed(code, expected):
    """Six digits from 5 on mean that the exchange itself does not know, whatever the operation."""
    for op in (*ORDER_OPS, "spot.query", "ping", ""):
        assert error_class(op, code, None) is expected


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("200004", "Balance insufficient!"),
        ("600100", "Order size increment invalid."),
        ("999999", "unheard of"),
    ],
)
def test_a_refused_modify_leaves_open_what_became_of_the_old_order(code: str, message: str) -> None:
    """It is a cancel and a new order, and the refusal does not say at which of the two it failed."""
    assert error_class("spot.modify", code, message) is ReplacementFailedError


@pytest.mark.parametrize(
    ("code", "message", "expected"),
    [
        ("400007", "Access denied", PermissionDeniedError),
        ("429000", "Too many requests", RateLimitedError),
        ("400100", "order_not_exist_or_not_allow_to_cancel", OrderNotCancellableError),
        ("500000", "Internal server error", ServerFaultError),
    ],
)
def test_a_modify_that_never_reached_the_old_order_is_told_as_any_other_refusal(
    code: str, message: str, expected: type[Exception]
) -> None:
    """Permission, rate limit and an order that is not there are certain; a fault of the exchange stays one."""
    assert error_class("spot.modify", code, message) is expected
