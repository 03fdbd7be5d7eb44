"""``kucoin-wsapi doctor``: each cause of trouble has its verdict, and an advice."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator

import pytest
import trustme

from kucoin_wsapi.cli import network_checks
from kucoin_wsapi.cli.network_checks import check_dns, check_tcp, check_tls
from kucoin_wsapi.sandbox import Account, ApiKey, Sandbox

LISTED = ApiKey("listed", "hush", "phrase", ip_whitelist=["127.0.0.1", "192.0.2.1"])
ELSEWHERE = ApiKey("elsewhere", "hush", "phrase", ip_whitelist=["192.0.2.1"])
OLD = ApiKey("old", "hush", "phrase", version=2)


def verdicts(ran) -> dict[str, str]:
    """The verdict of each check, the worst where there are several; what is not "ok" has an advice."""
    order = ["ok", "skipped", "warning", "failed"]
    found: dict[str, str] = {}
    for finding in ran.json["findings"]:
        worst = max(finding["verdict"], found.get(finding["check"], "ok"), key=order.index)
        found[finding["check"]] = worst
        assert (finding["advice"] is not None) == (finding["verdict"] in ("warning", "failed"))
    return found


WELL = {
    "dns": "ok", "tcp": "ok", "tls": "skipped", "clock": "ok", "key": "ok", "permissions": "ok", "whitelist": "ok",
    "login": "ok",
}  # fmt: skip


def key_of(key: ApiKey) -> dict[str, str]:
    """What goes into the environment."""
    return {"api_key": key.api_key, "api_secret": key.secret, "api_passphrase": key.passphrase}


@pytest.mark.parametrize(
    ("key", "status", "differences"),
    [
        (key_of(LISTED), 0, {}),
        ({}, 0, {"whitelist": "warning"}),
        (key_of(ELSEWHERE), 1, {"permissions": "skipped", "whitelist": "failed", "login": "skipped"}),
        (key_of(OLD), 1, {"key": "failed", "whitelist": "warning", "login": "failed"}),
        *(
            ({name: "wrong"}, 1, {"key": "failed", **dict.fromkeys(("permissions", "whitelist", "login"), "skipped")})
            for name in ("api_key", "api_secret", "api_passphrase")
        ),
    ],
    ids=["well", "no-whitelist", "elsewhere", "version-2", "wrong-key", "wrong-secret", "wrong-passphrase"],
)  # fmt: skip
def test_a_key_is_looked_through(run, key_in_environment, key, status, differences) -> None:
    """What is wrong with it is told, and the rest as far as it can be known."""
    with Sandbox(accounts=[Account(keys=[LISTED, ELSEWHERE, OLD])]) as sandbox:
        ran = run("doctor", "--json", *key_in_environment(sandbox, **key))

    assert (ran.status, ran.err) == (status, "")
    assert verdicts(ran) == {**WELL, **differences}
    assert "hush" not in ran.out


def test_a_key_for_some_products_logs_in_there(run, sandbox, key_in_environment) -> None:
    """One that may trade nothing fails."""
    for permissions, status, sockets in ((["Futures"], 0, ["wsApiFuturesV1"]), (["General"], 1, [])):
        key = sandbox.client_options(permissions=[*permissions, "General"])
        ran = run("doctor", "--json", *key_in_environment(sandbox, **key))

        logins = [finding["target"] for finding in ran.json["findings"] if finding["check"] == "login"]
        assert (ran.status, logins) == (status, sockets)
        assert verdicts(ran)["permissions"] == ("warning" if sockets else "failed")


@pytest.mark.parametrize(("offset", "verdict"), [(-3.0, "warning"), (60.0, "failed")])
def test_a_clock_that_is_off_is_measured(run, at, offset, verdict) -> None:
    """A client logs in all the same: it signs with the exchange's time."""
    with Sandbox(clock_offset=offset) as sandbox:
        ran = run("doctor", "--json", *at(sandbox))

    assert verdicts(ran) == {**WELL, "clock": verdict, "whitelist": "warning"}


def test_where_nobody_listens_the_rest_is_skipped(run, at) -> None:
    """At once, without waiting for it."""
    with Sandbox() as gone:
        pass
    ran = run("doctor", "--json", *at(gone))

    assert ran.status == 1
    assert verdicts(ran) == {"dns": "ok", "tcp": "failed", **dict.fromkeys([*WELL][3:], "skipped")}


def test_without_a_key_the_network_is_looked_at(run, sandbox) -> None:
    """And what is missing is named."""
    ran = run("doctor", "--ws-url", sandbox.ws_url, "--rest-url", sandbox.rest_url)

    assert ran.status == 1
    assert "failed   key: not set in the environment: KUCOIN_API_KEY" in ran.out
    assert "   -> give a key" in ran.out
    assert "ok       clock" in ran.out


def test_a_name_that_does_not_exist_fails(monkeypatch) -> None:
    """As the system says it."""

    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)

    assert (check_dns("wss://exchange.invalid").verdict, check_tcp("wss://exchange.invalid").verdict) == (
        "failed",
        "failed",
    )


def test_a_name_server_that_does_not_answer_is_not_waited_for(monkeypatch) -> None:
    """The system would wait for it much longer."""
    answered = threading.Event()
    monkeypatch.setattr(network_checks, "_PATIENCE", 0.05)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answered.wait(20) and [])
    finding = check_dns("wss://exchange.invalid")
    answered.set()

    assert (finding.verdict, finding.text) == ("failed", "no answer within 0.05 s")


@contextlib.contextmanager
def tls_server(context: ssl.SSLContext | None) -> Iterator[str]:
    """Takes connections one after the other: with TLS, or hanging up on whoever wants some."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with contextlib.suppress(OSError), listener.accept()[0] as connection:
                if context is None:
                    connection.recv(1)
                    return
                with context.wrap_socket(connection, server_side=True) as secured:
                    secured.recv(1)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"wss://localhost:{listener.getsockname()[1]}"
        thread.join()


def test_a_certificate_is_verified(monkeypatch, tmp_path) -> None:
    """Against this computer's authorities."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    with tls_server(context) as url:
        stranger = check_tls(url)
    assert (stranger.verdict, "SSL_CERT_FILE" in str(stranger.advice)) == ("failed", True)

    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    with tls_server(context) as url:
        known = check_tls(url)
    assert (known.verdict, "TLSv1" in known.text, known.advice) == ("ok", True, None)


def test_what_is_no_tls_is_told() -> None:
    """A proxy, or the wrong port."""
    with tls_server(None) as url:
        finding = check_tls(url)

    assert finding.verdict == "failed"
    assert "proxy or a firewall" in str(finding.advice)
