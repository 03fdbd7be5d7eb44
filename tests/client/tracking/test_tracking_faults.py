"""Tracked orders while answers, updates, streams and look-ups get lost."""

from __future__ import annotations

import gc
import threading
import weakref
from decimal import Decimal
from typing import Any

import pytest
from child import Child
from desk import PATIENCE, Desk, open_desk
from rest_front import Call, LostError
from scripted_exchange import eventually

from kucoin_wsapi import (
    AuthenticationError,
    ConnectionEvent,
    InsufficientFundsError,
    NotSentError,
    OutcomeUnknownError,
    SubscriptionError,
    TrackedOrder,
    TrackingError,
    WsKey,
    _order_inquiry,
)
from kucoin_wsapi.sandbox import Sandbox

SPOT_KEY = WsKey.SPOT_PRIVATE_V1
Answer = dict[str, Any]


def until(event: threading.Event) -> None:
    """Wait for it."""
    assert event.wait(PATIENCE)


def refuse_push(call: Call) -> Answer | None:
    """The key may not have a token of the private stream."""
    if "bullet-private" in call.path:
        return {"code": "400007", "msg": "Access denied, require more permission"}
    return None


def lose_push(call: Call) -> Answer | None:
    """No token can be had, for now."""
    if "bullet-private" in call.path:
        raise LostError
    return None


def lose_look_ups(call: Call) -> Answer | None:
    """Orders cannot be looked up, for now."""
    if "bullet-private" not in call.path:
        raise LostError
    return None


def test_what_happens_while_the_stream_is_lost_is_asked_for() -> None:
    """No token for as long as it takes; nobody waits, and the handler hears of it."""
    with open_desk() as desk:
        tracker = desk.client.track_order(desk.buy("0.01"))
        tracker.wait("resting", PATIENCE)
        eventually(lambda: tracker.is_streamed)
        done = threading.Event()
        tracker.on_change(lambda order: done.set() if order.is_done else None)
        desk.front.before = lose_push
        desk.relay.cut()
        desk.fill("0.004")
        desk.fill("0.006")
        assert not done.is_set()
        desk.front.before = lambda _: None
        until(done)

        order = tracker.order
        assert (order.state, order.filled_size, order.unseen_size) == ("filled", Decimal("0.01"), 0)
        assert order.average_price == 50000


def test_an_update_from_before_a_loss_says_nothing_of_what_was_missed_in_it() -> None:
    """It has waited behind a slow handler until the stream was back, and nothing could be looked up yet."""
    with open_desk() as desk:
        updates: list[Any] = []
        desk.client.get_ws_client().on("update", updates.append)
        tracker = desk.client.track_order(desk.buy("0.01"))
        tracker.wait("resting", PATIENCE)
        desk.fill("0.004")
        eventually(lambda: tracker.is_streamed and updates and tracker.order.unseen_size == 0)
        eventually(lambda: tracker._inquiry.asking_since is None)
        done = threading.Event()
        tracker.on_change(lambda order: done.set() if order.is_done else None)
        desk.front.before = lose_push
        desk.relay.cut()
        eventually(lambda: not tracker.is_streamed)
        desk.fill("0.006")
        desk.front.before = lose_look_ups
        eventually(lambda: tracker.is_streamed and tracker._inquiry.failure is not None)
        (feed,) = desk.client.get_ws_client()._tracking.tracking()._feeds.values()
        feed.handle(updates[-1])
        desk.front.before = lambda _: None
        until(done)

        assert (tracker.order.state, tracker.order.filled_size) == ("filled", Decimal("0.01"))


def test_somebody_who_waits_is_told_by_rest_while_there_is_no_stream(impatient: None) -> None:
    """It is asked again and again, until the order is done; the handle says so."""
    with open_desk() as desk:
        desk.front.before = lose_push
        tracker = desk.client.track_order(desk.buy("0.01"))
        assert tracker.wait("resting", PATIENCE).state == "resting"
        threading.Timer(0.1, desk.fill).start()
        order = tracker.wait(timeout=PATIENCE)

        assert (order.state, order.unseen_size, tracker.is_streamed) == ("filled", 0, False)


