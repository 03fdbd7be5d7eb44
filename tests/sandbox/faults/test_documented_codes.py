"""Every code of KuCoin's tables can be had: what no rule of the sandbox brings about is said on request.

The names of the rows are tables of KuCoin's documentation, "Error Code"; a row has codes with one meaning.
"""

from __future__ import annotations

import pytest

from kucoin_wsapi.sandbox import Fault
from kucoin_wsapi.sandbox.asked_codes import text_of
from kucoin_wsapi.sandbox.gateway_codes import INJECTED

SPOT = [
    ("200001 200002", "suspended"),
    ("200003", "limit"),
    ("200004 210021 230003", "balance"),
    ("200009", "identity verification"),
    ("210014 103000", "borrowing"),
    ("230005", "busy"),
    ("400000 900001", "symbol"),
    ("400100", "parameter"),
    ("400200", "forbidden to place an order"),
    ("400330", "net asset value"),
    ("400350", "holding limit"),
    ("400370", "above the highest"),
    ("400760", "below the lowest"),
    ("400500", "country"),
    ("400600", "validation.createorder.symbolnotavailable"),
    ("400700", "risk"),
    ("400800", "leverage"),
    ("600100", "increment invalid"),
    ("600101", "funds"),
    ("600203", "cant be traded"),
    ("101030", "margin trading is not enabled"),
    ("112010", "invalid unified account user"),
]
MARGIN = [
    ("126000", "abnormal margin trading"),
    ("126001", "not enabled"),
    ("126002 400444", "account"),
    ("126003", "minimum"),
    ("126004", "does not exist or is prohibited"),
    ("126005 126047 126048", "identity verification"),
    ("126006 126007", "pair"),
    ("126009 126010", "suspended"),
    ("126011", "too many open orders"),
    ("126013 130203 130301", "insufficient balance"),
    ("126015", "prohibited"),
    ("126021 126037 126045 126046", "region"),
    ("126022", "price protection"),
    ("126027 126028", "only limit orders"),
    ("126029 126030", "price"),
    ("126033 126044", "duplicate"),
    ("126034 126036", "could not be created"),
    ("126038 126039", "third-party"),
    ("126041", "clienttimestamp"),
    ("126042", "maximum position"),
    ("126043", "does not exist"),
    ("130201", "open margin trading first"),
    ("130202", "try again later"),
    ("130204", "platform"),
    ("130302", "rights"),
    ("130303 130304 130305", "margin"),
    ("130306 130307 130323", "not opened"),
    ("130308 130309 130310", "position"),
    ("130311 130312 130313 130314", "limit"),
    ("130315", "country"),
    ("130316", "borrowing and transferring"),
    ("135005 135018", "abnormal"),
    ("400400", "parameter error"),
    ("400401", "not logged in"),
]
FUTURES = [
    ("40010", "region"),
    ("100001 100003 300000", "parameter"),
    ("100002", "systemconfigerror"),
    ("100004", "the order cannot be canceled."),
    ("100005", "contractrisklimitnotexist"),
    ("200001", "query"),
    ("200002", "too many requests"),
    ("200003", "symbol"),
    ("200005 300003", "balance"),
    ("300001", "active orders"),
    ("300002", "suspended"),
    ("300004", "stop orders"),
    ("300005", "risk limit"),
    ("300006", "bankruptcy price"),
    ("300007", "liquidation price"),
    ("300008 300013", "no contra order"),
    ("300009", "no open positions to close."),
    ("300010", "could not be closed"),
    ("300011 300012", "price"),
    ("300014", "liquidated"),
    ("300015", "settlement in progress"),
    ("300016", "leverage"),
    ("300017", "futures brawl"),
    ("300018", "clientoid"),
    ("330005 330011 330012", "mode"),
    ("330008", "order quantity is too high, insufficient available margin."),
]
UNIFIED = [
    ("4001 106000 106100 110002 706002", "parameter"),
    ("106001 109000 109001 109002 109003 109004 109005 109006 110201 110202 110203", "account"),
    ("603001 706000", "account"),
    ("106050", "canceling"),
    ("106052 106102", "not found"),
    ("106053 106194 301106 301128 301135 401111 401128", "symbol"),
    ("106054 106190 110204 401100", "symbol is unknown"),
    ("106103", "batch is too large"),
    ("106150 301130", "insufficient funds"),
    ("106212", "risk limit"),
    ("106151 106152", "duplicate"),
    ("106209", "repeat"),
    ("106155 106156 106157", "market order"),
    ("106160 301129 401112 401113", "price"),
    ("106176", "book is empty"),
    ("106161 106162", "the order has no"),
    ("106164 106166", "too low"),
    ("106165 106167", "too high"),
    ("106168 106169 106172", "step"),
    ("106170 401102 301115", "above the highest"),
    ("106171 401103 301116", "below the lowest"),
    ("106173", "overflow"),
    ("106174 106183", "leverage"),
    ("106182 401118 401119", "position"),
    ("106193 109008 603002", "currency"),
    ("106204 109099 110000", "internal error"),
    ("112001 112002 112003 603005 603006 603007", "unavailable"),
    ("106205 401117", "trade type"),
    ("106206", "too many open orders"),
    ("106208 106211 301100 301101 301102 301103 301133 401106 401107 401108 401200", "user"),
    ("106210", "executed immediately"),
    ("110001", "busy"),
    ("112010", "invalid unified account user"),
    ("301113 301114", "only limit orders"),
    ("301118 301119 301120 301121 301122 301123", "call auction"),
    ("301126", "minimum"),
    ("401101", "market orders"),
    ("401109 401110 401116", "reduce"),
    ("401115", "margin mode"),
    ("401121 401122 401123 401124 401125 401126 401127", "trigger"),
]
TABLES = {
    "error table, spot": ("spot.order", SPOT),
    "error table, margin": ("margin.order", MARGIN),
    "error table, futures": ("futures.order", FUTURES),
    "error table, unified account": ("uta.order", UNIFIED),
}
ROWS = [
    pytest.param(op, code, text, id=f"{source}: {code}")
    for source, (op, rows) in TABLES.items()
    for codes, text in rows
    for code in codes.split()
]


@pytest.mark.parametrize(("op", "code", "words"), ROWS)
def test_code_has_the_text_of_its_product(op: str, code: str, words: str) -> None:
    """One code means different things to different products."""
    assert words in text_of(op, code).lower()


@pytest.mark.parametrize(
    ("op", "args", "code"),
    [
        ("spot.order", {}, "400200"),
        ("margin.order", {}, "126002"),
        ("futures.order", {}, "300014"),
        ("futures.multi_order", [], "300017"),
        ("uta.order", {}, "106050"),
    ],
)
def test_refusal_that_was_asked_for(log_in, op: str, args: object, code: str) -> None:
    """A reply as any refusal is: the id and op of the request, code and text, no data, and nothing done."""
    sandbox, client = log_in(Fault("refusal", code=code, op=op, limit=False))

    answer = client.ask(op, args)

    assert set(answer) == {"id", "op", "code", "msg", "inTime", "outTime"}
    assert (answer["op"], answer["code"], answer["msg"]) == (op, code, text_of(op, code))
    assert sandbox.orders == ()


def test_code_that_nobody_documents_says_so() -> None:
    """It is said all the same, for programs must bear what they do not know."""
    assert text_of("spot.order", "999999") == INJECTED
