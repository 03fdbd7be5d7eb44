"""The trading methods are written out for editors: their fields are those of the requests."""

import ast
import inspect
from pathlib import Path
from typing import Any

import attrs
import pytest

import kucoin_wsapi
from kucoin_wsapi import WebsocketAPIClient
from kucoin_wsapi.options import OptionFields, Options
from kucoin_wsapi.orders import _CLASSES

PACKAGE = Path(kucoin_wsapi.__file__).parent
DEFINITIONS = [
    node
    for name in ("_spot_trading", "_futures_trading", "_uta_trading")
    for node in ast.walk(ast.parse((PACKAGE / f"{name}.py").read_text(encoding="utf-8")))
    if isinstance(node, ast.FunctionDef)
]
COMMON = {"ws_key", "timeout"}


def signatures_of(method: str) -> list[ast.FunctionDef]:
    """With the fields, with the object, and what runs."""
    return [definition for definition in DEFINITIONS if definition.name == method]


def operation_of(definition: ast.FunctionDef) -> str:
    """The first argument of what the method calls."""
    call = definition.body[-1].value  # type: ignore[attr-defined]  # a return
    return ast.literal_eval(call.args[0])


METHODS = {definition.name: operation_of(signatures_of(definition.name)[-1]) for definition in DEFINITIONS}


def test_there_is_one_method_for_each_operation():
    """And the client has it."""
    assert sorted(METHODS.values()) == sorted(_CLASSES)
    assert all(hasattr(WebsocketAPIClient, name) for name in METHODS)


@pytest.mark.parametrize(("method", "operation"), METHODS.items(), ids=METHODS)
def test_the_keywords_of_a_method_are_the_fields_of_its_request(method: str, operation: str):
    """Those that a request needs have no default, the others have the same one."""
    arguments = signatures_of(method)[0].args
    given = {
        argument.arg: default and ast.literal_eval(default)
        for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        if argument.arg not in COMMON
    }
    needed = {
        argument.arg
        for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        if default is None
    }
    fields: dict[str, Any] = attrs.fields_dict(_CLASSES[operation])

    assert {name: fields[name].default for name in fields if name not in needed} == {
        name: default for name, default in given.items() if name not in needed
    }
    assert {name for name in fields if fields[name].default is attrs.NOTHING} == needed


@pytest.mark.parametrize("method", METHODS)
def test_the_three_signatures_of_a_method_agree(method: str):
    """They return the same, and take the same connection and patience."""
    with_fields, with_object, runs = signatures_of(method)

    assert {ast.unparse(each.returns) for each in (with_fields, with_object)} == {ast.unparse(runs.returns)}
    for each in (with_fields, with_object):
        common = [argument for argument in each.args.kwonlyargs if argument.arg in COMMON]
        assert list(map(ast.unparse, common)) == list(map(ast.unparse, runs.args.kwonlyargs))


@pytest.mark.parametrize(("method", "operation"), METHODS.items(), ids=METHODS)
def test_a_living_client_tells_the_fields_of_its_methods(method: str, operation: str):
    """Notebooks complete and show what ``inspect`` finds; a request object alone fits, too."""
    with WebsocketAPIClient() as client:
        signature = inspect.signature(getattr(client, method))

    assert set(attrs.fields_dict(_CLASSES[operation])) | COMMON <= set(signature.parameters)
    assert signature.parameters["timeout"].kind is inspect.Parameter.KEYWORD_ONLY
    signature.bind(object(), timeout=1)
    signature.bind(**dict.fromkeys(attrs.fields_dict(_CLASSES[operation])))


def test_the_keywords_of_a_client_are_its_options():
    """Each of them, in their order."""
    assert list(OptionFields.__annotations__) == [field.name for field in attrs.fields(Options)]
