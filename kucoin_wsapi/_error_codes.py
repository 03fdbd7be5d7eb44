"""Which exception a refusal becomes: tables from product, code and message to a class.

One code means different things per product (``200002`` is a suspended market for spot and a rate limit for
futures), so a code is looked up in the tables of the operation's product first and in the gateway's last.

Source: KuCoin documentation, "Error Code": gateway, spot, margin, futures and unified account.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from ._operations import Action, action_of
from .exceptions import (
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

Verdict = type[RejectedError] | type[ServerFaultError]


def error_class(op: str, code: str, message: str | None) -> Verdict:
    """The exception for a refused ``op``.

    A code that no table knows is a ``RejectedError``, except ``5xxxxx`` and ``5xx``, the status of a front end's error:
    there the exchange does not know itself.
    """
    found = _class_of_code(op, code, message)
    if found is OrderNotFoundError and action_of(op) in _CHANGING:
        return OrderNotCancellableError
    if (
        op == "spot.modify"
        and found not in _BEFORE_THE_REPLACEMENT
        and not issubclass(found, ServerFaultError)
    ):
        return ReplacementFailedError
    return found


def _class_of_code(op: str, code: str, message: str | None) -> Verdict:
    if code in _DECIDED_BY_MESSAGE:
        found = _class_by_message(message or "")
        if found is not None:
            return found
    for table in _TABLES.get(op.partition(".")[0], _GATEWAY_ONLY):
        if code in table:
            return table[code]
    return ServerFaultError if len(code) in (3, 6) and code.startswith("5") else RejectedError


def _class_by_message(message: str) -> Verdict | None:
    # Wording, case and punctuation vary: "order_not_exist_or_...", "Order not exist or ...".
    letters = "".join(filter(str.isalnum, message.lower()))
    for fragments, verdict in _MESSAGES:
        if any(fragment in letters for fragment in fragments):
            return verdict
    return None


# Codes that say no more than "wrong parameter"; where the text tells nothing either, the tables decide.
_DECIDED_BY_MESSAGE = frozenset({"400100", "100001", "106100"})

_MESSAGES: tuple[tuple[tuple[str, ...], Verdict], ...] = (
    (
        ("ordernotexist", "orderdoesnotexist", "notallowtocancel", "notallowtobecancel", "notfoundorderid"),
        OrderNotFoundError,
    ),
    (("clientoidduplicat", "duplicateclientoid", "clientoidrepeat"), DuplicateClientOidError),
    (("accountavailableamount", "balanceinsufficient", "insufficientbalance"), InsufficientFundsError),
)

# A modify that is refused for these has not cancelled the old order; for all other reasons it may have.
_BEFORE_THE_REPLACEMENT: frozenset[Verdict] = frozenset(
    {PermissionDeniedError, RateLimitedError, OrderStateError}
)

# To these the exchange says the same of an order that was filled, was cancelled or never existed.
_CHANGING = frozenset({Action.CANCEL, Action.REPLACE, Action.AMEND})


def _table(*rows: tuple[Verdict, str]) -> Mapping[str, Verdict]:
    return MappingProxyType({code: verdict for verdict, codes in rows for code in codes.split()})


_GATEWAY = _table(
    (
        PermissionDeniedError,
        "400001 400002 400003 400004 400005 400006 400007 400008 400009 400010 400011 400012",
    ),
    (PermissionDeniedError, "400200 400201 400202 400301 400302 400303 400304 400400 400401 411100 411200"),
    (InvalidOrderError, "400100 400101 400102 4001002 404000 415000"),
    (RateLimitedError, "420001 429000 429001 429002 1015"),
    (ServerFaultError, "408000 420002 500000 501000 503000 504000 505000"),
)

_SPOT = _table(
    (MarketUnavailableError, "200001 200002 400600 600203"),
    (OpenOrderLimitError, "200003"),
    (InsufficientFundsError, "103000 200004 210014 210021 230003"),
    (PermissionDeniedError, "101030 112010 200009 400200 400500 400700"),
    (InvalidOrderError, "400000 400330 400350 400370 400760 400800 600100 600101 900001"),
    (ServerFaultError, "230005"),
    # Of flash swaps, whose codes some clients report for orders.
    (DuplicateClientOidError, "102426"),
    (OrderNotFoundError, "102436"),
)

_MARGIN = _table(
    (PermissionDeniedError, "126001 126002 126005 126021 126037 126045 126046 126047 126048"),
    (PermissionDeniedError, "130201 130302 130306 130307 130315 130323 400401 400444"),
    (InvalidOrderError, "126003 126022 126029 126030 126041"),
    (OpenOrderLimitError, "126011 126042 130311 130312 130313 130314"),
    (InsufficientFundsError, "126013 130203 130204 130301"),
    (MarketUnavailableError, "126004 126006 126007 126009 126010 126015 126027 126028"),
    (MarketUnavailableError, "130202 130303 130304 130305 130308 130309 130310 130316"),
    (DuplicateClientOidError, "126033 126044"),
    (OrderNotFoundError, "126043"),
    # 400400 is documented as a parameter error or a fault of the service: whether the order exists is not certain.
    (ServerFaultError, "126000 126034 126036 126038 126039 135005 135018 400400"),
)

_FUTURES = _table(
    (PermissionDeniedError, "40010 300017"),
    (InvalidOrderError, "100001 100003 100005 200001 200003"),
    (InvalidOrderError, "300000 300006 300007 300011 300012 300016 330005 330011 330012"),
    (OpenOrderLimitError, "300001 300004 300005"),
    (InsufficientFundsError, "200005 300003 330008"),
    (OrderNotCancellableError, "100004"),
    (OrderStateError, "300009"),
    (DuplicateClientOidError, "300018"),
    (MarketUnavailableError, "300002 300008 300013 300014 300015"),
    (RateLimitedError, "200002"),
    (ServerFaultError, "100002 300010"),
)

_UTA = _table(
    (InvalidOrderError, "4001 106000 106100 110002 706002 106054 106190 110204 401100 106103"),
    (
        InvalidOrderError,
        "106155 106156 106157 106161 106162 106164 106165 106166 106167 106168 106169 106172",
    ),
    (
        InvalidOrderError,
        "106170 106171 401102 401103 301115 301116 106173 106174 106183 106193 109008 603002",
    ),
    (InvalidOrderError, "106205 401117 301126 401101 401109 401110 401115 401116"),
    (InvalidOrderError, "401121 401122 401123 401124 401125 401126 401127"),
    (PermissionDeniedError, "106001 109000 109001 109002 109003 109004 109005 109006 112010"),
    (PermissionDeniedError, "110201 110202 110203 603001 706000 106208 106211"),
    (PermissionDeniedError, "301100 301101 301102 301103 301133 401106 401107 401108 401200"),
    (OrderStateError, "106050 106182 106210 401118 401119"),
    (OrderNotFoundError, "106052 106102"),
    (MarketUnavailableError, "106053 106194 301106 301128 301135 401111 401128"),
    (MarketUnavailableError, "106160 106176 301129 401112 401113 301113 301114"),
    (MarketUnavailableError, "301118 301119 301120 301121 301122 301123"),
    (InsufficientFundsError, "106150 106212 301130"),
    (DuplicateClientOidError, "106151 106152 106209"),
    (OpenOrderLimitError, "106206"),
    (ServerFaultError, "106204 109099 110000 110001 112001 112002 112003 603005 603006 603007"),
)

_GATEWAY_ONLY = (_GATEWAY,)

# Margin orders go through the spot engine and can end in its codes.
_TABLES: Mapping[str, tuple[Mapping[str, Verdict], ...]] = MappingProxyType(
    {
        "spot": (_SPOT, _GATEWAY),
        "margin": (_MARGIN, _SPOT, _GATEWAY),
        "futures": (_FUTURES, _GATEWAY),
        "uta": (_UTA, _GATEWAY),
    }
)
