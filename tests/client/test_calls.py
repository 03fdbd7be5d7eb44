"""The future that a request is answered with, and the call that settles it."""

import asyncio
import concurrent.futures
import gc
import logging
import os
import threading
import weakref

import pytest
from protocol_support import make_call

from kucoin_wsapi._calls import Call, ResponseFuture
from kucoin_wsapi.exceptions import ClientClosedError, ConnectionLostError, OutcomeUnknownError
from kucoin_wsapi.options import WsKey

SPOT = WsKey.WS_API_SPOT_V1


def test_a_future_knows_its_request():
    """Whatever becomes of it."""
    future = make_call("r1").future

    assert (future.request_id, future.op, future.ws_key, future.client_oid) == (
        "r1",
        "spot.order",
        SPOT,
        "oid-r1",
    )


def test_a_call_settles_with_its_response():
    """And is done then."""
    call = make_call()
    assert call.claim()
    call.settle("response")

    assert call.future.result(0) == "response"
    assert call.future.exception(0) is None


def test_a_call_settles_with_its_exception():
    """Raised by ``result``, handed out by ``exception``."""
    call = make_call()
    error = call.error(ClientClosedError, "closed")
    call.settle(error)

    assert call.future.exception(0) is error
    with pytest.raises(ClientClosedError, match="closed"):
        call.future.result(0)


def test_a_future_that_someone_else_settled_is_logged_not_raised(caplog):
    """A program that calls ``set_result`` itself must not break the loop thread."""
    call = make_call("r7")
    call.claim()
    call.future.set_result("mine")

    call.settle("theirs")

    assert call.future.result(0) == "mine"
    assert "r7 was settled by someone else" in caplog.text


def test_a_cancelled_call_takes_no_outcome():
    """It stays cancelled, and those who wait for it are told."""
    call = make_call()
    assert call.future.cancel()
    call.settle(call.error(ClientClosedError, "closed"))

    assert call.future.cancelled()
    done, _ = concurrent.futures.wait([call.future], timeout=1)
    assert done == {call.future}


def test_cancel_tells_the_client_once():
    """The first success does; later ones change nothing."""
    told: list[str] = []
    call = make_call()
    future = call.future
    future._bind(None, call, lambda cancelled: told.append(cancelled.id))

    assert future.cancel()
    assert future.cancel()
    assert told == [call.id]


def test_what_is_sent_cannot_be_cancelled():
    """The order may be executed already; nobody is told."""
    told: list[str] = []
    call = make_call()
    call.future._bind(None, call, lambda cancelled: told.append(cancelled.id))
    call.claim()

    assert not call.future.cancel()
    assert not call.future.cancelled()
    assert told == []


class Client:
    """Something that can be collected."""

    def withdraw(self, call: Call) -> None:
        """What a cancel tells."""


def test_a_pending_future_keeps_its_client_alive_and_a_settled_one_does_not():
    """So that a client made for one request lives until the answer, and no longer."""
    for ending in ("settled", "cancelled"):
        client = Client()
        alive = weakref.ref(client)
        call = make_call()
        call.future._bind(client, call, client.withdraw)
        del client
        gc.collect()
        assert alive() is not None

        if ending == "settled":
            call.claim()
            call.settle("response")
        else:
            call.future.cancel()
        gc.collect()
        assert alive() is None, ending


def test_callbacks_are_handed_to_the_clients_callback_thread():
    """Never run where the future is settled."""
    jobs: list[tuple[object, ...]] = []
    future: ResponseFuture[str] = ResponseFuture(
        "r1", "op", SPOT, None, lambda *job: jobs.append(job), os.getpid()
    )

    def callback(done: object) -> None:
        raise AssertionError("run by the settling thread")

    future.add_done_callback(callback)
    assert jobs == []
    future.set_result("x")
    assert jobs == [(callback, future)]
    future.add_done_callback(callback)
    assert jobs == [(callback, future)] * 2


def test_the_tools_of_the_standard_library_work():
    """``wait``, ``as_completed`` and a wait in another thread."""
    calls = [make_call(f"r{number}") for number in range(3)]
    for call in calls:
        call.claim()
    settling = threading.Thread(target=lambda: [call.settle(call.id) for call in calls])
    settling.start()

    done = {future.result() for future in concurrent.futures.as_completed(call.future for call in calls)}
    settling.join()

    assert done == {"r0", "r1", "r2"}
    assert concurrent.futures.wait([call.future for call in calls]).not_done == set()


def test_a_future_can_be_awaited():
    """With ``asyncio.wrap_future``, in a program that has a loop."""
    call = make_call()
    call.claim()

    async def main() -> object:
        waiting = asyncio.wrap_future(call.future)
        thread = threading.Thread(target=call.settle, args=("response",))
        thread.start()
        answer = await asyncio.wait_for(waiting, 10)
        thread.join()
        return answer

    assert asyncio.run(main()) == "response"


def test_waiting_in_vain_raises_and_changes_nothing():
    """The timeout of ``result`` is the waiter's, not the call's."""
    call = make_call()

    with pytest.raises(concurrent.futures.TimeoutError):
        call.future.result(0.001)
    with pytest.raises(concurrent.futures.TimeoutError):
        call.future.exception(0.001)
    assert not call.future.done()


@pytest.mark.parametrize("sent", [True, False])
def test_an_interrupted_wait_for_a_sent_request_is_logged_with_its_order(sent, caplog):
    """Ctrl-C passes through; the log says what to look up, if there can be something to look up."""
    call = make_call("r9")
    if sent:
        call.claim()
    call.future._condition = InterruptedCondition()  # type: ignore[assignment]  # where the standard library waits

    with caplog.at_level(logging.WARNING, "kucoin_wsapi"), pytest.raises(KeyboardInterrupt):
        call.future.result()

    assert ("look up client_oid oid-r9" in caplog.text) is sent


class InterruptedCondition(threading.Condition):
    """A wait during which the user presses Ctrl-C."""

    def wait(self, timeout: float | None = None) -> bool:
        raise KeyboardInterrupt


def test_a_wait_that_ends_otherwise_is_not_logged(caplog):
    """An exception of the call is not an interruption."""
    call = make_call()
    call.settle(call.error(ConnectionLostError, "lost"))

    with pytest.raises(ConnectionLostError):
        call.future.result()
    assert caplog.records == []


def test_in_a_forked_child_a_pending_future_raises_instead_of_waiting_for_ever():
    """Only the parent learns what becomes of it; what had settled before the fork stays readable."""
    pending, settled = make_call("r1"), make_call("r2")
    settled.claim()
    settled.settle("response")
    pending.future._pid = settled.future._pid = os.getpid() + 1  # as it is for a child

    for wait in (pending.future.result, pending.future.exception):
        with pytest.raises(OutcomeUnknownError, match="only the parent process") as caught:
            wait()
        assert caught.value.client_oid == "oid-r1"
    assert settled.future.result() == "response"


def test_errors_of_one_call_are_fresh_each_time():
    """A shared one would collect the tracebacks of all that raise it."""
    call = make_call()
    first, second = (call.error(ClientClosedError, "closed") for _ in range(2))

    assert first is not second


def test_a_call_with_the_same_content_is_another_call():
    """Identity is what counts in the tables."""
    assert make_call() != make_call()
