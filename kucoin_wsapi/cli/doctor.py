"""``kucoin-wsapi doctor``: why it does not work, and what to do."""

from __future__ import annotations

import argparse
import contextlib
import functools
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import attrs
from attrs import define, field

from kucoin_wsapi._rest import RestClient
from kucoin_wsapi.api_client import WebsocketAPIClient
from kucoin_wsapi.exceptions import ConfigurationError, KucoinError
from kucoin_wsapi.options import Credentials, Options, WsKey

from .credentials import find_credentials
from .exchanges import add_exchange, open_exchange
from .findings import Finding
from .key_checks import Facts, check_clock, check_key, check_login, check_permissions, check_whitelist
from .network_checks import check_dns, check_tcp, check_tls, check_tunnel
from .progress import Progress
from .running import Result, command_parser, run
from .statuses import FAILED, OK

__all__ = ["main"]

_DESCRIPTION = """\
Check everything between this computer and an order: the names of the exchange's hosts (dns), the
connections to them (tcp), their certificates (tls), this computer's clock, the key, its permissions, its
whitelist of addresses, and the login on the order socket. Nothing is traded. With --proxy, names and
connections are those of the proxy, and it is asked for a way to each host (tunnel).

Each check has a verdict of its own and, where it is not "ok", says what to do. Warnings do not make the
command fail.
"""
_KEY = ("api_key", "api_secret", "api_passphrase")
_ORDER_SOCKETS = ((WsKey.WS_API_SPOT_V1, {"Spot", "Margin"}), (WsKey.WS_API_FUTURES_V1, {"Futures"}))


def main(arguments: list[str]) -> int:
    """Run the command; returns the exit status."""
    parser = command_parser("doctor", _DESCRIPTION)
    add_exchange(parser)
    options = parser.parse_args(arguments)
    return run(parser, as_json=options.json, body=lambda: _doctor(options))


def _doctor(options: argparse.Namespace) -> Result:
    with open_exchange(options, needs_key=False) as exchange:
        key = _key_of(options, exchange)
        urls = {name: url for name, url in exchange.items() if name not in _KEY}
        with Progress("checking") as progress:
            examination = _Examination(urls, key, progress)
            examination.make()
    findings = examination.findings
    failed = any(finding.verdict == "failed" for finding in findings)
    record = {"findings": [attrs.asdict(finding) for finding in findings]}
    return Result(record, _lines(findings), FAILED if failed else OK)


def _key_of(options: argparse.Namespace, exchange: dict[str, Any]) -> Credentials | ConfigurationError:
    """The key, or why there is none: the network can be looked at without."""
    try:
        given = [exchange[name] for name in _KEY if name in exchange]
        return Credentials(*(given or find_credentials(options.credentials)))
    except ConfigurationError as error:
        return error


@define
class _Examination:
    """The checks, one after the other, without those that cannot succeed any more.

    ``urls`` are the options of a client that lead to the exchange.
    """

    urls: dict[str, Any]
    key: Credentials | ConfigurationError
    progress: Progress
    findings: list[Finding] = field(factory=list)

    def make(self) -> None:
        """All of it."""
        key = self.key if isinstance(self.key, Credentials) else None
        options = Options.of(self.urls)
        with contextlib.closing(RestClient(key, options)) as rest:
            way = options.proxy is None or self._pass(options.proxy, check_dns, check_tcp)
            sockets_reached = way and self._reach(options.url_of(WsKey.WS_API_SPOT_V1))
            facts = self._ask_rest(rest) if way and self._reach(rest.base_url) else None
        if facts is None:
            self._skip("clock", "key", "permissions", "whitelist")
        if not sockets_reached or key is None or isinstance(facts, KucoinError):
            self._skip("login")
        else:
            self._log_in(key, facts)

    def _find(self, what: str, check: Callable[[], Finding]) -> Finding:
        self.progress.what = f"checking {what}"
        finding = check()
        self.findings.append(finding)
        return finding

    def _skip(self, *checks: str) -> None:
        self.findings.extend(Finding(check, "", "skipped", "another check has failed") for check in checks)

    def _reach(self, url: str) -> bool:
        """Whether there is a way to the host."""
        proxy: str | None = self.urls.get("proxy")
        if proxy is None:
            return self._pass(url, check_dns, check_tcp, check_tls)
        return self._pass(
            url, functools.partial(check_tunnel, proxy=proxy), functools.partial(check_tls, proxy=proxy)
        )

    def _pass(self, url: str, *checks: Callable[[str], Finding]) -> bool:
        """Whether no step of a way fails; each needs the one before."""
        host = url.rpartition("@")[2]  # the rest may hold a password
        return all(
            self._find(f"the way to {host}", functools.partial(check, url)).verdict != "failed"
            for check in checks
        )

    def _ask_rest(self, rest: RestClient) -> Facts:
        self._find("the clock", lambda: check_clock(rest))
        self.progress.what = "checking the key"
        facts: Facts
        if isinstance(self.key, ConfigurationError):
            facts = self.key
        else:
            try:
                facts = rest.describe_key()
            except KucoinError as error:
                facts = error
        self.findings += [check_key(facts), check_permissions(facts), check_whitelist(facts)]
        return facts

    def _log_in(self, key: Credentials, facts: Mapping[str, Any] | None) -> None:
        """On the sockets that the key may trade on; on both where its permissions are not known."""
        granted = None if facts is None else {*str(facts.get("permission") or "").split(",")}
        with WebsocketAPIClient(*attrs.astuple(key), **self.urls, attach_event_listeners=False) as client:
            for ws_key, wanted in _ORDER_SOCKETS:
                if granted is None or granted & wanted:
                    self._find(f"the login of {ws_key.value}", functools.partial(check_login, client, ws_key))


def _lines(findings: list[Finding]) -> Iterator[str]:
    for finding in findings:
        name = f"{finding.check} {finding.target}".strip()
        yield f"{finding.verdict:8} {name}: {finding.text}"
        if finding.advice is not None:
            yield f"{'':8}   -> {finding.advice}"
