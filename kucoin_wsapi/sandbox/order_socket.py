"""The order socket: login, challenge, welcome, then requests and replies (KuCoin documentation, "Add Order"
(3470133w0)).

KuCoin does not document how it closes. Here a refused login and a client that sends nothing but errors are
closed with 1008, silence with 1001, a stopping server with 1001.
"""

import asyncio
import uuid
from collections import Counter
from collections.abc import Mapping
from functools import partial

from aiohttp import WSCloseCode, WSMessage, WSMsgType, web

from .account_options import Caller
from .answering import Answering
from .envelopes import MalformedRequest, compact_json, read_request
from .faults import FaultPlan
from .frame_log import MASK, FrameLog, masked
from .gateway import Gateway
from .gateway_codes import TOO_MANY_MESSAGES, gateway_text
from .hurdles import Hurdles
from .incoming import ENDINGS, MessageLimit, Silence, receive
from .keys import signature_matches
from .login import Login, LoginRefused
from .options import ChallengeStyle, SandboxOptions
from .outgoing import Outgoing
from .replies import Replies
from .times import to_milliseconds

PATH = "/v1/private"
ERRORS_BEFORE_DISCONNECT = 20  # malformed frames in a row
# Frames up to this many bytes are read, so that one that is too long gets an error and not just a close.
MAXIMUM_READ = 4 * 1024 * 1024
CLOSE_TIMEOUT = 1.0  # seconds that a client gets to answer a close


class OrderSocket:
    """Serves every connection of the order socket. Runs on the server's thread."""

    def __init__(
        self, gateway: Gateway, login: Login, options: SandboxOptions, plan: FaultPlan, log: FrameLog
    ) -> None:
        self._gateway = gateway
        self._login = login
        self._options = options
        self._plan = plan
        self._log = log
        self._open: set[web.WebSocketResponse] = set()
        self._admitted: Counter[str] = Counter()

    @property
    def connections(self) -> int:
        """How many there are, logged in or not."""
        return len(self._open)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """One connection from the upgrade to the close; on another path than `PATH` the login is refused."""
        refused = self._plan.draw("upgrade")
        if refused is not None:
            return web.Response(status=refused.status)
        socket = web.WebSocketResponse(
            compress=False, max_msg_size=MAXIMUM_READ, timeout=CLOSE_TIMEOUT, autoping=False
        )
        try:
            await socket.prepare(request)
        except ConnectionResetError:
            return web.Response()  # which reaches nobody: the client has gone
        self._open.add(socket)
        try:
            connection = _Connection(socket, request, self._gateway, self._options, self._plan, self._log)
            await connection.run(self._login, self._admitted)
        except ConnectionResetError:
            pass  # the client has gone; nobody is left to answer
        finally:
            self._open.discard(socket)
        return socket

    async def close_all(self) -> None:
        """Closes every connection, as a server that goes away does."""
        closings = (socket.close(code=WSCloseCode.GOING_AWAY) for socket in tuple(self._open))
        await asyncio.gather(*closings)


