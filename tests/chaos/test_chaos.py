"""A short run of the chaos suite; ``python tests/chaos/run.py`` is the long one."""

from __future__ import annotations

import pytest
from chaos_campaign import Settings, run


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "TLS"])
def test_no_verdict_disagrees_with_the_ledger(tls: bool) -> None:
    """Orders of all products through faults of all kinds: settled in time, placed once, told truly, nothing left."""
    report = run(Settings(orders=350, seed=20, tls=tls, clients=2, rate=20.0, until_certain=1.0, lag=0.2))

    print(report)
    assert report.violations == []
    assert report.tally.requests >= 350
    assert report.claims > 300
    assert sum(report.faults.values()) > 30
