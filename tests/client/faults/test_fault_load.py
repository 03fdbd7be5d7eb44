"""Many threads, many calls: each answer goes to its own caller."""

from __future__ import annotations

import concurrent.futures
import random
from typing import Any

from fault_server import FaultServer, Peer, success
from fault_support import SPOT, client_of

from kucoin_wsapi import RejectedError, WsKey

_OPERATIONS = ("spot.order", "spot.cancel", "spot.sync_order", "margin.order", "futures.order", "uta.order")


def test_thirty_two_threads_with_mixed_operations_get_their_own_answers() -> None:
    """Ten thousand calls over two connections, answered in bursts, shuffled, a tenth of them refused."""
    dice = random.Random(3)

    def answer(request: dict[str, Any]) -> dict[str, Any]:
        args, op = request["args"], request["op"]
        if args["clientOid"].endswith("7"):
            return {"id": request["id"], "op": op, "code": "400100", "msg": args["clientOid"]}
        return success(request, data={"clientOid": args["clientOid"], "op": op, "nested": args["nested"]})

    def script(peer: Peer) -> None:
        peer.log_in()
        while True:
            burst = [peer.next_request()]
            while len(peer._buffer) > 200 and len(burst) < 50:
                burst.append(peer.next_request())
            dice.shuffle(burst)
            peer.say(*[answer(request) for request in burst])

    with FaultServer(script) as server, client_of(server, request_timeout=60, max_send_delay=60) as client:

        def trade(trader: int) -> int:
            for number in range(313):
                oid, op = f"{trader}-{number}", _OPERATIONS[(trader + number) % len(_OPERATIONS)]
                key = WsKey.WS_API_FUTURES_V1 if op.startswith("futures") else SPOT
                params = {"clientOid": oid, "nested": {"id": oid[::-1], "op": "pong", "code": "200000"}}
                future = client.send_ws_api_request(key, op, params)
                if oid.endswith("7"):
                    error = future.exception(60)
                    assert isinstance(error, RejectedError)
                    assert (error.message, error.client_oid, error.op) == (oid, oid, op)
                else:
                    data = future.result(60).data
                    assert (data["clientOid"], data["op"], data["nested"]) == (oid, op, params["nested"])
            return 313

        with concurrent.futures.ThreadPoolExecutor(32) as pool:
            assert sum(pool.map(trade, range(32))) == 10_016
        assert len(server.peers) == 2
        ids = server.request_ids()
        assert len(ids) == len(set(ids)) == 10_016
