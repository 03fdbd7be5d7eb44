"""Errors teach: each says what happened, whether the order may exist and what to do next, and has a page of its own."""

from __future__ import annotations

import importlib.util
import inspect
import re
from pathlib import Path
from types import ModuleType

import pytest
from error_samples import SAMPLES

from kucoin_wsapi import KucoinError, WsKey, _error_codes, exceptions
from kucoin_wsapi._retrying import LoginVerdict, judge_login_code
from kucoin_wsapi.exceptions import LOGIN_ADVICE, OutcomeUnknownError

DOCS = Path(__file__).parent.parent / "docs"
ONLY_CAUGHT = {"KucoinError", "CallError", "NotSentError"}

# What an advice begins with, and whether that says that an order may exist.
ABOUT_THE_ORDER = {
    "nothing was started or sent": False,
    "nothing was sent": False,
    "no order was sent": False,
    "no order is concerned": False,
    "not sent: the exchange never saw it": False,
    "rejected: the exchange did not execute it": False,
    "rejected: an order with this client_oid exists": True,
    "rejected: the order may be filled or cancelled already": True,
    "outcome unknown: the order may exist": True,
    "outcome unknown: the old order may be cancelled without a new one": True,
    "the order may exist": True,
    "spot orders may rest unguarded, or be cancelled": True,
    "what succeeded is done; what failed was not": True,
    "each call tells of its own order": True,
}
HEADINGS = ["May the order exist?", "What to do", "May it be repeated?"]


def shape(text: str) -> str:
    """What does not change from run to run: no ids, no numbers, no line ends."""
    without_ids = re.sub(r"\b(?:[0-9a-f]{24}|[0-9a-f]{12}-\d+|stray-\d+)\b", "ID", text)
    return re.sub(r"\s+", "", re.sub(r"-?\d[\d.]*", "0", without_ids))


def page_of(name: str) -> str:
    """The page of a class."""
    return (DOCS / "errors" / f"{name}.rst").read_text(encoding="utf-8")


def provoked(name: str, monkeypatch: pytest.MonkeyPatch) -> KucoinError:
    """An error of this very class, as it comes about."""
    make = SAMPLES[name]
    error = make(monkeypatch) if inspect.signature(make).parameters else make()
    assert type(error).__name__ == name
    return error


def test_every_class_is_provoked_here() -> None:
    """But those of which no instance is made."""
    assert {*SAMPLES} == {*exceptions.__all__} - ONLY_CAUGHT


@pytest.mark.parametrize("name", SAMPLES)
def test_an_error_says_what_happened_whether_the_order_may_exist_and_what_to_do(name, monkeypatch) -> None:
    """And its page shows what it says."""
    error = provoked(name, monkeypatch)
    happened, _, advice = str(error).partition(" [")

    assert len(happened) > 20
    assert advice == f"{error.advice}]"
    about, *_ = (beginning for beginning in ABOUT_THE_ORDER if error.advice.startswith(beginning))
    assert ABOUT_THE_ORDER[about] or not isinstance(error, OutcomeUnknownError)
    assert re.match(r"[:;,]? \w+ \w+", error.advice.removeprefix(about)), "what to do comes after that"
    shown = page_of(name).partition("What it says")[2].partition("::")[2].partition("Its attributes")[0]
    assert shape(shown) == shape(str(error))


@pytest.mark.parametrize("name", exceptions.__all__)
def test_every_class_has_a_page(name) -> None:
    """That answers the same questions in the same order, each with a sentence at least."""
    title, _, text = page_of(name).partition("\n")
    sections = re.split(r"^(.+)\n-+\n", text.partition("\n")[2], flags=re.MULTILINE)
    headings, answers = sections[1::2], [sections[0], *sections[2::2]]

    assert title == name
    assert headings == HEADINGS + ["What it says"] * (name in SAMPLES)
    assert all(re.search(r"[\w`)]\.\s", answer) for answer in answers)
    assert re.search(rf"^   {name}$", page_of("index"), re.MULTILINE)


@pytest.mark.parametrize(
    ("op", "words"),
    [
        ("spot.order", "the order may exist"),
        ("uta.amend", "the order may be changed or not"),
        ("spot.sync_cancel", "the order may be cancelled or not"),
        ("futures.cancel", "the order may be cancelled or not"),
        ("futures.multi_order", "each order may exist or not"),
        ("futures.multi_cancel", "each order may be cancelled or not"),
        ("spot.invented", "the order may exist"),
    ],
)
def test_an_unknown_outcome_is_told_by_what_was_asked_for(op, words) -> None:
    """After a cancel, that an order may exist would say little."""
    error = OutcomeUnknownError("lost", request_id="r", op=op, ws_key=WsKey.WS_API_SPOT_V1)

    assert (
        error.advice == f"outcome unknown: {words}, look it up with client.resolve(error) before repeating it"
    )


def test_a_login_that_is_refused_for_good_is_advised_on_by_its_code() -> None:
    """Also where an order that waited for it is told of, whose repetition would be of no use before."""
    refused = [
        code
        for code, verdict in _error_codes._GATEWAY.items()
        if verdict is exceptions.PermissionDeniedError and judge_login_code(code) is not LoginVerdict.RETRY
    ]
    error = exceptions.NotReadyError("refused", request_id="r", op="spot.order", ws_key=WsKey.WS_API_SPOT_V1)
    error.__cause__ = exceptions.AuthenticationError("refused with 400003", code="400003")

    assert {*refused} == {*LOGIN_ADVICE}
    assert LOGIN_ADVICE["400003"] in error.advice


@pytest.fixture
def script() -> ModuleType:
    """What makes the tables of codes."""
    spec = importlib.util.spec_from_file_location("error_codes", DOCS / "error_codes.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_of_codes_is_that_which_the_script_makes(script: ModuleType) -> None:
    """Run ``python docs/error_codes.py`` after a change of the codes."""
    assert script.PAGE.read_text() == script.page()


def test_the_page_of_codes_has_every_code_that_is_known(script: ModuleType) -> None:
    """Under the product and the class that it stands for."""
    shown: set[tuple[str, str, str]] = set()
    product = verdict = ""
    for line, below in zip(
        script.tables().splitlines(), [*script.tables().splitlines()[1:], ""], strict=True
    ):
        if below and set(below) == {"-"}:
            product = line
        elif line.startswith("`"):
            verdict = line[1:].partition(" ")[0]
        elif line[:1].isdigit():
            shown.add((product, line.split()[0], "" if product == "Logins" else verdict))
    known = {
        (product, code, verdict.__name__)
        for product, _, codes in script._PRODUCTS
        for code, verdict in codes.items()
    }

    assert shown == known | {("Logins", code, "") for code in LOGIN_ADVICE}
