"""Options of the command line for the fields of requests, made from the request classes: one place for each fact."""

from __future__ import annotations

import argparse
import inspect
import re
from collections.abc import Iterable, Mapping
from typing import Any

import attrs

__all__ = ["add_fields", "given_fields"]

_FIELD_TEXT = re.compile(r"^    (\w+(?:, \w+)*): (.+(?:\n {6,}.+)*)", re.MULTILINE)


def add_fields(
    parser: argparse.ArgumentParser, classes: Mapping[str, type[Any]], *, without: Iterable[str] = ()
) -> None:
    """An option for each field of any of the classes, by the name of its product, such as ``--time-in-force``.

    A field that several classes have is explained as the first of them explains it.
    """
    takers: dict[str, list[str]] = {}
    texts: dict[str, str] = {}
    kinds: dict[str, str] = {}
    for product, request_class in classes.items():
        explained = _explained(request_class)
        for attribute in attrs.fields(request_class):
            if attribute.name not in without:
                takers.setdefault(attribute.name, []).append(product)
                texts.setdefault(attribute.name, explained.get(attribute.name, ""))
                kinds.setdefault(attribute.name, str(attribute.type))
    group = parser.add_argument_group("fields")
    for name, products in takers.items():
        option = f"--{name.replace('_', '-')}"
        text = f"({', '.join(products)}) {texts[name]}" if len(classes) > 1 else texts[name]
        if "bool" in kinds[name]:
            group.add_argument(option, action="store_const", const=True, help=text)
        elif kinds[name].startswith("int"):
            group.add_argument(option, type=int, metavar="N", help=text)
        else:
            group.add_argument(
                option, metavar="TEXT" if "Decimal" not in kinds[name] else "NUMBER", help=text
            )


def given_fields(options: argparse.Namespace, classes: Iterable[type[Any]]) -> dict[str, Any]:
    """What was given of the fields of the classes; a product refuses those that only another one has."""
    names = dict.fromkeys(name for request_class in classes for name in attrs.fields_dict(request_class))
    values = {name: getattr(options, name, None) for name in names}
    return {name: value for name, value in values.items() if value is not None}


def _explained(request_class: type[Any]) -> dict[str, str]:
    """The text for each field, of the docstring; none where Python was told to leave these out."""
    found = _FIELD_TEXT.findall(inspect.cleandoc(request_class.__doc__ or ""))
    texts = {names: " ".join(text.split()).replace("`", "").replace("%", "%%") for names, text in found}
    return {name: text for names, text in texts.items() for name in names.split(", ")}
