"""Where a sandbox may listen: on loopback, unless it is told otherwise in so many words."""

import ipaddress

ANYWHERE = frozenset({"0.0.0.0", "::"})  # noqa: S104 - what is looked for, not where to listen


def check_host(host: str, *, serve_the_network: bool) -> None:
    """`ValueError` for a host that is not this computer alone, or that looks like the real exchange."""
    if "kucoin" in host.lower():
        raise ValueError(
            f"host: {host!r} looks like the real exchange, which a sandbox must not be mistaken for"
        )
    if not is_loopback(host) and not serve_the_network:
        raise ValueError(
            f"host: {host!r} may be reached by others, whom everybody's keys let in; "
            "with serve_the_network=True it is served all the same"
        )


def is_loopback(host: str) -> bool:
    """Whether only this computer can reach what listens there."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def host_in_urls(host: str) -> str:
    """The host by which a client on this computer reaches what listens on `host`."""
    if host in ANYWHERE:
        return "127.0.0.1" if host == "0.0.0.0" else "[::1]"  # noqa: S104 - compared, not listened on
    return f"[{host}]" if ":" in host else host
