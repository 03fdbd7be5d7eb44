"""Writes down the whole public interface: ``python tests/public_interface.py`` renews ``tests/public_interface.txt``.

One line for each name, parameter list, field and member, so that a change of what programs rely on is seen in a review.
"""

from __future__ import annotations

import enum
import functools
import inspect
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs

import kucoin_wsapi
import kucoin_wsapi.sandbox

FILE = Path(__file__).with_suffix(".txt")


def interface() -> str:
    """The text of the file."""
    kucoin_wsapi.WebsocketAPIClient().close()  # from the first one on, trading methods tell their fields
    lines: list[str] = []
    for module in (kucoin_wsapi, kucoin_wsapi.sandbox):
        lines.append(f"{module.__name__}:")
        for name in sorted(module.__all__):
            if name != "__version__":
                lines += (f"    {line}" for line in _described(name, getattr(module, name)))
    return "\n".join(lines) + "\n"


def _described(name: str, value: Any) -> Iterator[str]:
    if isinstance(value, types.FunctionType):
        yield from _called(name, value)
    elif isinstance(value, type):
        yield from _class(name, value)
    else:
        yield f"{name} = {value}"


def _class(name: str, value: type[Any]) -> Iterator[str]:
    # Python 3.10 has two of the name TimeoutError.
    yield f"class {name}({', '.join(dict.fromkeys(base.__name__ for base in _bases(value)))})"
    if issubclass(value, enum.Enum):
        yield from (f"    {member.name} = {member.value!r}" for member in value)
    elif attrs.has(value):
        fields = [field for field in attrs.fields(value) if not field.name.startswith("_")]
        yield from (f"    {_annotation(value, field.name)}{_default_of(field)}" for field in fields)
    elif issubclass(value, tuple):
        yield from (f"    {_annotation(value, field)}" for field in value._fields)
    # What comes from a public base is told there.
    owners = [
        owner for owner in value.__mro__ if _is_ours(owner) and (owner is value or not _is_public(owner))
    ]
    for member in sorted({name for owner in owners for name in vars(owner)}):
        if not member.startswith("_") or (member == "__init__" and not attrs.has(value)):
            yield from (f"    {line}" for line in _member(member, inspect.getattr_static(value, member)))


def _bases(value: type) -> Iterator[type]:
    """Those that programs may rely on, in place of what stands between."""
    for base in value.__bases__:
        if base is not object:
            yield from [base] if _is_public(base) else _bases(base)


def _is_ours(owner: type) -> bool:
    return owner.__module__.startswith("kucoin_wsapi")


def _is_public(base: type) -> bool:
    return not _is_ours(base) or base.__name__ in kucoin_wsapi.__all__


def _annotation(value: type, field: str) -> str:
    """As it is written: a field tells it as text, or as the type once somebody has looked for that."""
    annotations = (vars(owner).get("__annotations__", {}) for owner in value.__mro__)
    found = next(known[field] for known in annotations if field in known)
    text = found if isinstance(found, str) else getattr(found, "__forward_arg__", None)
    return f"{field}: {text or inspect.formatannotation(found)}"


def _default_of(field: Any) -> str:
    text = "" if field.default is attrs.NOTHING else f" = {_shown(field.default)}"
    return f"{text}  # keyword only" if field.kw_only else text


def _shown(value: Any) -> str:
    if isinstance(value, attrs.Factory):  # type: ignore[arg-type]  # a class at run time
        return f"{value.factory.__name__}()" if isinstance(value.factory, type) else "..."
    if isinstance(value, enum.Enum):
        return str(value)
    if isinstance(value, frozenset):
        return f"frozenset({sorted(value)})"
    return value.__name__ if isinstance(value, types.FunctionType) else repr(value)


def _member(name: str, value: Any) -> Iterator[str]:
    if isinstance(value, property):
        yield f"{name}: {value.fget.__annotations__['return']}  # property"
    elif isinstance(value, functools.cached_property):
        yield f"{name}: {value.func.__annotations__['return']}  # property"
    elif isinstance(value, (classmethod, staticmethod)):
        yield from _called(f"{type(value).__name__} {name}", value.__func__)
    elif isinstance(value, types.FunctionType):
        yield from _called(name, value)


def _called(name: str, function: types.FunctionType) -> Iterator[str]:
    """On one line, or with one for each parameter."""
    signature = inspect.signature(function)
    parameters: list[str] = []
    last: Any = None
    for parameter in signature.parameters.values():
        kind = parameter.kind
        if last is parameter.POSITIONAL_ONLY and kind is not last:
            parameters.append("/")
        if kind is parameter.KEYWORD_ONLY and last not in (kind, parameter.VAR_POSITIONAL):
            parameters.append("*")
        default = parameter.default
        shown = "" if default is parameter.empty else f" = {_shown(default)}"
        plain = parameter.replace(default=parameter.empty)
        parameters.append(f"{plain}".replace("'", "") + shown)
        last = kind
    if last is inspect.Parameter.POSITIONAL_ONLY:
        parameters.append("/")
    line = f"{name}({', '.join(parameters)}) -> {signature.return_annotation}"
    if len(line) <= 100:
        yield line
        return
    yield f"{name}("
    yield from (f"    {parameter}" for parameter in parameters)
    yield f") -> {signature.return_annotation}"


if __name__ == "__main__":
    FILE.write_text(interface(), encoding="utf-8")
