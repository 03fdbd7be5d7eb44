"""Classes are documented by the name that a program imports; types in signatures are found by it, wherever they are."""

import re
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

import kucoin_wsapi
from kucoin_wsapi import sandbox


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("missing-reference", find_by_public_name)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def find_by_public_name(
    app: Sphinx, env: BuildEnvironment, node: addnodes.pending_xref, content: nodes.Element
) -> nodes.Element | None:
    """The link to ``kucoin_wsapi.WsKey`` for ``kucoin_wsapi.options.WsKey`` or a bare ``WsKey``."""
    if node.get("refdomain") != "py":
        return None
    target = node["reftarget"]
    # ``SpotOrderFields`` are the fields of a ``SpotOrder`` as keywords.
    name = re.sub(r"(?<=\w)Fields$", "", target.rpartition(".")[2])
    homes = [sandbox, kucoin_wsapi] if ".sandbox." in target else [kucoin_wsapi, sandbox]
    python = env.get_domain("py")
    for home in homes:
        if name in home.__all__:
            return python.resolve_xref(
                env, node["refdoc"], app.builder, "obj", f"{home.__name__}.{name}", node, content
            )
    return None
