"""REST for the timer that cancels the spot orders of who does not set it again: KuCoin documentation, "Set DCP" and
"Get DCP" of spot."""

from .answers import Answer
from .exchange import Exchange
from .operations import Operation
from .rest_calls import Call, Endpoint, looking

PATH = "/api/v1/hf/orders/dead-cancel-all"
WEIGHT = 2  # of the spot pool, for both


def _set(exchange: Exchange, call: Call) -> Answer:
    return exchange.set_dead_man_switch(call.uid, call.body, call.now)


def _query(exchange: Exchange, call: Call) -> Answer:
    return exchange.query_dead_man_switch(call.uid, call.now)


DEAD_MAN_SWITCH = (
    Endpoint("POST", PATH, _set, Operation("Spot", "spot", WEIGHT, unified=False)),
    looking(f"{PATH}/query", "spot", WEIGHT, _query),
)
