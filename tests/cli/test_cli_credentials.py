"""Where the command line takes a key from."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

NAMES = ("api_key", "api_secret", "api_passphrase")


@pytest.fixture
def urls(sandbox) -> tuple[str, ...]:
    """Arguments that lead to a sandbox without its key."""
    return "--ws-url", sandbox.ws_url, "--rest-url", sandbox.rest_url


def key_file(path: Path, sandbox, mode: int = 0o600) -> Path:
    """The key of a sandbox in a file."""
    options = sandbox.client_options()
    lines = [f"KUCOIN_{name.upper()} = {options[name]}" for name in NAMES]
    path.write_text("\n".join(["# of the sandbox", "", *lines, ""]))
    path.chmod(mode)
    return path


def test_a_file_holds_the_key(run, sandbox, urls, tmp_path) -> None:
    """Comments and empty lines are skipped."""
    ran = run("ping", "--count", 1, *urls, "--credentials", key_file(tmp_path / "key", sandbox))

    assert (ran.status, ran.err) == (0, "")


def test_a_file_goes_before_the_environment(run, sandbox, urls, key_in_environment, tmp_path) -> None:
    """It was asked for in so many words."""
    key_in_environment(sandbox, api_key="wrong", api_secret="wrong", api_passphrase="wrong")

    assert run("ping", "--count", 1, *urls, "--credentials", key_file(tmp_path / "key", sandbox)).status == 0


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_file_that_others_may_touch_is_refused(run, sandbox, urls, tmp_path, mode) -> None:
    """The message says how to mend it."""
    path = key_file(tmp_path / "key", sandbox, mode)
    ran = run("ping", *urls, "--credentials", path)

    assert ran.status == 2
    assert f"chmod 600 {path}" in ran.err


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (b"KUCOIN_API_KEY=hush-hush\n", "KUCOIN_API_SECRET"),
        (b"hush-hush\n", "line 1"),
        (b"\n\nHUSH=hush-hush", "line 3"),
        (b"\xffhush-hush", "no text"),
        (None, "cannot be read"),
    ],
)
def test_a_file_without_a_key_is_told_without_its_contents(run, urls, tmp_path, text, word) -> None:
    """Whatever is in it may be a secret."""
    path = tmp_path / "key"
    if text is not None:
        path.write_bytes(text)
        path.chmod(0o600)
    ran = run("ping", *urls, "--credentials", path)

    assert (ran.status, ran.out) == (2, "")
    assert word in ran.err
    assert "hush-hush" not in ran.err


def test_the_environment_holds_the_key(run, sandbox, key_in_environment) -> None:
    """As for a client."""
    assert run("ping", "--count", 1, *key_in_environment(sandbox)).status == 0


def test_a_part_of_a_key_is_no_reason_to_ask_for_the_rest(run, urls, monkeypatch) -> None:
    """What is missing is named."""
    monkeypatch.setenv("KUCOIN_API_KEY", "mine")
    ran = run("ping", *urls)

    assert ran.status == 2
    assert "KUCOIN_API_SECRET, KUCOIN_API_PASSPHRASE" in ran.err


def test_on_a_terminal_the_key_is_asked_for_and_not_shown(run, sandbox, urls, monkeypatch) -> None:
    """Three prompts, as with any password."""
    options = sandbox.client_options()
    answers = iter([options[name] for name in NAMES])
    shown: list[str] = []
    monkeypatch.setattr("getpass.getpass", lambda prompt: shown.append(prompt) or next(answers))
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    ran = run("ping", "--count", 1, *urls)

    assert ran.status == 0
    assert [prompt.split(" (")[0] for prompt in shown] == ["API key", "secret", "passphrase"]
    assert options["api_secret"] not in ran.out + ran.err


@pytest.mark.parametrize("answer", ["", EOFError])
def test_a_prompt_without_an_answer_ends_the_command(run, urls, monkeypatch, answer) -> None:
    """Nothing is sent."""

    def prompt(_: str) -> str:
        if answer is EOFError:
            raise EOFError
        return answer

    monkeypatch.setattr("getpass.getpass", prompt)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    ran = run("ping", *urls)

    assert (ran.status, ran.out) == (2, "")
    assert "needed" in ran.err
