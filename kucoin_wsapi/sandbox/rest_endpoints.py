"""Everything that is served over REST."""

from .rest_calls import Endpoint
from .rest_dead_man_switch import DEAD_MAN_SWITCH
from .rest_look_ups import LOOK_UPS
from .rest_markets import MARKETS
from .rest_orders import ORDERS

# Fixed paths before those with an id in them.
ENDPOINTS: tuple[Endpoint, ...] = tuple(
    sorted((*MARKETS, *DEAD_MAN_SWITCH, *ORDERS, *LOOK_UPS), key=lambda endpoint: "{" in endpoint.path)
)
