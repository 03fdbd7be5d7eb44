"""Where the command line takes a key from: a file, the environment or a prompt; never from its arguments.

Arguments can be read by everybody on the computer, and stay in the history of the shell.
"""

from __future__ import annotations

import getpass
import os
import sys
from pathlib import Path

from kucoin_wsapi._process import credentials_from_environment
from kucoin_wsapi.exceptions import ConfigurationError

__all__ = ["VARIABLES", "find_credentials"]

VARIABLES = ("KUCOIN_API_KEY", "KUCOIN_API_SECRET", "KUCOIN_API_PASSPHRASE")


def find_credentials(path: Path | None) -> tuple[str, str, str]:
    """Key, secret and passphrase; asks for them where neither a file nor the environment has any.

    Raises ``ConfigurationError``, which names what is missing and never what is there.
    """
    if path is not None:
        return _from_file(path)
    if any(os.environ.get(name) for name in VARIABLES) or not sys.stdin.isatty():
        return credentials_from_environment()
    return _from_prompt()


def _from_file(path: Path) -> tuple[str, str, str]:
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
        if not sign or name not in VARIABLES:
            raise ConfigurationError(f"{path}: line {number} is not of the kind {VARIABLES[0]}=...")
        values[name] = value
    missing = [name for name in VARIABLES if not values.get(name)]
    if missing:
        raise ConfigurationError(f"{path}: not in it: {', '.join(missing)}")
    key, secret, passphrase = (values[name] for name in VARIABLES)
    return key, secret, passphrase


def _from_prompt() -> tuple[str, str, str]:
    try:
        key, secret, passphrase = (
            getpass.getpass(f"{word} (not shown): ") for word in ("API key", "secret", "passphrase")
        )
    except EOFError:
        raise ConfigurationError("the prompt was closed; a key is needed") from None
    if not (key and secret and passphrase):
        raise ConfigurationError("key, secret and passphrase are needed, all three")
    return key, secret, passphrase
