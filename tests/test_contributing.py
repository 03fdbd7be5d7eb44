"""What is written for those who carry on holds: the map of the code, the commands, the changelog and its version."""

from __future__ import annotations

import configparser
import re
import sys
from pathlib import Path

import pytest
from documents import ROOT

from kucoin_wsapi import __version__

sys.path.insert(0, str(ROOT / "tests" / "client"))

from test_layers import CLIENT, LEVEL, MAY_NAME_THE_PACKAGE, siblings

PAGE = (ROOT / "CONTRIBUTING.rst").read_text(encoding="utf-8")
GROUPS = [
    re.findall(r"``(\w+)``", modules)
    for modules in re.findall(r"^\*\*.+\*\*: .+\n((?:    ``.*\n)+)", PAGE, re.MULTILINE)
]
PLACE = {module: place for place, group in enumerate(GROUPS) for module in group}


def test_the_map_has_every_module_of_the_client_once() -> None:
    """A new module is put into the group that it belongs to."""
    named = [module for group in GROUPS for module in group]

    assert sorted(named) == sorted(LEVEL)


@pytest.mark.parametrize("path", CLIENT, ids=lambda path: path.stem)
def test_a_module_imports_from_its_own_group_of_the_map_and_from_those_above_it(path: Path) -> None:
    """So that the list can be read from its top."""
    package = {"__init__"} if path.stem in MAY_NAME_THE_PACKAGE else set()
    imported = siblings(path) - {"sandbox", "cli"} - package
    later = {name for name in imported if PLACE[name] > PLACE[path.stem]}

    assert later == set()


def test_the_environments_of_tox_that_are_named_are_there() -> None:
    """And each environment has a line that says what it is for."""
    tox = configparser.ConfigParser(interpolation=None)
    tox.read(ROOT / "tox.ini")
    named = {name for text in re.findall(r"``tox -e ([\w,]+)``", PAGE) for name in text.split(",")}
    versions = {name for name in named if re.fullmatch(r"py31\d", name)}

    assert {f"testenv:{name}" for name in named - versions} <= set(tox.sections())
    assert versions <= set(re.split(r",\s*", tox["tox"]["env_list"]))
    assert [
        name for name in tox.sections() if name.startswith("testenv") and not tox[name].get("description")
    ] == []


def test_the_changelog_and_the_version_agree() -> None:
    """The last release is the version; before the first one, the version is that of the first."""
    text = (ROOT / "CHANGELOG.rst").read_text(encoding="utf-8")
    titles = re.findall(r"^(.+)\n-{4,}$", text, re.MULTILINE)
    released = [re.fullmatch(r"(\d+\.\d+\.\d+) \(\d{4}-\d\d-\d\d\)", title) for title in titles[1:]]
    versions = [match[1] for match in released if match]
    kinds = set(re.findall(r"^(.+)\n~{4,}$", text, re.MULTILINE))

    assert titles[0] == "Unreleased"
    assert len(versions) == len(released), "a version, and the day of its release"
    assert versions == sorted(versions, key=_numbers, reverse=True)
    assert kinds <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    if versions:
        assert versions[0] == __version__
    else:
        assert f"What will be {__version__}, the first release." in text


def _numbers(version: str) -> list[int]:
    return [int(number) for number in version.split(".")]
