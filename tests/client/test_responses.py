"""Answers as values: frozen, comparable, picklable, and honest about the items of a batch."""

import pickle
from decimal import Decimal

import attrs
import pytest

from kucoin_wsapi import responses
from kucoin_wsapi.exceptions import BatchError
from kucoin_wsapi.options import WsKey
from kucoin_wsapi.orders import SpotOrder
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
    WSAPIResponse,
)

SIZES = {
    "origin_size": Decimal("0.3"),
    "deal_size": Decimal("0.1"),
    "remain_size": Decimal("0"),
    "canceled_size": Decimal("0.2"),
    "status": "done",
}
RESPONSE = WSAPIResponse(
    id="a1",
    op="spot.order",
    code="200000",
    msg=None,
    data=OrderAck("670fd33b", "c-1"),
    in_time=1742175984100,
    out_time=1742175984107,
    rate_limit=RateLimit(limit=4000, remaining=3999, reset=29990),
    ws_key=WsKey.WS_API_SPOT_V1,
    request=SpotOrder(symbol="BTC-USDT", side="buy", type="limit", price="1", size="1"),
    raw={"id": "a1", "data": {"orderId": "670fd33b", "new": Decimal("1.5")}},
    submitted_at=10.0,
    sent_at=10.25,
    received_at=12.0,
)
PLACED = BatchOrderItem(order_id="1", client_oid="a", symbol="XBTUSDTM", code="200000", msg="success")
REFUSED = BatchOrderItem(client_oid="b", symbol="XBTUSDTM", code="300003", msg="Balance not enough")

VALUES = [
    RESPONSE,
    OrderAck("1", "a"),
    MarginOrderAck("1", "a", Decimal("10.2"), "6006"),
    SyncOrderResult(order_id="1", **SIZES),
    SyncCancelResult(client_oid="a", **SIZES),
    ModifyAck("2", "a"),
    CancelAck(order_id="1"),
    FuturesCancelAck(("1", "2")),
    PLACED,
    BatchCancelItem(order_id="1", code="200"),
    BatchResult([PLACED, REFUSED]),
    UtaAck("1", "SPOT", 1771741690837000000, "a"),
    UtaAmendAck("1", "a"),
    RateLimit(1, 1, 1),
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_answers_are_frozen_values_that_pickle(value):
    """They cross process borders and cannot be changed on the way."""
    first = attrs.fields(type(value))[0].name

    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        setattr(value, first, None)
    assert pickle.loads(pickle.dumps(value)) == value
    assert not hasattr(value, "__dict__") or not value.__dict__ or isinstance(value, WSAPIResponse)


def test_times_of_a_call_are_derived_from_its_three_moments():
    """Seconds from the call to the write, and from the write to the answer."""
    assert RESPONSE.queued == 0.25
    assert RESPONSE.round_trip == 1.75


def test_an_answer_is_in_time_and_of_the_trading_api_unless_told_otherwise():
    """Only the exceptions are marked."""
    late = attrs.evolve(RESPONSE, late=True)

    assert (RESPONSE.late, RESPONSE.is_ws_api_response) == (False, True)
    assert (late.late, late.is_ws_api_response) == (True, True)


def test_the_repr_shows_what_a_person_looks_for():
    """Operation, code, data and request are printed; the raw JSON and the moments are not."""
    text = repr(RESPONSE)

    assert "op='spot.order'" in text
    assert "order_id='670fd33b'" in text
    assert "symbol='BTC-USDT'" in text
    assert "raw" not in text
    assert "sent_at" not in text


@pytest.mark.parametrize(
    ("item", "ok"),
    [
        (PLACED, True),
        (attrs.evolve(PLACED, code="200"), True),
        (attrs.evolve(PLACED, order_id=None), False),
        (attrs.evolve(PLACED, code="429000"), False),
        (REFUSED, False),
        (BatchCancelItem(order_id="1", code="200"), True),
        (BatchCancelItem(order_id="1", code="200000"), True),
        (BatchCancelItem(client_oid="a", code="200"), True),
        (BatchCancelItem(order_id="1", code="100004"), False),
    ],
)
def test_an_item_is_judged_by_its_own_code(item, ok):
    """An order needs its id besides; a cancel by client_oid has none and succeeds all the same."""
    assert item.ok is ok


def test_a_batch_is_a_sequence_of_its_items():
    """Length, order, index, slice and membership are those of the tuple."""
    batch = BatchResult(iter([PLACED, REFUSED]))

    assert len(batch) == 2
    assert list(batch) == [PLACED, REFUSED]
    assert batch[1] == REFUSED
    assert batch[-1:] == (REFUSED,)
    assert REFUSED in batch
    assert hash(batch) == hash(BatchResult((PLACED, REFUSED)))


def test_a_batch_with_failed_items_raises_on_request():
    """The error holds both halves, in order, because what succeeded is live."""
    batch = BatchResult([PLACED, REFUSED, PLACED])

    with pytest.raises(BatchError, match="1 of 3 items failed: b: 300003 Balance not enough") as caught:
        batch.raise_if_any_failed()

    assert batch.succeeded == caught.value.succeeded == (PLACED, PLACED)
    assert batch.failed == caught.value.failed == (REFUSED,)


def test_a_batch_without_failed_items_raises_nothing():
    """Success is silent."""
    assert BatchResult([PLACED]).raise_if_any_failed() is None
    assert BatchResult([PLACED]).failed == ()


def test_all_names_are_exported():
    """Every public class of the module is listed, in order."""
    defined = {
        name
        for name, value in vars(responses).items()
        if isinstance(value, type) and value.__module__ == responses.__name__
    }

    assert sorted(responses.__all__) == responses.__all__
    assert defined | {"BatchItem"} == set(responses.__all__)
