"""The replies of one connection as text: its requests executed, its times in the unit that it asked for."""

from .account_options import Caller
from .answers import Answer
from .envelopes import Request, write_error, write_pong, write_reply
from .gateway import Gateway
from .rate_limits import Usage
from .times import to_milliseconds


class Replies:
    """Runs on the server's thread. `received` is when the frame came in, in Unix nanoseconds."""

    def __init__(self, gateway: Gateway, *, nanoseconds: bool) -> None:
        self._gateway = gateway
        self._nanoseconds = nanoseconds

    def execute(self, caller: Caller, request: Request, received: int) -> str:
        """The reply to a request, after doing what it asks."""
        answer, usage = self._gateway.execute(caller, request, received)
        return self.answer(request, answer, received, usage)

    def answer(self, request: Request, answer: Answer, received: int, usage: Usage | None = None) -> str:
        """The reply that carries `answer`."""
        return write_reply(request, answer, self._time(received), self._now(), usage)

    def pong(self, request: Request) -> str:
        """The answer to a ping."""
        return write_pong(request, to_milliseconds(self._gateway.now()))

    def error(
        self, code: str, message: str, received: int, request_id: str | None = None, op: str | None = None
    ) -> str:
        """An error that answers no request, or one of which no more than `request_id` and `op` could be read."""
        return write_error(code, message, self._time(received), self._now(), request_id, op)

    def _now(self) -> int:
        return self._time(self._gateway.now())

    def _time(self, nanoseconds: int) -> int:
        return nanoseconds if self._nanoseconds else to_milliseconds(nanoseconds)
