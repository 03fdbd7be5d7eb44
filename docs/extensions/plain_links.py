"""Links between pages are written as links to files, ``<sandbox.rst>``, which viewers without Sphinx follow too."""

from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("doctree-read", link_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def link_pages(app: Sphinx, doctree: nodes.document) -> None:
    """Make them links between pages, which Sphinx checks: a page that is not there is a warning."""
    root = Path(app.srcdir)
    page = root / app.env.docname
    for link in list(doctree.findall(nodes.reference)):
        target = link.get("refuri", "")
        if "://" in target or not target.endswith(".rst"):
            continue
        wanted = (page.parent / target).resolve()
        if root not in wanted.parents:  # the changelog and the like
            continue
        name = wanted.relative_to(root).with_suffix("").as_posix()
        text = nodes.inline("", link.astext())
        link.replace_self(
            addnodes.pending_xref(
                "",
                text,
                refdomain="std",
                reftype="doc",
                reftarget=f"/{name}",
                refdoc=app.env.docname,
                refexplicit=True,
                refwarn=True,
            )
        )