class _Connection:
    """One connection of the order socket."""

    def __init__(
        self,
        socket: web.WebSocketResponse,
        request: web.Request,
        gateway: Gateway,
        options: SandboxOptions,
        plan: FaultPlan,
        log: FrameLog,
    ) -> None:
        if request.transport is None:
            raise ConnectionResetError("the client has gone")
        self._socket = socket
        self._request = request
        self._transport = request.transport
        self._gateway = gateway
        self._options = options
        self._plan = plan
        self._note_in, self._note_out = log.open("socket")
        self._replies = Replies(gateway, nanoseconds=in_nanoseconds(request.query))

    async def run(self, login: Login, admitted: Counter[str]) -> None:
        """The whole conversation; `admitted` counts the connections of each account."""
        opened = self._gateway.now()
        if self._note_in is not None:
            self._note_in(masked(self._request.path, self._request.query))
        try:
            if self._request.path != PATH:
                raise LoginRefused("400001", "Please check the URL of your request.")
            caller = login.check_socket_query(
                self._request.query, self._request.remote or "", self._gateway.times_for_signing()
            )
            if admitted[caller.uid] == self._options.connection_limit:
                raise LoginRefused("429000", f"{gateway_text('429000')} There are too many connections.")
        except LoginRefused as refusal:
            await self._refuse(refusal, opened)
            return
        admitted[caller.uid] += 1
        try:
            if await self._challenge(caller):
                await self._converse(caller)
        except LoginRefused as refusal:
            await self._refuse(refusal, opened)
        finally:
            admitted[caller.uid] -= 1

    async def _refuse(self, refusal: LoginRefused, opened: int) -> None:
        await self._send(self._replies.error(refusal.code, refusal.message, opened))
        await self._close(WSCloseCode.POLICY_VIOLATION)

    async def _converse(self, caller: Caller) -> None:
        outgoing = Outgoing(self._transport, self._note_out)
        answering = Answering(self._socket, self._transport, outgoing, self._replies, caller, self._plan)
        patience = (self._options.ping_interval + self._options.ping_timeout) / 1000
        silence = Silence(patience, partial(self._close, WSCloseCode.GOING_AWAY, b"ping timeout"))
        try:
            await self._answer_requests(answering, outgoing, silence)
        finally:
            silence.stop()
            answering.end()
            outgoing.flush()

    async def _send(self, text: str) -> None:
        if self._note_out is not None:
            self._note_out(text)
        await self._socket.send_str(text)

    async def _close(self, code: WSCloseCode, message: bytes = b"") -> None:
        await self._socket.close(code=code, message=message)

    async def _challenge(self, caller: Caller) -> bool:
        """Whether the client answered; False when it left. A wrong or late answer is `LoginRefused`."""
        hurdles = Hurdles(self._plan.draw("login"), self._socket, self._transport, self._options)
        if not await hurdles.before_challenge():
            return False
        session_id = str(uuid.uuid4())
        now = self._gateway.now()
        challenge = write_challenge(hurdles.challenge_style, session_id, to_milliseconds(now))
        await self._send(challenge)
        try:
            message = await asyncio.wait_for(receive(self._socket), self._options.challenge_timeout)
        except asyncio.TimeoutError:
            raise LoginRefused("400012", "Session verification has timed out.") from None
        if message.type in ENDINGS:
            return False
        if self._note_in is not None:
            self._note_in(MASK)
        if message.type is not WSMsgType.TEXT or not signature_matches(
            caller.key.secret, challenge, message.data
        ):
            raise LoginRefused("400011", "Session verification failed.")
        if not await hurdles.before_welcome():
            return False
        await self._send(write_welcome(session_id, self._options.ping_interval, self._options.ping_timeout))
        return True

    async def _answer_requests(self, answering: Answering, outgoing: Outgoing, silence: Silence) -> None:
        limit = MessageLimit(self._options.message_limit)
        errors = 0
        while not answering.over:
            message = await receive(self._socket, silence.heard)
            if message.type in ENDINGS:
                return
            received = self._gateway.now()
            if self._note_in is not None:
                self._note_in(str(message.data))
            try:
                request = read_request(_text_of(message), self._options.id_limit)
            except MalformedRequest as error:
                errors += 1
                text = self._replies.error("4001002", error.message, received, error.request_id, error.op)
                outgoing.send(text)
                if errors == ERRORS_BEFORE_DISCONNECT:
                    outgoing.send(self._replies.error("420001", gateway_text("420001"), received))
                    outgoing.flush()
                    await self._close(WSCloseCode.POLICY_VIOLATION)
                    return
                continue
            errors = 0
            if limit.admits(received):
                await answering.answer(request, received)
            else:
                outgoing.send(self._replies.answer(request, TOO_MANY_MESSAGES, received))
            await outgoing.keep_pace()


def in_nanoseconds(query: Mapping[str, str]) -> bool:
    """Whether the URL asks for `inTime` and `outTime` in nanoseconds."""
    return query.get("enable_ns") == "true"


def write_challenge(style: ChallengeStyle, session_id: str, timestamp: int) -> str:
    """The challenge in one of its spellings, all one to a client that signs the very text it received."""
    if style == "blanks":
        return f'{{"sessionId":"{session_id}", "timestamp": {timestamp}}}'
    if style == "swapped":
        return f'{{"timestamp":{timestamp},"sessionId":"{session_id}"}}'
    return f'{{"sessionId":"{session_id}","timestamp":{timestamp}}}'


def write_welcome(session_id: str, ping_interval: int, ping_timeout: int) -> str:
    """The frame after which requests may be sent; both times are in milliseconds."""
    return compact_json(
        {
            "sessionId": session_id,
            "data": "welcome",
            "pingInterval": ping_interval,
            "pingTimeout": ping_timeout,
        }
    )


def _text_of(message: WSMessage) -> str:
    if message.type is not WSMsgType.TEXT:
        raise MalformedRequest("The message must be a text frame.")
    return str(message.data)
