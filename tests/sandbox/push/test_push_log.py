"""The frame log of the push sockets: both directions, and no secrets."""

from __future__ import annotations

from push_clients import ProSocket, V1Socket, bullet


def test_frames_are_logged_without_secrets(open_sandbox, connected):
    """Upgrades, requests and answers are there; tokens, keys, signatures and passphrases are not."""
    lines: list[str] = []
    sandbox = open_sandbox(log=lines.append)
    options = sandbox.client_options()
    classic = connected(V1Socket(options))
    classic.subscribe("/account/balance")
    pro = connected(ProSocket(options, "/wsapi-push"))
    pro.log_in()
    pro.subscribe("balance", accountType="UNIFIED")
    token = bullet(options, private=True)["token"]
    text = "\n".join(lines)

    assert "> GET /push?token=***&connectId=c-1" in text
    assert '> {"id": "s", "type": "subscribe", "topic": "/account/balance"' in text
    assert '< {"id":"s","type":"ack"}' in text
    assert '< {"id":"auth-1","result":true}' in text
    for secret in (token[:12], options["api_secret"], options["api_passphrase"], "kc-api-sign"):
        assert secret not in text
