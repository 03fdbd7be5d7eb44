"""Random bytes for masks and client ids: never the same twice."""

import threading

from kucoin_wsapi._random_bytes import RandomBytes


def test_no_two_threads_get_the_same():
    """Also when they find nothing left at the same time."""
    source, taken = RandomBytes(12), []
    start = threading.Barrier(8)

    def take() -> None:
        start.wait()
        mine = [source.take() for _ in range(3000)]
        taken.extend(mine)

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(set(taken)) == 8 * 3000
    assert {len(one) for one in taken} == {12}
