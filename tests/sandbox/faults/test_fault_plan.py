"""Faults as descriptions: what makes sense, how they are written, and when they strike."""

import inspect

import pytest

from kucoin_wsapi.sandbox.faults import KINDS, Fault, FaultPlan


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("mute", Fault("mute")),
        ("no-reply:every=50,op=spot.*", Fault("no-reply", every=50, op="spot.*")),
        (
            "close:probability=0.25,code=1012,executed=no",
            Fault("close", probability=0.25, code="1012", executed=False),
        ),
        ("refusal:code=429002,limit=no", Fault("refusal", code="429002", limit=False)),
        ("look-up-error:status=500", Fault("look-up-error", status=500)),
        ("welcome-late:delay=2.5", Fault("welcome-late", delay=2.5)),
    ],
)
def test_a_fault_can_be_written_as_text(text, fault):
    """Each parameter in its own type."""
    assert Fault.parse(text) == fault


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("earthquake", "kind"),
        ("mute:often=1", "often"),
        ("mute:every=x", "every"),
        ("mute:every=0", "every"),
        ("mute:probability=1.5", "probability"),
        ("mute:probability=nan", "probability"),
        ("mute:probability=0.5,every=2", "every"),
        ("mute:executed=perhaps", "executed"),
        ("mute:delay=1", "delay"),
        ("mute:status=500", "status"),
        ("close:code=77", "code"),
        ("close:code=abc", "code"),
        ("error:limit=no", "limit"),
        ("reply-late:delay=-1", "delay"),
        ("reply-late:delay=inf", "delay"),
        ("look-up-error:status=200", "status"),
    ],
)
def test_what_makes_no_sense_is_refused(text, named):
    """With the name of what is wrong."""
    with pytest.raises(ValueError, match=named):
        Fault.parse(text)


def test_every_kind_has_its_line_in_the_documentation():
    """And no line tells of a kind that there is not."""
    documentation = inspect.cleandoc(Fault.__doc__)  # which CPython 3.13 has done already
    lines = {line.split()[0] for line in documentation.splitlines() if line.startswith("  ")}
    assert lines == set(KINDS)


def test_every_nth_occasion():
    """Counted for each fault alone, over the occasions that it is for."""
    plan = FaultPlan([Fault("no-reply", every=3, op="spot.*")], seed=0)

    struck = [plan.draw("request", op) is not None for op in ["spot.order", "uta.order"] * 6]

    assert struck == [False, False, False, False, True, False] * 2
    assert plan.struck == {"no-reply": 2}


def test_the_first_fault_hides_the_occasion():
    """One fault at a time."""
    plan = FaultPlan([Fault("mute", every=2), Fault("no-reply", every=2)], seed=0)

    kinds = [fault and fault.kind for fault in (plan.draw("request", "spot.order") for _ in range(6))]

    assert kinds == [None, "mute", "no-reply", "mute", None, "mute"]


def test_a_fault_strikes_on_its_own_occasion_only():
    """A fault of the login never meets a request."""
    plan = FaultPlan([Fault("no-challenge")], seed=0)
    assert plan.draw("request", "spot.order") is None
    assert plan.draw("login") == Fault("no-challenge")


def test_chance_is_seeded():
    """The same seed, the same faults; about as many as were asked for."""

    def drawn(seed):
        plan = FaultPlan([Fault("mute", probability=0.1)], seed)
        return [plan.draw("request") is not None for _ in range(1000)]

    assert drawn(1) == drawn(1) != drawn(2)
    assert 60 < sum(drawn(1)) < 140
