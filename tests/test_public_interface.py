"""The public interface changes on purpose only."""

import public_interface


def test_the_public_interface_is_as_written_down():
    """Names, parameters, defaults, fields, members and bases; ``python tests/public_interface.py`` renews it."""
    written = public_interface.FILE.read_text(encoding="utf-8")

    assert public_interface.interface().splitlines() == written.splitlines()
