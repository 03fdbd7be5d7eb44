"""From when on a tracked order that is not found is not there: a time that does not run away."""

from types import SimpleNamespace
from typing import Any

from kucoin_wsapi._clock import ExchangeClock
from kucoin_wsapi._journeys import Journeys
from kucoin_wsapi._look_ups import LookUps
from kucoin_wsapi._resolving import certain_at, subject_of
from kucoin_wsapi.exceptions import ReplyTimeoutError
from kucoin_wsapi.options import Options, WsKey
from kucoin_wsapi.orders import SpotOrder

SPOT = WsKey.WS_API_SPOT_V1
ORDER = SpotOrder(symbol="BTC-USDT", side="buy", type="limit", price="1", size="1", client_oid="lost")


def test_orders_that_are_answered_all_the_time_do_not_put_off_the_certainty_about_another():
    """The first answer to a later request shows that it is not on its way; those after that show nothing new."""
    journeys = Journeys()
    # As much of a connection as is asked here.
    connection: Any = SimpleNamespace(quiet_since=journeys.quiet_since, clock=ExchangeClock())
    connections = {SPOT: connection}
    look_ups = LookUps(None, Options(), connections, "prefix")
    lost = ReplyTimeoutError(
        "no answer",
        request_id="prefix-1",
        op="spot.order",
        ws_key=SPOT,
        client_oid="lost",
        request=ORDER,
        sent_at=100.0,
        generation=1,
    )
    certain = look_ups.certainty(lost, subject_of(lost, None, None, None))
    assert certain() == float("inf")

    for later in range(101, 200, 5):
        journeys.answered(1, sent_at=float(later), now=later + 0.1)
        assert certain() == certain_at(101.1, None)