def test_a_stream_that_is_refused_to_the_key_is_replaced_by_rest(impatient: None) -> None:
    """Without hammering it for tokens; the reason is at hand."""
    with open_desk() as desk:
        desk.front.before = refuse_push
        tracker = desk.client.track_order(desk.buy("0.01"))
        tracker.wait("resting", PATIENCE)
        threading.Timer(0.1, desk.fill).start()
        order = tracker.wait(timeout=PATIENCE)

        assert (order.state, tracker.is_streamed) == ("filled", False)
        assert isinstance(tracker.stream_error, SubscriptionError)
        assert isinstance(tracker.stream_error.__cause__, AuthenticationError)
        assert len([call for call in desk.front.calls if "bullet" in call.path]) == 1


def test_a_key_that_may_neither_listen_nor_look_ends_the_wait(impatient: None) -> None:
    """Rather than letting it hang."""
    with open_desk() as desk:
        desk.front.before = lambda _: {"code": "400007", "msg": "Access denied, require more permission"}
        tracker = desk.client.track_order(desk.buy("0.01"))
        with pytest.raises(TrackingError, match="neither stream nor look-ups") as caught:
            tracker.wait(timeout=PATIENCE)

        assert isinstance(caught.value.__cause__, AuthenticationError)
        assert caught.value.order.state == "accepted"


def test_a_key_that_may_not_look_waits_for_a_stream_that_is_on_its_way(impatient: None) -> None:
    """It is not the end that it is not there yet."""
    with open_desk() as desk:
        refused = threading.Event()

        def refuse_look_ups(call: Call) -> Answer | None:
            if "bullet-private" in call.path:
                until(refused)
                return None
            refused.set()
            return {"code": "400007", "msg": "Access denied, require more permission"}

        def fill_when_streamed() -> None:
            eventually(lambda: tracker.is_streamed)
            desk.fill("0.01")

        desk.front.before = refuse_look_ups
        tracker = desk.client.track_order(desk.buy("0.01"))
        filling = threading.Thread(target=fill_when_streamed)
        filling.start()
        try:
            order = tracker.wait(timeout=PATIENCE)
        finally:
            filling.join()

    assert order.state == "filled"


def test_a_key_that_may_not_look_any_more_ends_the_wait_with_its_stream(impatient: None) -> None:
    """It was revoked: the stream is not tried again."""
    with open_desk() as desk:
        tracker = desk.client.track_order(desk.buy("0.01"))
        tracker.wait("resting", PATIENCE)
        eventually(lambda: tracker.is_streamed)
        desk.front.before = lambda _: {"code": "400003", "msg": "KC-API-KEY not exists"}
        desk.relay.cut()

        with pytest.raises(TrackingError, match="neither stream nor look-ups"):
            tracker.wait(timeout=PATIENCE)


def test_look_ups_that_fail_are_repeated(impatient: None) -> None:
    """A passing fault of REST hides nothing for long."""
    with open_desk() as desk:
        failed = []

        def fail_first(call: Call) -> Answer | None:
            if "bullet" in call.path or len(failed) < 4:
                failed.append(call)
                raise LostError
            return None

        desk.front.before = fail_first
        ack = desk.buy("0.01").result().data
        tracker = desk.client.track_order(ack.client_oid, product="spot", symbol="BTC-USDT")

        assert tracker.wait("resting", PATIENCE).order_id == ack.order_id


