"""What a benchmark gives: figures with their rounds, and the reach they should have."""

from dataclasses import dataclass, field
from statistics import median


@dataclass(frozen=True)
class Reach:
    """Whether more is better, and the bound that is wanted; None where nothing is, and the figure only informs."""

    more: bool
    bound: float | None = None

    def met(self, value: float) -> bool | None:
        if self.bound is None:
            return None
        return value >= self.bound if self.more else value <= self.bound


def at_least(bound: float | None = None) -> Reach:
    return Reach(True, bound)


def at_most(bound: float | None = None) -> Reach:
    return Reach(False, bound)


@dataclass(frozen=True)
class Figure:
    """One row of the table: raccord's values, one a round, and those of the peer it was run beside.

    With a peer the reach is that of the ratio, without one that of the value itself.
    """

    what: str
    unit: str
    reach: Reach
    ours: list[float]
    peer: str = ""
    theirs: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        if not self.ours or (self.peer and len(self.theirs) != len(self.ours)):
            raise ValueError(f"{self.what}: {len(self.ours)} rounds of raccord, {len(self.theirs)} of its peer")

    @property
    def measured(self) -> list[float]:
        """What is compared with the reach: the ratio of each round to the peer's beside it, or the values."""
        return [our / their for our, their in zip(self.ours, self.theirs)] if self.peer else self.ours

    @property
    def value(self) -> float:
        return median(self.measured)

    @property
    def spread(self) -> tuple[float, float]:
        return min(self.measured), max(self.measured)

    @property
    def met(self) -> bool | None:
        return self.reach.met(self.value)


@dataclass(frozen=True)
class Missing:
    """What cannot be measured with this raccord or on this machine, and why."""

    what: str
    why: str
