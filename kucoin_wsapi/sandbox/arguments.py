"""Reading the `args` of a request, whatever they are. Everything unreadable is a `Refusal`.

Absent and null mean the same. Decimals are strings in plain notation, booleans are JSON booleans, as KuCoin's
"Add Order" pages give them; a client that sends floats or exponents must learn it here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import TypeVar

import attrs

from .refusals import Reason, Refusal

__all__ = ["Arguments", "decimal_text"]

_DECIMAL = re.compile(r"[0-9]{1,20}(?:\.[0-9]{1,20})?", re.ASCII)
_WHOLE = re.compile(r"[0-9]{1,18}", re.ASCII)
_CLIENT_OID = re.compile(r"[A-Za-z0-9_-]{1,40}", re.ASCII)

Choice = TypeVar("Choice", bound=str)


def decimal_text(number: Decimal) -> str:
    """`number` in plain notation without superfluous zeros: never "1E-8", never "0.10"."""
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _missing(name: str) -> Refusal:
    return Refusal(Reason.MISSING_PARAMETER, f"{name} is required.")


def _invalid(detail: str) -> Refusal:
    return Refusal(Reason.INVALID, detail)


@attrs.frozen
class Arguments:
    """The arguments of one operation; each reader gives the value, None if absent, or raises `Refusal`."""

    values: Mapping[str, object]

    @classmethod
    def of(cls, args: object) -> Arguments:
        """Wrap decoded JSON, which must be an object."""
        if not isinstance(args, dict):
            raise _invalid("args must be an object.")
        return cls(args)

    def text(self, name: str, *, longest: int, ascii_only: bool = False) -> str | None:
        """A string of at most `longest` characters."""
        value = self.values.get(name)
        if value is None:
            return None
        if not isinstance(value, str) or len(value) > longest or (ascii_only and not value.isascii()):
            raise _invalid(f"{name} must be a string of at most {longest} characters.")
        return value

    def symbol(self) -> str:
        """The symbol, which every operation but a cancel by orderId needs."""
        value = self.text("symbol", longest=40)
        if not value:
            raise _missing("symbol")
        return value

    def client_oid(self, *, required: bool = False) -> str | None:
        """A clientOid: letters, digits, "_" and "-", at most 40."""
        value = self.values.get("clientOid")
        if value is None:
            if required:
                raise _missing("clientOid")
            return None
        if not isinstance(value, str) or not _CLIENT_OID.fullmatch(value):
            raise _invalid("clientOid must be 1 to 40 letters, digits, '_' or '-'.")
        return value

    def identity(self) -> tuple[str | None, str | None]:
        """(orderId, clientOid), exactly one of which is given."""
        order_id = self.text("orderId", longest=64) or None
        client_oid = self.client_oid()
        if (order_id is None) == (client_oid is None):
            raise _invalid("Exactly one of orderId and clientOid is required.")
        return order_id, client_oid

    def choice(self, name: str, options: Mapping[str, Choice], default: Choice | None = None) -> Choice:
        """One of `options`, by the spelling on the wire; required if there is no default."""
        value = self.values.get(name)
        if value is None:
            if default is None:
                raise _missing(name)
            return default
        if not isinstance(value, str) or value not in options:
            raise _invalid(f"{name} must be one of {', '.join(options)}.")
        return options[value]

    def decimal(self, name: str) -> Decimal | None:
        """A positive decimal string such as "0.00001"; a number, a sign or an exponent is refused."""
        value = self.values.get(name)
        if value is None:
            return None
        if not isinstance(value, str) or not _DECIMAL.fullmatch(value):
            raise _invalid(f"{name} must be a decimal string such as '0.001'.")
        number = Decimal(value)
        if not number:
            raise _invalid(f"{name} must be greater than 0.")
        return number

    def integer(self, name: str, *, accept_text: bool = False) -> int | None:
        """A JSON integer of at most 18 digits; with `accept_text` also its decimal string."""
        value = self.values.get(name)
        if value is None:
            return None
        if accept_text and isinstance(value, str) and _WHOLE.fullmatch(value):
            return int(value)
        if isinstance(value, bool) or not isinstance(value, int) or abs(value) >= 10**18:
            raise _invalid(f"{name} must be an integer.")
        return value

    def flag(self, name: str) -> bool:
        """A JSON boolean, false if absent."""
        value = self.values.get(name)
        if value is None:
            return False
        if not isinstance(value, bool):
            raise _invalid(f"{name} must be a boolean.")
        return value
