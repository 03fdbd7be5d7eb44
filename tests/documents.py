"""The code blocks of a document, for those who run them. Nothing but the standard library is needed."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

ROOT = Path(__file__).parent.parent


def blocks(document: Path, *kinds: str) -> list[tuple[str, str]]:
    """All code blocks of some kinds, in their order: the kind of each, and its contents."""
    pattern = rf"^( *)\.\. code-block:: ({'|'.join(kinds)})\n\n((?:\1   .*\n|\n)+)"
    found = re.findall(pattern, document.read_text(encoding="utf-8"), re.MULTILINE)
    return [(kind, textwrap.dedent(block).strip()) for _, kind, block in found]


def commands(block: str) -> list[str]:
    """The lines of a block of the kind ``console``, each of which is a command."""
    return [line.removeprefix("$ ") for line in block.splitlines()]
