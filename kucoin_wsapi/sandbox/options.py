"""What can be chosen about a sandbox."""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Literal

from attrs import Attribute, evolve, field, frozen, validators

from .account_options import Account, check_accounts
from .exchange import Exchange
from .faults import Fault
from .hosts import check_host
from .rate_limits import QUOTAS
from .symbols import CONTRACTS, SYMBOLS, Contract, SpotSymbol
from .venue import Switches

ChallengeStyle = Literal["compact", "blanks", "swapped"]
PushTiming = Literal["random", "before", "after"]
USUAL_PUSH_MESSAGES: int | None = 100


def _known_pools(_: object, attribute: "Attribute[Mapping[str, int]]", value: Mapping[str, int]) -> None:
    unknown = set(value).difference(QUOTAS)
    if unknown:
        raise ValueError(f"{attribute.name}: no such pool: {sorted(unknown)}; there are {', '.join(QUOTAS)}")


def _possible_accounts(_: object, __: "Attribute[tuple[Account, ...]]", value: tuple[Account, ...]) -> None:
    check_accounts(value)


def _read_faults(faults: Iterable[Fault | str]) -> tuple[Fault, ...]:
    return tuple(Fault.parse(fault) if isinstance(fault, str) else fault for fault in faults)


@frozen(kw_only=True)
class SandboxOptions:
    """The validated options of one `Sandbox`, whose docstring explains them."""

    host: str = field(default="127.0.0.1", validator=validators.instance_of(str))
    serve_the_network: bool = False
    port: int = field(default=0, validator=[validators.ge(0), validators.le(65_535)])
    seed: int = 0
    challenge: ChallengeStyle = field(
        default="compact", validator=validators.in_(("compact", "blanks", "swapped"))
    )
    challenge_timeout: float = field(default=30.0, validator=validators.gt(0))
    clock_offset: float = 0.0
    start_time: float | None = field(default=None, validator=validators.optional(validators.gt(0)))
    ping_interval: int = field(default=18_000, validator=validators.gt(0))
    ping_timeout: int = field(default=10_000, validator=validators.gt(0))
    reuse_window: float = field(default=5.0, validator=validators.ge(0))
    rate_limits: Mapping[str, int] = field(factory=dict, validator=_known_pools)
    connection_limit: int | None = field(default=None, validator=validators.optional(validators.gt(0)))
    message_limit: int | None = field(default=None, validator=validators.optional(validators.gt(0)))
    id_limit: int = field(default=64, validator=validators.gt(0))
    push_timing: PushTiming = field(default="random", validator=validators.in_(("random", "before", "after")))
    push_message_limit: int | None = field(
        default=USUAL_PUSH_MESSAGES, validator=validators.optional(validators.gt(0))
    )
    push_patience: float = field(default=60.0, validator=validators.gt(0))
    accounts: tuple[Account, ...] = field(
        default=(Account(),),
        converter=tuple[Account, ...],
        validator=[validators.deep_iterable(validators.instance_of(Account)), _possible_accounts],
    )
    symbols: tuple[SpotSymbol, ...] = field(default=SYMBOLS, converter=tuple[SpotSymbol, ...])
    contracts: tuple[Contract, ...] = field(default=CONTRACTS, converter=tuple[Contract, ...])
    switches: Switches = field(factory=Switches, validator=validators.instance_of(Switches))
    liquidity: float = field(default=1.0, validator=validators.ge(0))
    market_pace: float = field(default=0.0, validator=[validators.ge(0), validators.le(100_000)])
    faults: tuple[Fault, ...] = field(
        default=(), converter=_read_faults, validator=validators.deep_iterable(validators.instance_of(Fault))
    )

    log: Callable[[str], None] | None = None

    def __attrs_post_init__(self) -> None:
        check_host(self.host, serve_the_network=self.serve_the_network)

    def open_exchange(self, now: int) -> Exchange:
        """A new exchange, without accounts; `now` in Unix nanoseconds."""
        factor = Decimal(str(self.liquidity))
        return Exchange(
            symbols=[evolve(symbol, maker_size=symbol.maker_size * factor) for symbol in self.symbols],
            contracts=[
                evolve(contract, maker_size=contract.maker_size * factor) for contract in self.contracts
            ],
            seed=self.seed,
            now=now,
            market_maker=factor > 0,
            switches=self.switches,
        )
