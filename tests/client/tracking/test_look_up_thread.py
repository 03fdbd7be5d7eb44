"""The thread of the look-ups: that there is one, and that it ends."""

from __future__ import annotations

import threading
import time

import pytest
from desk import PATIENCE

from kucoin_wsapi._look_up_thread import LookUpThread


class Job:
    """Notes who does it."""

    def __init__(self) -> None:
        self.done = threading.Event()
        self.threads: list[threading.Thread] = []

    def do(self) -> None:
        """Called when it is due."""
        self.threads.append(threading.current_thread())
        self.done.set()


@pytest.mark.parametrize("runs", [True, False])
def test_a_start_that_ctrl_c_interrupts_leaves_one_thread_which_ends(
    runs: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether it had started already or not."""
    start = threading.Thread.start

    def interrupted(thread: threading.Thread) -> None:
        if runs:
            start(thread)
        raise KeyboardInterrupt

    name = f"interrupted-look-ups-{runs}"
    thread, job = LookUpThread(lambda: name), Job()
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", interrupted)
        with pytest.raises(KeyboardInterrupt):
            thread.plan(job.do, time.monotonic())
    for _ in range(3):
        job.done.clear()
        thread.plan(job.do, time.monotonic())
        assert job.done.wait(PATIENCE)
    thread.stop()
    thread.join(PATIENCE)

    assert len(set(job.threads)) == 1
    assert not [other for other in threading.enumerate() if other.name == name]
