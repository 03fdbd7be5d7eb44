"""What can go wrong on purpose, so that programs can be tried against it: descriptions, and when they strike. Pure.

The kinds are what KuCoin's documentation and its users report: "Add Order" (3470133w0) and "Error code".
"""

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from random import Random
from types import MappingProxyType
from typing import Any, Literal

from attrs import Factory, field, fields, frozen

from .checks import number, one_of

Occasion = Literal[
    "upgrade", "login", "request", "ping", "look-up", "push", "push-order", "push-connect", "push-ping"
]

RESET = "1006"  # not a close code that can be sent: it stands for a connection that breaks without one


@frozen
class _Kind:
    """When faults of a kind may strike, and which parameters they heed besides probability, every and op."""

    occasion: Occasion
    parameters: frozenset[str] = frozenset()


def _kind(occasion: Occasion, *parameters: str) -> _Kind:
    return _Kind(occasion, frozenset(parameters))


KINDS: Mapping[str, _Kind] = MappingProxyType(
    {
        "refused-upgrade": _kind("upgrade", "status"),
        "no-challenge": _kind("login"),
        "challenge-blanks": _kind("login"),
        "challenge-swapped": _kind("login"),
        "login-error": _kind("login", "code"),
        "close-before-welcome": _kind("login", "code"),
        "welcome-late": _kind("login", "delay"),
        "refusal": _kind("request", "code", "limit"),
        "error": _kind("request", "code", "executed"),
        "error-without-id": _kind("request"),
        "no-reply": _kind("request", "executed"),
        "reply-late": _kind("request", "delay"),
        "reply-reordered": _kind("request", "delay"),
        "reply-twice": _kind("request"),
        "reply-stray": _kind("request"),
        "reply-code-number": _kind("request"),
        "reply-extra-fields": _kind("request"),
        "reply-nanoseconds": _kind("request"),
        "reply-old-limit": _kind("request"),
        "reply-no-limit": _kind("request"),
        "close": _kind("request", "code", "executed"),
        "close-unread": _kind("request", "code", "delay"),
        "shutdown": _kind("request", "executed"),
        "mute": _kind("request", "executed"),
        "half-open": _kind("request", "delay"),
        "no-pong": _kind("ping"),
        "pong-coded": _kind("ping"),
        "look-up-lag": _kind("look-up", "delay"),
        "look-up-late": _kind("look-up", "delay"),
        "look-up-error": _kind("look-up", "status"),
        "push-before-ack": _kind("push-order"),
        "push-missing": _kind("push"),
        "push-twice": _kind("push"),
        "push-reordered": _kind("push", "delay"),
        "push-close": _kind("push", "code"),
        "push-token-expired": _kind("push-connect"),
        "push-ping-timeout": _kind("push-ping"),
    }
)

_CODES: Mapping[str, str] = MappingProxyType(
    {
        "login-error": "400003",
        "close-before-welcome": RESET,
        "refusal": "429000",
        "error": "500000",
        "close": RESET,
        "close-unread": RESET,
        "push-close": RESET,
    }
)
_DELAYS: Mapping[str, float] = MappingProxyType({"half-open": 60.0, "look-up-lag": 2.0})
_USUAL_STATUS = 503
_CLOSES = frozenset({"close", "close-before-welcome", "close-unread", "push-close"})


def _usual_code(kind: str) -> str:
    return _CODES.get(kind, "")


def _usual_delay(kind: str) -> float:
    return _DELAYS.get(kind, 0.5)


def _digits(fault: "Fault", _: object, code: str) -> None:
    if code and not (code.isascii() and code.isdigit()):
        raise ValueError(f"code: digits are needed, not {code!r}")
    if code and fault.kind in _CLOSES and code != RESET and not 1000 <= int(code) <= 4999:
        raise ValueError(f"code: {code} closes no WebSocket; {RESET} stands for a reset")


