"""Docstrings as this package writes them, made into what Sphinx reads; ``help()`` shows them as they are."""

import itertools
import re
from typing import Any

from sphinx.application import Sphinx
from sphinx.ext.napoleon import GoogleDocstring


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("autodoc-process-docstring", rewrite)
    app.connect("autodoc-process-bases", show_public_bases)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def rewrite(app: Sphinx, what: str, name: str, obj: object, options: Any, lines: list[str]) -> None:
    """Sections by napoleon, which must not take the words before a colon for the type of a property."""
    kind = "method" if what in ("attribute", "property") else what
    lines[:] = str(GoogleDocstring(_with_columns(lines), app.config, app, kind, name, obj, options)).split(
        "\n"
    )


def _with_columns(lines: list[str]) -> list[str]:
    """Columns below a line that ends with a colon are kept as they stand."""
    result: list[str] = []
    for line, following in itertools.pairwise([*lines, ""]):
        starts = not line.startswith(" ") and line.endswith(":")
        result += [line + ":", ""] if starts and re.match(r"  [\w-]+  +\S", following) else [line]
    return result


def show_public_bases(app: Sphinx, name: str, obj: type, options: Any, bases: list[type]) -> None:
    """A private class between two public ones is of no use to who catches them."""
    bases[:] = [
        public
        for base in bases
        for public in (base.__bases__ if getattr(base, "__name__", "").startswith("_") else (base,))
    ]
