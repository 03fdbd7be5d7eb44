"""Where the command line takes secrets from: a file, the environment or a prompt; never from its arguments.

Arguments can be read by everybody on the computer, and stay in the history of the shell.
"""

from __future__ import annotations

import getpass
import os
import sys
from pathlib import Path
from urllib.parse import quote, urlsplit

from kucoin_wsapi._process import credentials_from_environment
from kucoin_wsapi.exceptions import ConfigurationError

__all__ = ["PROXY_PASSWORD", "VARIABLES", "find_credentials", "proxy_url"]

VARIABLES = ("KUCOIN_API_KEY", "KUCOIN_API_SECRET", "KUCOIN_API_PASSPHRASE")
PROXY_PASSWORD = "KUCOIN_PROXY_PASSWORD"  # noqa: S105  # its name, not itself


def find_credentials(path: Path | None) -> tuple[str, str, str]:
    """Key, secret and passphrase; asks for them where neither a file nor the environment has any.

    Raises ``ConfigurationError``, which names what is missing and never what is there.
    """
    if path is not None:
        return _key_from_file(path)
    if any(os.environ.get(name) for name in VARIABLES) or not sys.stdin.isatty():
        return credentials_from_environment()
    key, secret, passphrase = (_from_prompt(word) for word in ("API key", "secret", "passphrase"))
    if not (key and secret and passphrase):
        raise ConfigurationError("key, secret and passphrase are needed, all three")
    return key, secret, passphrase


def proxy_url(url: str, path: Path | None) -> str:
    """A proxy's URL with the password of the user that it names, if it names one; from the file of the key first.

    Raises ``ConfigurationError``, which never shows what may be a password.
    """
    try:
        user_info, sign, address = urlsplit(url).netloc.rpartition("@")
    except ValueError:
        return url  # the client says what is wrong with it
    if not sign:
        return url
    if ":" in user_info:
        raise ConfigurationError(
            f"--proxy: no password in arguments, where others see it: leave it out, and set {PROXY_PASSWORD}"
        )
    password = None if path is None else _from_file(path).get(PROXY_PASSWORD)
    if password is None:
        password = os.environ.get(PROXY_PASSWORD)
    if password is None and sys.stdin.isatty():
        password = _from_prompt(f"password of {user_info} for the proxy")
    if password is None:
        raise ConfigurationError(f"--proxy: the password of its user is needed: set {PROXY_PASSWORD}")
    return url.replace(f"{user_info}@{address}", f"{user_info}:{quote(password, safe='')}@{address}", 1)


def _key_from_file(path: Path) -> tuple[str, str, str]:
    values = _from_file(path)
    missing = [name for name in VARIABLES if not values.get(name)]
    if missing:
        raise ConfigurationError(f"{path}: not in it: {', '.join(missing)}")
    key, secret, passphrase = (values[name] for name in VARIABLES)
    return key, secret, passphrase


def _from_file(path: Path) -> dict[str, str]:
    try:
        with path.open(encoding="utf-8") as file:
            # Of the open file: its name may be another file's by now.
            if os.name == "posix" and os.fstat(file.fileno()).st_mode & 0o077:
                raise ConfigurationError(f"{path}: others may read or change it; first: chmod 600 {path}")
            lines = file.read().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise ConfigurationError(f"{path}: cannot be read: {reason}") from None
    values = {}
    for number, line in enumerate(lines, 1):
        name, sign, value = (part.strip() for part in line.partition("="))
        if not name or name.startswith("#"):
            continue
        if not sign or name not in (*VARIABLES, PROXY_PASSWORD):
            raise ConfigurationError(f"{path}: line {number} is not of the kind {VARIABLES[0]}=...")
        values[name] = value
    return values


def _from_prompt(what: str) -> str:
    try:
        return getpass.getpass(f"{what} (not shown): ")
    except EOFError:
        raise ConfigurationError(f"the prompt was closed; the {what} is needed") from None
