"""``--proxy``: every command that connects can take another way, and no password stands in its arguments."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from local_proxy import LOGIN, PASSWORD, USER_INFO, LocalProxy, over_http, over_socks5

from kucoin_wsapi.sandbox import Sandbox

USER = USER_INFO.partition(":")[0]
ORDER = ("order", "BTC-USDT", "buy", "--price", "50000", "--size", "0.001")


@pytest.fixture
def password(monkeypatch) -> None:
    """In the environment."""
    monkeypatch.setenv("KUCOIN_PROXY_PASSWORD", PASSWORD)


@pytest.mark.parametrize(
    "command",
    [
        ORDER,
        ("ping", "--count", 1),
        ("latency", "--count", 1),
        ("listen", "/market/ticker:BTC-USDT", "--count", 1),
    ],
    ids=lambda command: command[0],
)
@pytest.mark.usefixtures("password")
def test_a_command_goes_through_the_proxy(run, at, command) -> None:
    """It asks for a tunnel to the exchange, with the password from the environment."""
    with LocalProxy(over_socks5(LOGIN)) as proxy, Sandbox(market_pace=500) as sandbox:
        ran = run(*command, *at(sandbox), "--proxy", proxy.url("socks5", USER))

        assert (ran.status, proxy.ended) == (0, 0)
        assert {port for _, port in proxy.tunnels} == {int(sandbox.rest_url.rpartition(":")[2])}


def test_the_password_may_be_in_the_file_of_the_key(run, sandbox, tmp_path) -> None:
    """Which goes before the environment, as for the key."""
    path: Path = tmp_path / "key"
    options = sandbox.client_options()
    lines = [f"KUCOIN_{name.upper()}={options[name]}" for name in ("api_key", "api_secret", "api_passphrase")]
    path.write_text("\n".join([*lines, f"KUCOIN_PROXY_PASSWORD={PASSWORD}"]))
    path.chmod(0o600)
    urls = ("--ws-url", sandbox.ws_url, "--rest-url", sandbox.rest_url, "--credentials", path)
    with LocalProxy(over_http(LOGIN)) as proxy:
        ran = run("ping", "--count", 1, *urls, "--proxy", proxy.url("http", USER))

    assert ran.status == 0


def test_on_a_terminal_the_password_is_asked_for(run, sandbox, at, monkeypatch) -> None:
    """And not shown."""
    asked: list[str] = []
    monkeypatch.setattr("getpass.getpass", lambda prompt: asked.append(prompt) or PASSWORD)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    with LocalProxy(over_http(LOGIN)) as proxy:
        ran = run("ping", "--count", 1, *at(sandbox), "--proxy", proxy.url("http", USER))

    assert ran.status == 0
    assert asked == [f"password of {USER} for the proxy (not shown): "]
    assert PASSWORD not in ran.out + ran.err


@pytest.mark.parametrize(
    ("url", "word"),
    [
        ("http://bob:hush-hush@127.0.0.1:1", "no password in arguments"),
        ("http://bob@127.0.0.1:1", "set KUCOIN_PROXY_PASSWORD"),
        ("127.0.0.1:1", "http://host:port"),
        ("ftp://127.0.0.1:1", "http://host:port"),
        ("http://[::1", "http://host:port"),
    ],
)
def test_a_proxy_that_cannot_be_is_wrong_usage(run, url, word) -> None:
    """Nothing is sent, and what may be a password is not repeated."""
    ran = run(*ORDER, "--sandbox", "--proxy", url)

    assert (ran.status, ran.out) == (2, "")
    assert word in ran.err
    assert "hush-hush" not in ran.err


def test_this_computer_is_another_one_behind_a_proxy_elsewhere(run) -> None:
    """There, 127.0.0.1 is the proxy: that may be real money."""
    urls = ("--ws-url", "ws://127.0.0.1:1", "--rest-url", "http://127.0.0.1:1")
    ran = run(*ORDER, *urls, "--proxy", "http://192.0.2.1:3128")

    assert ran.status == 2
    assert "--live --yes" in ran.err


@pytest.mark.usefixtures("password")
def test_doctor_looks_at_the_proxy_and_through_it(run, at, sandbox) -> None:
    """Names and connections are those of the proxy."""
    with LocalProxy(over_socks5(LOGIN)) as proxy:
        ran = run("doctor", *at(sandbox), "--proxy", proxy.url("socks5", USER))

        assert ran.status == 0
        assert f"ok       tcp 127.0.0.1:{proxy.port}: connected" in ran.out
    assert ran.out.count("through the proxy in") == 2
    assert "ok       clock" in ran.out
    assert "ok       login wsApiFuturesV1" in ran.out
    assert PASSWORD not in ran.out + ran.err


def test_doctor_tells_what_the_proxy_refuses(run, at, sandbox, monkeypatch) -> None:
    """And what to do; the rest is skipped."""
    monkeypatch.setenv("KUCOIN_PROXY_PASSWORD", "wrong")
    with LocalProxy(over_http(LOGIN)) as proxy:
        ran = run("doctor", "--json", *at(sandbox), "--proxy", proxy.url("http", USER))

    tunnel = [finding for finding in ran.json["findings"] if finding["check"] == "tunnel"]
    assert ran.status == 1
    assert {finding["verdict"] for finding in tunnel} == {"failed"}
    assert "407" in tunnel[0]["text"]
    assert "check the user and the password of the proxy" in tunnel[0]["advice"]
    assert [finding["verdict"] for finding in ran.json["findings"][-5:]] == ["skipped"] * 5


def test_doctor_says_when_it_is_no_proxy(run, at, sandbox) -> None:
    """As when SOCKS is spoken to a web server."""
    address = sandbox.rest_url.removeprefix("http://")
    ran = run("doctor", *at(sandbox), "--proxy", f"socks5://{address}")

    assert ran.status == 1
    assert "failed   tunnel" in ran.out
