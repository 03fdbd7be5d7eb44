"""Everything that is served over REST."""

from .rest_accounts import ACCOUNTS
from .rest_calls import Endpoint
from .rest_dead_man_switch import DEAD_MAN_SWITCH
from .rest_futures import FUTURES
from .rest_lists import LISTS
from .rest_look_ups import LOOK_UPS
from .rest_margin import MARGIN
from .rest_markets import MARKETS
from .rest_orders import ORDERS

# Fixed paths before those with an id in them.
ENDPOINTS: tuple[Endpoint, ...] = tuple(
    sorted(
        (*MARKETS, *ACCOUNTS, *DEAD_MAN_SWITCH, *ORDERS, *FUTURES, *MARGIN, *LOOK_UPS, *LISTS),
        key=lambda endpoint: "{" in endpoint.path,
    )
)
