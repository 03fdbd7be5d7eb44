"""The pytest plugin, in projects of its own."""

from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[3]


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch):
    """Runs pytest on a file in a process of its own, with warnings as errors."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))

    def run_tests(text: str, conftest: str = "") -> pytest.RunResult:
        pytester.makepyfile(text)
        if conftest:
            pytester.makeconftest(conftest)
        return pytester.runpytest_subprocess(
            *("-p", "kucoin_wsapi_pytest", "-p", "no:randomly", "-W", "error", "-q")
        )

    return run_tests


def test_each_test_gets_a_sandbox_of_its_own(run):
    """A client trades on it; the next test finds nothing of that."""
    result = run(
        """
        import pytest
        from kucoin_wsapi import WebsocketAPIClient

        @pytest.mark.parametrize("number", [1, 2])
        def test_order(kucoin_sandbox, number):
            assert kucoin_sandbox.orders == ()
            with WebsocketAPIClient(**kucoin_sandbox.client_options()) as client:
                client.submit_new_spot_order(
                    symbol="BTC-USDT", side="buy", type="limit", price="50000", size="0.001"
                ).result()
            assert len(kucoin_sandbox.orders) == 1
        """
    )

    result.assert_outcomes(passed=2)


def test_options_of_a_project(run):
    """A fixture of the project's own says how its sandboxes are made."""
    result = run(
        """
        def test_accounts(kucoin_sandbox):
            assert kucoin_sandbox.ledger("bob").balances == ()
        """,
        conftest="""
        import pytest

        @pytest.fixture
        def kucoin_sandbox_options():
            from kucoin_wsapi.sandbox import Account

            return {"accounts": [Account("alice"), Account("bob", deposits={})]}
        """,
    )

    result.assert_outcomes(passed=1)


def test_nothing_is_imported_before_it_is_used(run):
    """A run that does not ask for the fixture pays nothing for it."""
    result = run(
        """
        import sys

        def test_without():
            assert "kucoin_wsapi_pytest" in sys.modules
            assert "kucoin_wsapi" not in sys.modules
            assert "aiohttp" not in sys.modules

        def test_with(kucoin_sandbox):
            assert "aiohttp" in sys.modules
        """
    )

    result.assert_outcomes(passed=2)


def test_nothing_outlives_the_test(run):
    """The thread and the port are gone when the next test begins."""
    result = run(
        """
        import threading
        import urllib.error
        import urllib.request

        urls = []

        def test_first(kucoin_sandbox):
            urls.append(kucoin_sandbox.rest_url)

        def test_second():
            assert threading.enumerate() == [threading.main_thread()]
            try:
                urllib.request.urlopen(urls[0] + "/api/v1/timestamp", timeout=5)
            except urllib.error.URLError:
                return
            raise AssertionError("somebody still answers")
        """
    )

    result.assert_outcomes(passed=2)
