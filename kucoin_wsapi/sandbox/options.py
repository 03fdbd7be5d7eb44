"""What can be chosen about a sandbox."""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Literal

from attrs import Attribute, evolve, field, frozen

from .account_options import Account, check_accounts
from .checks import instances_of, number, one_of
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


def _text(_: object, attribute: "Attribute[str]", value: object) -> None:
    if not isinstance(value, str):
        raise TypeError(f"{attribute.name}: a text is needed, not {value!r}")


def _switches(_: object, attribute: "Attribute[Switches]", value: object) -> None:
    if not isinstance(value, Switches):
        raise TypeError(f"{attribute.name}: a Switches is needed, not {value!r}")


def _read_faults(faults: Iterable[Fault | str]) -> tuple[Fault, ...]:
    return tuple(Fault.parse(fault) if isinstance(fault, str) else fault for fault in faults)


@frozen(kw_only=True)
class SandboxOptions:
    """The validated options of one `Sandbox`, whose docstring explains them."""

    host: str = field(default="127.0.0.1", validator=_text)
    serve_the_network: bool = False
    port: int = field(default=0, validator=number(0, 65_535, whole=True))
    seed: int = field(default=0, validator=number(whole=True))
    challenge: ChallengeStyle = field(default="compact", validator=one_of("compact", "blanks", "swapped"))
    challenge_timeout: float = field(default=30.0, validator=number(above=0))
    clock_offset: float = field(default=0.0, validator=number())
    start_time: float | None = field(default=None, validator=number(above=0, optional=True))
    ping_interval: int = field(default=18_000, validator=number(above=0))
    ping_timeout: int = field(default=10_000, validator=number(above=0))
    reuse_window: float = field(default=5.0, validator=number(0))
    rate_limits: Mapping[str, int] = field(factory=dict, validator=_known_pools)
    connection_limit: int | None = field(default=None, validator=number(1, optional=True))
    message_limit: int | None = field(default=None, validator=number(1, optional=True))
    id_limit: int = field(default=64, validator=number(1))
    push_timing: PushTiming = field(default="random", validator=one_of("random", "before", "after"))
    push_message_limit: int | None = field(default=USUAL_PUSH_MESSAGES, validator=number(1, optional=True))
    push_patience: float = field(default=60.0, validator=number(above=0))
    accounts: tuple[Account, ...] = field(
        default=(Account(),),
        converter=tuple[Account, ...],
        validator=[instances_of(Account), _possible_accounts],
    )
    symbols: tuple[SpotSymbol, ...] = field(
        default=SYMBOLS, converter=tuple[SpotSymbol, ...], validator=instances_of(SpotSymbol)
    )
    contracts: tuple[Contract, ...] = field(
        default=CONTRACTS, converter=tuple[Contract, ...], validator=instances_of(Contract)
    )
    switches: Switches = field(factory=Switches, validator=_switches)
    liquidity: float = field(default=1.0, validator=number(0))
    market_pace: float = field(default=0.0, validator=number(0, 100_000))
    faults: tuple[Fault, ...] = field(default=(), converter=_read_faults, validator=instances_of(Fault))

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
