"""What the exchange answers to one request."""

from __future__ import annotations

import attrs

__all__ = ["SUCCESS", "Answer"]

SUCCESS = "200000"


@attrs.frozen
class Answer:
    """Code, text and data of one reply; `data` is ready for `json.dumps` and is None in a refusal."""

    code: str
    message: str | None = None
    data: object | None = None

    @property
    def succeeded(self) -> bool:
        """Whether the request was accepted. A batch succeeds as a whole; its items carry their own codes."""
        return self.code == SUCCESS
