"""Sphinx: ``tox -e docs`` builds the pages into ``docs/build``, and refuses every warning.

The pages are plain reStructuredText that any viewer shows; what only Sphinx can do is in ``reference``.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "extensions"))

from kucoin_wsapi import __version__

project = "kucoin_wsapi"
author = "The kucoin_wsapi developers"
version = release = __version__

extensions = ["sphinx.ext.autodoc", "sphinx.ext.napoleon", "docstrings", "plain_links", "public_names"]
exclude_patterns = ["build"]
html_theme = "alabaster"  # comes with Sphinx
html_theme_options = {"description": "Trade on KuCoin over its WebSocket API", "page_width": "1100px"}
html_copy_source = False

# The names in single backticks are those of the code beside them, most of them arguments.
default_role = "literal"

autodoc_member_order = "bysource"
autodoc_typehints_format = "fully-qualified"
python_use_unqualified_type_names = True  # shows the last part of it
autodoc_default_options = {"members": True, "show-inheritance": True}
napoleon_google_docstring = napoleon_numpy_docstring = False  # ``docstrings`` does it
napoleon_use_param = False  # several arguments may share a line
napoleon_custom_sections = [("Attributes", "params_style")]  # so may attributes

nitpick_ignore_regex = [
    # Nothing is fetched while building, so that there is no inventory of the standard library to look these up in.
    (r"py:.*", r"(builtins|collections|concurrent|datetime|decimal|enum|logging|ssl|types|typing)\..*"),
    (r"py:class", r"Any|Callable|Collection|Decimal|Iterable|Iterator|Mapping|Self|Sequence|TracebackType"),
    # Words of the exchange: the text of each field lists them.
    (r"py:class", r"Amount|Side|OrderType|(Spot|Futures)TimeInForce|MarginMode|PositionSide|PriceKind"),
    (r"py:class", r"StopDirection|(Futures|Uta)?SelfTradePrevention|Uta\w+"),
    # Type variables, and unions and dictionaries that are told in the text of what takes or returns them.
    (r"py:.*", r"(.*\.)?(T|T_co|Item_co|AnyHandler|Handler|TopicsGiven|Unpack|OptionFields)"),
    (r"py:class", r"kucoin_wsapi\.sandbox\..*\.(ClientOptions|PartnerOptions|Traffic|Trigger)"),
]
