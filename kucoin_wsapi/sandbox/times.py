"""Units of time: the sandbox counts Unix nanoseconds inside and mostly sends milliseconds."""

MILLISECOND = 1_000_000
SECOND = 1_000_000_000


def to_milliseconds(nanoseconds: int) -> int:
    """Whole milliseconds, rounded down."""
    return nanoseconds // MILLISECOND
