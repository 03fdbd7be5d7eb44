"""What notebooks show of the trading methods: the fields, which their sources tell editors by overloads."""

from __future__ import annotations

import inspect
import types
from inspect import Parameter
from typing import get_args, get_type_hints

__all__ = ["show_fields"]


def show_fields(owner: type) -> None:
    """Give each public method of a class the signature that a person wants to see, once.

    Whoever completes what is typed into a running program asks the object, which knows nothing of overloads. All fields
    are optional there, because the method also takes a request object.
    """
    for name, method in vars(owner).items():
        if isinstance(method, types.FunctionType) and name[0] != "_" and not hasattr(method, "__signature__"):
            method.__signature__ = _with_fields(method)  # type: ignore[attr-defined]  # what inspect looks for


def _with_fields(method: types.FunctionType) -> inspect.Signature:
    signature = inspect.signature(method)
    client, given, *common, _ = signature.parameters.values()
    request_class = get_args(get_type_hints(method)[given.name])[0]
    fields = [
        field.replace(default=None if field.default is Parameter.empty else field.default)
        for field in inspect.signature(request_class).parameters.values()
    ]
    if given.name in request_class.__annotations__:  # it may be named, too
        given = given.replace(kind=Parameter.POSITIONAL_OR_KEYWORD)
        client = client.replace(kind=Parameter.POSITIONAL_OR_KEYWORD)
    others = [field for field in fields if field.name != given.name]
    return signature.replace(parameters=[client, given, *others, *common])