def test_a_look_up_that_fails_as_none_should_is_repeated_too(
    impatient: None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Such as one for which no file can be opened: who waits is not left alone, and the log has it."""
    with open_desk() as desk:
        desk.front.before = lose_push
        look_ups = desk.client.get_ws_client()._look_ups
        find_order, failed = look_ups.find_order, []

        def fail_first(name: Any) -> Any:
            if len(failed) < 2:
                failed.append(name)
                raise OSError("too many open files")
            return find_order(name)

        monkeypatch.setattr(type(look_ups), "find_order", lambda _, name: fail_first(name))
        tracker = desk.client.track_order(desk.buy("0.01"))

        assert tracker.wait("resting", PATIENCE).state == "resting"
    assert len([record for record in caplog.records if record.exc_info]) == len(failed) == 2


FAULTS = {
    "push-missing": "push-missing:probability=0.4,op=/spotMarket/*",
    "push-twice": "push-twice:probability=0.5,op=/spotMarket/*",
    "push-reordered": "push-reordered:probability=0.5,delay=0.05,op=/spotMarket/*",
    "push-close": "push-close:every=6,op=/spotMarket/*",
}


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    "faults", [*([kind] for kind in FAULTS), list(FAULTS)], ids=lambda kinds: "+".join(kinds)
)
def test_whatever_becomes_of_the_updates_every_order_ends_in_the_truth(faults: list[str]) -> None:
    """Lost, doubled, swapped, the stream cut: states, sizes and fills are those of the ledger, and never go back."""
    with open_desk(faults=[FAULTS[kind] for kind in faults]) as desk:
        trackers = [desk.client.track_order(desk.buy("0.01", str(50000 + number))) for number in range(8)]
        seen: list[list[TrackedOrder]] = [[] for _ in trackers]
        for tracker, orders in zip(trackers, seen, strict=True):
            tracker.on_change(orders.append)
            tracker.wait("resting", PATIENCE)
        for number in reversed(range(8)):
            desk.fill("0.004", str(50000 + number))
            if number % 2:
                desk.client.cancel_spot_order(
                    symbol="BTC-USDT", order_id=trackers[number].order.order_id
                ).result()
            else:
                desk.fill("0.006", str(50000 + number))
        for number, tracker in enumerate(trackers):
            tracker.wait(timeout=PATIENCE)
            eventually(lambda tracker=tracker: tracker.order.unseen_size == 0)
            order = tracker.order
            truth = desk.truth(order.order_id)
            assert order.state == ("cancelled" if number % 2 else "filled")
            assert (order.filled_size, order.average_price) == (truth.filled_size, truth.average_price)
            trades = {fill.trade_id for fill in desk.sandbox.fills if fill.order_id == order.order_id}
            assert sorted(fill.trade_id for fill in order.fills) == sorted(trades)
        for orders in seen:
            assert [order.filled_size for order in orders] == sorted(order.filled_size for order in orders)
            done = [order.is_done for order in orders]
            assert done == sorted(done)


def test_an_order_whose_answer_is_lost_is_followed_all_the_same() -> None:
    """Its updates come; what the call ended with does not end the order."""
    with open_desk(faults=["no-reply:op=spot.order"]) as desk:
        future = desk.buy("0.01", timeout=0.3)
        tracker = desk.client.track_order(future)
        assert isinstance(future.exception(), OutcomeUnknownError)
        assert tracker.wait("resting", PATIENCE).order_id is not None
        desk.fill("0.01")

        assert tracker.wait(timeout=PATIENCE).state == "filled"


def test_an_order_that_never_arrived_ends_as_never_placed(impatient: None) -> None:
    """When that is certain."""
    with open_desk(faults=["close:executed=no,op=spot.order"]) as desk:
        future = desk.buy("0.01", timeout=1)
        tracker = desk.client.track_order(future)
        order = tracker.wait(timeout=PATIENCE)

        assert isinstance(future.exception(), OutcomeUnknownError)
        assert (order.state, order.order_id) == ("never_placed", None)


def test_the_exception_of_a_call_is_followed_too(impatient: None) -> None:
    """It says which order it is."""
    with open_desk(faults=["no-reply:op=spot.order"]) as desk:
        error = desk.buy("0.01", timeout=0.3).exception()
        assert isinstance(error, OutcomeUnknownError)
        tracker = desk.client.track_order(error)
        assert tracker.wait("resting", PATIENCE).client_oid == error.client_oid
        desk.fill("0.01")

        assert tracker.wait(timeout=PATIENCE).state == "filled"


def test_an_order_that_was_not_sent_was_never_placed(desk: Desk) -> None:
    """Nothing is looked up for it."""
    desk.client.connect_ws_api()
    desk.client.get_ws_client().close("wsApiSpotV1")
    future = desk.buy("0.01")
    error = future.exception()
    order = desk.client.track_order(future).wait(timeout=PATIENCE)

    assert isinstance(error, NotSentError)
    assert (order.state, order.error) == ("never_placed", error)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("executed", ["yes", "no"])
def test_a_modify_without_an_answer_is_followed_to_what_became_of_it(executed: str) -> None:
    """To the new order if there is one; else the old one goes on."""
    fault = "no-reply:op=spot.modify" + (",executed=no" if executed == "no" else "")
    with open_desk(faults=[fault]) as desk:
        tracker = desk.client.track_order(desk.buy("0.01"))
        old = tracker.wait("resting", PATIENCE).order_id
        modify = desk.client.modify_spot_order(
            symbol="BTC-USDT", order_id=old, new_price="51000", timeout=0.3
        )
        assert isinstance(modify.exception(), OutcomeUnknownError)
        desk.fill("0.01", "51000" if executed == "yes" else "50000")
        order = tracker.wait(timeout=PATIENCE)

        assert order.state == "filled"
        assert (order.order_id == old) is (executed == "no")


@pytest.mark.usefixtures("impatient")
def test_a_cancel_after_several_modifies_without_an_answer_ends_the_order() -> None:
    """None of them was executed: none holds it back any more, once that is certain."""
    with open_desk(faults=["no-reply:op=spot.modify,executed=no"]) as desk:
        tracker = desk.client.track_order(desk.buy("0.01"))
        order_id = tracker.wait("resting", PATIENCE).order_id
        modifies = [
            desk.client.modify_spot_order(symbol="BTC-USDT", order_id=order_id, new_price=price, timeout=0.3)
            for price in ("51000", "52000")
        ]
        assert all(isinstance(modify.exception(), OutcomeUnknownError) for modify in modifies)
        desk.client.cancel_spot_order(symbol="BTC-USDT", order_id=order_id).result()
        order = tracker.wait(timeout=PATIENCE)

    assert (order.state, order.order_id) == ("cancelled", order_id)


def test_modifies_whose_answers_come_in_another_order_lead_to_the_last_one() -> None:
    """The second of three is answered last."""
    with open_desk(faults=["reply-late:delay=0.3,every=2,op=spot.modify"]) as desk:
        tracker = desk.client.track_order(desk.buy("0.01"))
        client_oid = tracker.wait("resting", PATIENCE).client_oid
        modifies = [
            desk.client.modify_spot_order(symbol="BTC-USDT", client_oid=client_oid, new_price=price)
            for price in ("50100", "50200", "50300")
        ]
        new = [modify.result().data.new_order_id for modify in modifies]
        desk.fill("0.01", "50300")
        order = tracker.wait(timeout=PATIENCE)

    assert (order.order_id, order.state) == (new[-1], "filled")


def test_closing_the_client_ends_every_wait(desk: Desk) -> None:
    """With an error that has the order as it was."""
    trackers = [desk.client.track_order(desk.buy("0.001", str(40000 + number))) for number in range(2)]
    for tracker in trackers:
        tracker.wait("resting", PATIENCE)
    ended: list[BaseException] = []

    def wait(tracker: Any) -> None:
        try:
            tracker.wait()
        except TrackingError as error:
            ended.append(error)

    threads = [threading.Thread(target=wait, args=(tracker,)) for tracker in trackers]
    for thread in threads:
        thread.start()
    desk.client.close()
    for thread in threads:
        thread.join(PATIENCE)

    assert [str(error).partition(":")[0] for error in ended] == ["the client is closed"] * 2
    with pytest.raises(TrackingError, match="the client is closed"):
        trackers[0].wait()


def test_an_order_is_tracked_by_a_closed_client_as_far_as_that_goes(desk: Desk) -> None:
    """The future says that it was not sent; an id cannot be followed."""
    desk.client.close()

    assert desk.client.track_order(desk.buy("0.01")).wait(timeout=1).state == "never_placed"
    with pytest.raises(TrackingError, match="closed"):
        desk.client.track_order("mine", product="spot", symbol="BTC-USDT").wait(timeout=1)


def test_handlers_run_on_the_thread_of_the_updates_and_may_raise(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    """What one raises is an event, and stops neither the others nor the order."""
    errors: list[Any] = []
    desk.client.get_ws_client().on("exception", errors.append)
    names: set[str] = set()
    tracker = desk.client.track_order(desk.buy("0.01"))

    @tracker.on_change
    def fail(_: TrackedOrder) -> None:
        raise RuntimeError("a bug of the user")

    tracker.on_change(lambda _: names.add(threading.current_thread().name))
    tracker.wait("resting", PATIENCE)
    desk.fill("0.01")
    tracker.wait(timeout=PATIENCE)
    desk.client.close()

    assert [name.startswith("kucoin-wsapi-spotPrivateV1-updates") for name in names] == [True]
    assert errors
    assert all(isinstance(event.error, RuntimeError) for event in errors)


def test_waiting_in_a_handler_goes_by_rest(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """No update can come while its thread waits; that the stream is live is no reason to wait for it."""
    monkeypatch.setattr(_order_inquiry, "_UNTIL_DOUBT", 2 * PATIENCE)
    first = desk.client.track_order(desk.buy("0.01"))
    second = desk.client.track_order(desk.buy("0.001", "40000"))
    second.wait("resting", PATIENCE)
    outcome: list[TrackedOrder] = []
    waited, waiting = threading.Event(), threading.Event()

    @first.on_change
    def cancel_the_other(order: TrackedOrder) -> None:
        if order.is_done and not waited.is_set():
            waiting.set()
            desk.client.cancel_spot_order(symbol="BTC-USDT", order_id=second.order.order_id).result()
            outcome.append(second.wait(timeout=PATIENCE))
            waited.set()

    first.wait("resting", PATIENCE)
    desk.fill("0.01")
    until(waited)

    assert [order.state for order in outcome] == ["cancelled"]


@pytest.mark.parametrize("made_of", ["future", "error"])
def test_a_refusal_that_comes_late_is_the_end_of_the_order(made_of: str) -> None:
    """It says at once, and why, what a look-up could only conclude after a while."""
    with open_desk(faults=["reply-late:delay=1"]) as desk:
        future = desk.buy("9000", timeout=0.3)
        tracker = desk.client.track_order(future if made_of == "future" else future.exception())
        order = tracker.wait(timeout=PATIENCE)

    assert order.state == "never_placed"
    assert isinstance(order.error, InsufficientFundsError)


@pytest.mark.parametrize("state", ["cancelled", "filled"])
def test_a_late_answer_to_a_cancel_says_nothing_of_how_its_order_was_placed(
    state: str, caplog: pytest.LogCaptureFixture
) -> None:
    """That it could not be cancelled any more does not mean that it never was there."""
    with open_desk(faults=["reply-late:delay=1,op=spot.cancel"]) as desk:
        late = threading.Event()
        for event in ("response", "exception"):
            desk.client.get_ws_client().on(event, lambda told: told.late and late.set())
        order_id = desk.buy("0.01").result().data.order_id
        if state == "filled":
            desk.fill("0.01")
        cancel = desk.client.cancel_spot_order(symbol="BTC-USDT", order_id=order_id, timeout=0.3)
        error = cancel.exception()
        assert isinstance(error, OutcomeUnknownError)
        tracker = desk.client.track_order(error)
        until(late)

        order = tracker.wait(timeout=PATIENCE)
    assert (order.state, order.order_id) == (state, order_id)
    assert "internal error" not in caplog.text


def test_an_answer_that_comes_late_names_the_order() -> None:
    """Where nobody else can tell: there is neither REST nor, without its token, a stream."""

    def lose(_: Call) -> None:
        raise LostError

    with open_desk(faults=["reply-late:delay=1"]) as desk:
        desk.front.before = lose
        tracker = desk.client.track_order(desk.buy("0.01", timeout=0.3))
        order = tracker.wait("accepted", PATIENCE)

        assert order.order_id == desk.sandbox.orders[0].order_id


def test_a_handle_that_is_forgotten_leaves_nothing_behind(desk: Desk) -> None:
    """Neither itself, nor its names in the tables."""
    future = desk.buy("0.01")
    tracker = desk.client.track_order(future)
    tracker.on_change(lambda order: None)
    tracker.wait("resting", PATIENCE)
    gone = weakref.ref(tracker)
    del tracker

    def is_collected() -> bool:
        # The thread that has just told of the order, or looks it up, holds it until it is through.
        gc.collect()
        return gone() is None

    eventually(is_collected)
    (feed,) = desk.client.get_ws_client()._tracking.tracking()._feeds.values()
    eventually(lambda: feed.is_live)
    desk.fill("0.01")  # the next update finds that it is gone

    eventually(lambda: not feed._followers and not feed._ids)


def test_an_acknowledgement_by_a_connection_that_was_lost_since_counts_for_nothing(desk: Desk) -> None:
    """It came before the loss, and is seen after it: what is live now is to be asked for again."""
    tracker = desk.client.track_order(desk.buy("0.01"))
    eventually(lambda: tracker.is_streamed)
    (feed,) = desk.client.get_ws_client()._tracking.tracking()._feeds.values()
    asked, losses = feed._asked, feed._losses
    feed._thread.stop()  # so that nobody asks
    feed._thread.join(PATIENCE)
    feed.notice(ConnectionEvent("reconnect", SPOT_KEY, 1))
    assert asked is not None
    feed.settled(asked, losses)

    assert not tracker.is_streamed


def test_a_forgotten_client_with_tracked_orders_ends_its_threads() -> None:
    """A handle keeps its client; when both are forgotten, all is over."""
    with open_desk() as desk:
        client = type(desk.client)(
            **{**desk.sandbox.client_options(), "close_timeout": 0.2}, attach_event_listeners=False
        )
        tracker = client.track_order(
            client.submit_new_spot_order(
                symbol="BTC-USDT", side="buy", type="limit", price="50000", size="0.01"
            )
        )
        tracker.on_change(lambda order: None)
        tracker.wait("resting", PATIENCE)
        inner = weakref.ref(client.get_ws_client())
        del client
        gc.collect()
        assert inner() is not None
        handles = [tracker]
        del tracker

        def forget() -> None:
            handles.clear()
            eventually(lambda: inner() is None)  # a look-up that is on its way ends first

        with pytest.warns(ResourceWarning, match="unclosed"):
            forget()


def test_an_update_that_nobody_tracks_is_not_even_read(desk: Desk) -> None:
    """It costs two look-ups by id."""
    updates: list[Any] = []
    came = threading.Event()
    ws_client = desk.client.get_ws_client()
    ws_client.on("update", lambda update: (updates.append(update), came.set()))
    tracker = desk.client.track_order(desk.buy("0.001", "40000"))
    tracker.wait("resting", PATIENCE)
    ws_client.connect(SPOT_KEY)
    ws_client.subscribe("/spotMarket/tradeOrdersV2", SPOT_KEY).result()
    updates.clear()
    came.clear()
    ack = desk.buy("0.001", "41000").result().data
    until(came)
    ws_client.unsubscribe("/spotMarket/tradeOrdersV2", SPOT_KEY).result()

    strangers = [update for update in updates if update.raw["data"]["orderId"] == ack.order_id]
    assert strangers
    assert all(not hasattr(update._data, "order_id") for update in strangers)


def test_an_update_that_was_never_sent_is_noticed_by_who_waits(desk: Desk, impatient: None) -> None:
    """Here because the program itself has unsubscribed."""
    tracker = desk.client.track_order(desk.buy("0.01"))
    tracker.wait("resting", PATIENCE)
    ws_client = desk.client.get_ws_client()
    ws_client.subscribe("/spotMarket/tradeOrdersV2", SPOT_KEY).result()
    ws_client.unsubscribe("/spotMarket/tradeOrdersV2", SPOT_KEY).result()
    desk.fill("0.01")

    assert tracker.wait(timeout=PATIENCE).state == "filled"


def test_a_new_order_is_streamed_again_after_the_program_has_unsubscribed(desk: Desk) -> None:
    """Tracking subscribes by itself."""
    first = desk.client.track_order(desk.buy("0.001", "40000"))
    first.wait("resting", PATIENCE)
    ws_client = desk.client.get_ws_client()
    ws_client.subscribe("/spotMarket/tradeOrdersV2", SPOT_KEY).result()
    ws_client.unsubscribe("/spotMarket/tradeOrdersV2", SPOT_KEY).result()
    second = desk.client.track_order(desk.buy("0.01"))
    eventually(lambda: second.is_streamed)

    assert ws_client.subscriptions(SPOT_KEY) == ("/spotMarket/tradeOrdersV2",)


_LEFT_OPEN = """
__import__("warnings").filterwarnings("ignore", category=DeprecationWarning)
client = WebsocketAPIClient(**options, attach_event_listeners=False)
tracker = client.track_order(client.submit_new_spot_order(**RESTING))
tracker.wait("resting", 20)
child = os.fork()
if child == 0:
    try:
        tracker.wait()
    except TrackingError as error:
        assert "parent" in str(error)
        try:
            client.track_order("mine", product="spot", symbol="BTC-USDT")
        except InvalidRequestError as error:
            assert "fork" in str(error)
            os._exit(0)
    os._exit(1)
say("child ended", os.waitpid(child, 0)[1])
client.cancel_spot_order(symbol="BTC-USDT", order_id=tracker.order.order_id)
say(tracker.wait(timeout=20).state)
tracker.on_change(print)
"""


def test_a_forked_child_follows_nothing_and_a_program_that_just_ends_ends() -> None:
    """Neither threads nor locks of the parent are the child's; a handle that is left open holds up nobody."""
    with Sandbox() as sandbox, Child(_LEFT_OPEN, sandbox.client_options()) as child:
        assert child.hear() == "child ended 0"
        assert child.hear() == "cancelled"
        assert child.end()[0] == 0


def test_a_wait_that_was_interrupted_at_its_beginning_hinders_no_other(
    impatient: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits any more, so that REST is not asked for ever; who waits next is told by REST."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with open_desk() as desk:
        tracker = desk.client.track_order(desk.buy("0.01"))
        tracker.wait("resting", PATIENCE)
        desk.front.before = lose_push
        desk.relay.cut()
        eventually(lambda: not tracker.is_streamed)
        eventually(lambda: tracker._due is None)
        with monkeypatch.context() as patch:
            patch.setattr(tracker._thread, "plan", interrupt)
            with pytest.raises(KeyboardInterrupt):
                tracker.wait(timeout=PATIENCE)
        assert (tracker._waiters, tracker._deaf_waiters) == (0, 0)
        assert tracker._due is None  # else no look-up is ever planned again

        desk.fill("0.01")
        assert tracker.wait(timeout=PATIENCE).state == "filled"


def test_an_answer_that_comes_late_to_an_order_without_ids_ends_the_doubt(impatient: None) -> None:
    """It could not be looked up; from its answer on it can."""
    order = {"symbol": "BTC-USDT", "side": "buy", "type": "limit", "price": "50000", "size": "0.01"}
    with open_desk(faults=["reply-late:delay=1"]) as desk:
        desk.client.connect_ws_api()
        late = threading.Event()
        ws_client = desk.client.get_ws_client()
        ws_client.on("response", lambda told: told.late and late.set())
        future = ws_client.send_ws_api_request("wsApiSpotV1", "spot.order", order, timeout=0.3)
        tracker = desk.client.track_order(future)
        with pytest.raises(TrackingError):
            tracker.wait("resting", PATIENCE)
        until(late)

        assert tracker.wait("resting", PATIENCE).order_id is not None
        desk.fill("0.01")
        assert tracker.wait(timeout=PATIENCE).state == "filled"


def test_a_start_of_tracking_that_ctrl_c_interrupts_spoils_no_other(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever is tracked next finds that the first one is gone."""

    class Interrupted(dict[str, Any]):
        def __setitem__(self, *_: object) -> None:
            raise KeyboardInterrupt

    first = desk.client.track_order(desk.buy("0.001", "40000"))
    first.wait("resting", PATIENCE)
    (feed,) = desk.client.get_ws_client()._tracking.tracking()._feeds.values()
    future = desk.buy("0.001", "40100")
    with monkeypatch.context() as patch:
        patch.setattr(feed, "_followers", Interrupted(feed._followers))
        with pytest.raises(KeyboardInterrupt) as caught:
            desk.client.track_order(future)
    caught.value.__traceback__ = None
    del caught
    # Not that it is noted as gone: an update may have forgotten it by then.
    eventually(lambda: gc.collect() is not None and len(list(feed._all)) == 1)
    tracker = desk.client.track_order(desk.buy("0.001", "40200"))

    assert tracker.wait("resting", PATIENCE).state == "resting"
