"""Which review is read, in session and URL."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.session.address import Address
from dashboard.session.reader import Reader

#: Session keys: where the reader is, and the field of the id, which Streamlit forgets on another page.
PLACE, ID = "review_place", "review_id"
ADDRESS = Address("review", ("review",))


@dataclass(frozen=True)
class Place:
    """The review's id; None: the one that the chosen model gets most wrong."""

    review: str | None = None

    def to_params(self) -> dict[str, str]:
        """Return what differs from the defaults, as query parameters."""
        return {"review": self.review} if self.review else {}

    @classmethod
    def from_params(cls, params: dict[str, str]) -> Place:
        """Read query parameters."""
        return cls(params.get("review") or None)


READER = Reader(PLACE, ADDRESS, Place())
here, settle = READER.here, READER.settle


def read(review: str | None) -> None:
    """Read another review, by a control."""
    READER.go(Place(review)) if review else READER.stay()
