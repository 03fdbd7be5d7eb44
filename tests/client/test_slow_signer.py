"""A signer of the user's runs beside the connection, not in it."""

from __future__ import annotations

import threading
import time

import pytest

from kucoin_wsapi import NotReadyError, WebsocketAPIClient
from kucoin_wsapi._signing import hmac_base64
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