@frozen
class Fault:
    """One thing that goes wrong, and how often.

    ``Fault("no-reply", every=50, op="spot.*")`` executes every 50th spot request without answering it;
    ``Fault.parse("no-reply:every=50,op=spot.*")`` is the same. How often is told by ``every`` (each so many
    occasions) or ``probability`` (0 to 1, drawn with the sandbox's seed), and by nothing for always; ``op`` limits it
    to operations by a shell pattern (for look-ups: spot, margin, futures or uta; for pushes as below). Times are
    seconds.

    Once per connection:
      refused-upgrade       no WebSocket but the HTTP status ``status`` (503)
      no-challenge          the connection opens, and nothing comes
      challenge-blanks      blanks in the challenge; clients must sign the very text that they received
      challenge-swapped     the challenge with its keys in the other order
      login-error           refused with ``code`` (400003); with 400011 and 400012 after the challenge was answered
      close-before-welcome  the challenge is answered, and the connection closed with ``code`` (1006)
      welcome-late          the welcome takes ``delay`` (0.5) longer

    Once per request, which the exchange executes unless said otherwise:
      refusal               refused with ``code`` (429000), never executed; ``limit=no`` leaves out the rate limit
      error                 answered with ``code`` (500000), executed or not (``executed=no``)
      error-without-id      not executed; 4001002 without an id
      no-reply              no answer; executed or not (``executed=no``)
      reply-late            answered after ``delay`` (0.5), other requests meanwhile
      reply-reordered       answered after the answer to a later request, or after ``delay`` (0.5)
      reply-twice           the same answer two times
      reply-stray           before it, an answer to a request that nobody made
      reply-code-number     the code is a number
      reply-extra-fields    fields that nobody knows, in the answer and in its data
      reply-nanoseconds     inTime and outTime in nanoseconds
      reply-old-limit       the rate limit under its old name, rateLimit
      reply-no-limit        no rate limit
      close                 closed with ``code`` instead of the answer; executed or not (``executed=no``)
      close-unread          after the answer nothing is read for ``delay`` (0.5), then closed with ``code``
      shutdown              501000 without an id instead of the answer, then 1001; executed or not (``executed=no``)
      mute                  from now on nothing is sent, pongs neither; executed or not (``executed=no``)
      half-open             from now on nothing is sent nor read; reset after ``delay`` (60)

    ``code`` 1006 is a TCP reset, others are sent in a close frame.

    Once per ping, or per look-up over REST:
      no-pong               no answer to the ping
      pong-coded            the pong has a code, as replies have
      look-up-lag           orders placed in the last ``delay`` (2) seconds are not found
      look-up-late          answered after ``delay`` (0.5)
      look-up-error         the HTTP status ``status`` (503), and no JSON

    Once per push to a connection; ``op`` is its topic, such as ``/spotMarket/tradeOrders*`` or ``orderAll.*``:
      push-missing          it is not sent
      push-twice            it is sent two times
      push-reordered        it is sent after the next one on its connection, or after ``delay`` (0.5)
      push-close            closed with ``code`` (1006) instead of it

    Once per change of orders; ``op`` is the product, spot, margin or futures:
      push-before-ack       what it causes is pushed before the answer to the request is sent

    Once per connection of a push socket, or per ping on one; ``op`` is its path, such as ``/push``:
      push-token-expired    the token is refused with 401
      push-ping-timeout     instead of the pong the error "ping timeout", and a close

    Raises ``ValueError`` for what makes no sense.
    """

    kind: str = field(validator=one_of(*KINDS))
    probability: float = field(default=1.0, validator=number(0, 1), kw_only=True, converter=float)
    every: int = field(default=1, validator=number(1, whole=True), kw_only=True)
    op: str = field(default="*", kw_only=True)
    delay: float = field(
        default=Factory(lambda self: _usual_delay(self.kind), takes_self=True),
        validator=number(0),
        kw_only=True,
    )
    code: str = field(
        default=Factory(lambda self: _usual_code(self.kind), takes_self=True),
        validator=_digits,
        kw_only=True,
        converter=str,
    )
    status: int = field(default=_USUAL_STATUS, validator=number(400, 599, whole=True), kw_only=True)
    executed: bool = field(default=True, kw_only=True)
    limit: bool = field(default=True, kw_only=True)

    def __attrs_post_init__(self) -> None:
        if self.probability < 1 and self.every > 1:
            raise ValueError("probability, every: one of them says how often, not both")
        heeded = KINDS[self.kind].parameters
        usual = {"delay": _usual_delay(self.kind), "code": _usual_code(self.kind)}
        usual |= {"status": _USUAL_STATUS, "executed": True, "limit": True}
        for name, value in usual.items():
            if name not in heeded and getattr(self, name) != value:
                raise ValueError(f"{name}: a fault of kind {self.kind!r} does not heed it")

    @classmethod
    def parse(cls, text: str) -> "Fault":
        """The fault that is written ``kind`` or ``kind:name=value,name=value``; yes and no stand for booleans."""
        kind, _, rest = text.partition(":")
        known = {attribute.name: attribute.default for attribute in fields(cls)[1:]}
        given: dict[str, Any] = {}
        for part in filter(None, rest.split(",")):
            name, _, value = part.partition("=")
            if name not in known:
                raise ValueError(f"{text}: {name!r} is none of {', '.join(known)}")
            given[name] = _read(name, value)
        return cls(kind, **given)


def _read(name: str, value: str) -> object:
    if name in ("op", "code"):
        return value
    if name in ("executed", "limit"):
        if value not in ("yes", "no"):
            raise ValueError(f"{name}: yes or no is needed, not {value!r}")
        return value == "yes"
    try:
        return int(value) if name in ("every", "status") else float(value)
    except ValueError:
        raise ValueError(f"{name}: a number is needed, not {value!r}") from None


class FaultPlan:
    """Decides which fault strikes when. Called on the server's thread, `struck` by any.

    Faults are asked in their order: the first that strikes hides the occasion from those after it.
    """

    def __init__(self, faults: Iterable[Fault], seed: int) -> None:
        self._faults = tuple(faults)
        self._random = Random(seed)  # noqa: S311 - repeatable, not secret
        self._occasions = [0] * len(self._faults)
        self._struck = dict.fromkeys((fault.kind for fault in self._faults), 0)

    def draw(self, occasion: Occasion, op: str = "") -> Fault | None:
        """The fault that strikes now, if one does; `op` is what requests and look-ups are filtered by."""
        for index, fault in enumerate(self._faults):
            if KINDS[fault.kind].occasion != occasion or not fnmatchcase(op, fault.op):
                continue
            self._occasions[index] += 1
            due = self._occasions[index] % fault.every == 0
            if due and (fault.probability == 1 or self._random.random() < fault.probability):
                self._struck[fault.kind] += 1
                return fault
        return None

    @property
    def struck(self) -> Mapping[str, int]:
        """How often each kind has struck."""
        return dict(self._struck)
