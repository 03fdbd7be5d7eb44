"""A signer of the user's runs beside the connection, not in it."""

from __future__ import annotations

import threading
import time

import pytest

from kucoin_wsapi import NotReadyError, WebsocketAPIClient
from kucoin_wsapi._dialling import Dialler
from kucoin_wsapi._gates import Address
from kucoin_wsapi._signing import hmac_base64
from kucoin_wsapi.options import Options
from kucoin_wsapi.sandbox import Sandbox


def test_a_signer_that_hangs_holds_up_neither_deadlines_nor_the_end() -> None:
    """A call settles in its time, and the client closes, while the challenge is still being signed."""
    let_go, signing = threading.Event(), threading.Event()

    def sign(message: str, secret: str) -> str:
        if message.startswith("{"):  # the challenge
            signing.set()
            let_go.wait(30)
        return hmac_base64(message, secret)

    with Sandbox() as sandbox:
        client = WebsocketAPIClient(
            **sandbox.client_options(), sign_message=sign, close_timeout=0.1, attach_event_listeners=False
        )
        try:
            began = time.monotonic()
            future = client.cancel_spot_order(symbol="BTC-USDT", order_id="1", timeout=0.2)
            assert signing.wait(10)
            with pytest.raises(NotReadyError):
                future.result(10)
            client.close()
            took = time.monotonic() - began
        finally:
            let_go.set()

    assert took < 5
    assert not [
        thread
        for thread in threading.enumerate()
        if thread.name.startswith("kucoin-wsapi-spot-1") and not thread.name.endswith("-sign")
    ]


class SlowToAnswerTheFirst:
    """A gate that answers the first challenge when it is let go."""

    def __init__(self) -> None:
        self.let_go = threading.Event()

    def address(self, clock_skew: int) -> Address:
        """Not asked for here."""
        raise NotImplementedError

    def answer(self, question: str, clock_skew: int) -> str:
        """The second one at once."""
        if question == "first":
            assert self.let_go.wait(20)
        return f"answer to the {question}"


def test_a_late_answer_to_an_old_challenge_does_not_replace_the_present_one() -> None:
    """It would never be sent then: the login would hang, until it is given up."""
    gate, woken = SlowToAnswerTheFirst(), threading.Semaphore(0)
    lock = threading.RLock()
    dialler = Dialler(gate, Options(), lambda: pytest.fail("not asked for"), lock, woken.release)
    dialler.answer("first-sign", 1, "first", 0)
    dialler.answer("second-sign", 2, "second", 0)
    assert woken.acquire(timeout=20)
    gate.let_go.set()
    for thread in threading.enumerate():
        if thread.name == "first-sign":
            thread.join(20)
            assert not thread.is_alive()
    with lock:
        assert dialler.take_signature() == (2, "answer to the second")
