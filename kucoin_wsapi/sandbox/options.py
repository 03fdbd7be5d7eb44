"""What can be chosen about a sandbox."""

from collections.abc import Iterable, Mapping
from typing import Literal

from attrs import Attribute, field, frozen, validators

from .faults import Fault
from .rate_limits import QUOTAS

ChallengeStyle = Literal["compact", "blanks", "swapped"]


def _known_pools(_: object, attribute: "Attribute[Mapping[str, int]]", value: Mapping[str, int]) -> None:
    unknown = set(value).difference(QUOTAS)
    if unknown:
        raise ValueError(f"{attribute.name}: no such pool: {sorted(unknown)}; there are {', '.join(QUOTAS)}")


def _read_faults(faults: Iterable[Fault | str]) -> tuple[Fault, ...]:
    return tuple(Fault.parse(fault) if isinstance(fault, str) else fault for fault in faults)


@frozen(kw_only=True)
class SandboxOptions:
    """The validated options of one `Sandbox`, whose docstring explains them."""

    port: int = field(default=0, validator=[validators.ge(0), validators.le(65_535)])
    seed: int = 0
    challenge: ChallengeStyle = field(
        default="compact", validator=validators.in_(("compact", "blanks", "swapped"))
    )
    challenge_timeout: float = field(default=30.0, validator=validators.gt(0))
    clock_offset: float = 0.0
    ping_interval: int = field(default=18_000, validator=validators.gt(0))
    ping_timeout: int = field(default=10_000, validator=validators.gt(0))
    reuse_window: float = field(default=5.0, validator=validators.ge(0))
    rate_limits: Mapping[str, int] = field(factory=dict, validator=_known_pools)
    faults: tuple[Fault, ...] = field(
        default=(), converter=_read_faults, validator=validators.deep_iterable(validators.instance_of(Fault))
    )
