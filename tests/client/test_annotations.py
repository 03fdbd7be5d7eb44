"""The annotations of the package, as programs read them at run time: Sphinx, cattrs, notebooks."""

import functools
import inspect
import typing
from collections.abc import Iterator
from typing import Any

import pytest

import kucoin_wsapi

PUBLIC = [getattr(kucoin_wsapi, name) for name in kucoin_wsapi.__all__]
CLASSES = [value for value in PUBLIC if isinstance(value, type)]


def functions_of(public: type) -> Iterator[Any]:
    """What a class and those above it in the package offer, behind properties and class methods too."""
    for owner in public.__mro__:
        if not owner.__module__.startswith("kucoin_wsapi"):
            continue
        for value in vars(owner).values():
            if isinstance(value, (classmethod, staticmethod)):
                value = value.__func__
            elif isinstance(value, property):
                value = value.fget
            elif isinstance(value, functools.cached_property):
                value = value.func
            if inspect.isfunction(value) and (value.__name__.startswith("__") or value.__name__[0] != "_"):
                yield value


@pytest.mark.parametrize("public", CLASSES, ids=lambda public: public.__name__)
def test_the_annotations_of_a_public_class_and_of_its_methods_can_be_resolved(public: type):
    """No name in them is known to type checkers only."""
    typing.get_type_hints(public)
    for function in functions_of(public):
        typing.get_type_hints(function)


def test_the_reader_of_classes_reads():
    """A check that finds nothing must not pass because it reads nothing."""
    found = {function.__name__ for function in functions_of(kucoin_wsapi.WebsocketAPIClient)}

    assert {"__init__", "from_env", "clock_skew", "submit_uta_order", "connect_ws_api"} <= found
