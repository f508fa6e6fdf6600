"""`worlds:` of in-context linear regression."""

from typing import Literal

from pydantic import Field

from eunoe.config.model import Settings


class RegressionWorld(Settings):
    """In-context linear regression: y = <w, x> + noise, x ~ N(0, I) (Kotha et al. 2024, sec. 3)."""

    kind: Literal["regression"]
    """Which lab the world belongs to."""
    dimension: int = Field(ge=1)
    """d, the length of x and w. More dimensions need more points and a larger network."""
    tasks: int = Field(ge=1)
    """How many weight vectors a bank holds. With many, a small network never learns the bank."""
    points: int = Field(ge=2)
    """Points (x, y) in a prompt; the last one is a query only, so exemplars run to points - 1."""
    sigma: float = Field(gt=0)
    """Standard deviation of the label noise, in the unit of y."""
    tau: float = Field(gt=0)
    """Standard deviation of each coordinate of a continuous task's weights, and of the bank's."""

    @property
    def sources(self) -> tuple[str, ...]:
        """Where prompts can come from: the keys that `data:` may use."""
        return ("continuous", "bank", "fresh_bank")

    @property
    def sources_in_words(self) -> str:
        """The sources, for an error's one line."""
        return ", ".join(self.sources)
