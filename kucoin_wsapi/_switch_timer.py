"""The exchange's timer that cancels spot orders, as one client sees it: what is known of it, what is asked of it.

KuCoin documentation: "Set DCP", "Cancel All Orders" and "Cancel All Orders By Symbol" of spot.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from .exceptions import DeadManSwitchError, KucoinError, what_happened
from .options import Credentials, Options

if TYPE_CHECKING:
    from ._rest import RestClient

__all__ = ["SwitchTimer"]

_UNSET = -1
_LONGEST_RETRY_PAUSE = 5.0  # seconds
_ENDING_PAUSE = 0.1  # seconds between attempts to end the timer
_LEAST_PATIENCE = 1.0  # seconds; so that what is asked for too late is asked for once at least
# For so long the exchange takes a signed request (KuCoin documentation, "Authentication"): one that was not answered
# may be executed until then.
_SIGNATURE_LIFE = 5.0
_ROUNDING = 1.0  # the exchange tells whole seconds, and may count in them


class SwitchTimer:
    """Belongs to one thread, which its calls block; any other may look at ``is_armed``. Times are monotonic seconds.

    ``report`` is called with what went wrong. ``renew_at`` is when the next renewal is due: -inf for at once, inf while
    there is nothing to guard. ``triggers_by`` is when the exchange has cancelled at the latest; inf while none runs.
    """

    def __init__(
        self,
        credentials: Credentials | None,
        options: Options,
        report: Callable[[DeadManSwitchError, BaseException | None], None],
    ) -> None:
        self._credentials = credentials
        self._options = options
        self._switch = options.dead_man_switch
        self._report = report
        self._rest: RestClient | None = None
        self._failure: DeadManSwitchError | None = None  # of the last renewal
        self.renew_at = math.inf
        self.triggers_by = math.inf

    @property
    def is_armed(self) -> bool:
        """Whether the exchange may cancel; an arming that was not answered counts."""
        return self.triggers_by < math.inf

    @property
    def obstacle(self) -> DeadManSwitchError | None:
        """Why the orders are not guarded as they should be; None: they are."""
        return (
            self._failure
            if self._failure or self.is_armed
            else DeadManSwitchError("the dead-man switch is not armed")
        )

    def guard(self) -> None:
        """There may be orders from now on, which the exchange should know as guarded at once."""
        self.renew_at = -math.inf
        self._open_rest()

    def renew(self) -> None:
        """Have the timer start anew."""
        assert self._switch is not None
        timeout = self._switch.timeout
        started = time.monotonic()
        try:
            self._open_rest().set_dead_man_switch(timeout, self._switch.symbols, timeout / 6)
        except DeadManSwitchError as error:
            if _may_be_executed(error):
                self.triggers_by = time.monotonic() + _SIGNATURE_LIFE + timeout + _ROUNDING
            self._fail(error, None)
        except Exception as error:  # noqa: BLE001 - a signing function of the user's may raise anything
            # What others raise may hold a secret, ours never does.
            reason = what_happened(error) if isinstance(error, KucoinError) else type(error).__name__
            self._fail(DeadManSwitchError(f"arming the dead-man switch failed: {reason}"), error)
        else:
            self._failure = None
            self.renew_at = started + timeout / 3
            self.triggers_by = time.monotonic() + timeout + _ROUNDING

    def _fail(self, error: DeadManSwitchError, cause: BaseException | None) -> None:
        assert self._switch is not None
        self._failure = error
        self.renew_at = time.monotonic() + min(_LONGEST_RETRY_PAUSE, self._switch.timeout / 12)
        self._report(error, cause)

    def note_trigger(self) -> None:
        """Tell when the timer must have run out."""
        if time.monotonic() >= self.triggers_by:
            self.triggers_by = math.inf
            text = "the dead-man switch was not renewed in time: the exchange has cancelled the spot orders"
            self._report(DeadManSwitchError(text), None)

    def end(self, deadline: float) -> None:
        """Stop the timer if it may run; one of another program's is left alone."""
        while self.is_armed:
            try:
                self._open_rest().set_dead_man_switch(_UNSET, (), _patience(deadline))
            except DeadManSwitchError as error:
                if time.monotonic() + _ENDING_PAUSE < deadline and _may_be_executed(error):
                    time.sleep(_ENDING_PAUSE)  # never past the deadline that the end of the client has
                    continue
                self._report(error, None)
                return
            self.triggers_by = math.inf

    def cancel_orders(self, deadline: float) -> bool:
        """Cancel what the timer would; returns whether the exchange has confirmed all of it."""
        symbols: tuple[str | None, ...] = () if self._switch is None else self._switch.symbols
        try:
            for symbol in symbols or (None,):
                self._open_rest().cancel_spot_orders(symbol, _patience(deadline))
        except DeadManSwitchError as error:
            self._report(error, None)
            return False
        return True

    def close(self) -> None:
        """Close the connections to REST."""
        if self._rest is not None:
            self._rest.close()

    def _open_rest(self) -> RestClient:
        if self._rest is None:
            # Loads requests, for which a program without a switch need not wait.
            from ._rest import RestClient

            assert self._credentials is not None, "the exchange has accepted a login"
            self._rest = RestClient(self._credentials, self._options)
        return self._rest


def _patience(deadline: float) -> float:
    return max(_LEAST_PATIENCE, deadline - time.monotonic())


def _may_be_executed(error: DeadManSwitchError) -> bool:
    """Whether it is open what the exchange has done: it did not answer, or with a fault of its own."""
    return error.code is None or error.code.startswith("5")
