"""`bases:` what is pretrained."""

from pydantic import Field

from eunoe.config.model import Name, Settings


class Base(Settings):
    """A network pretrained in a world."""

    world: Name
    """Key of `worlds`."""
    network: Name
    """Key of `networks`."""
    training: Name
    """Key of `trainings`."""
    alpha: float = Field(ge=0, le=1)
    """Share of prompts from the bank, D_mix = alpha D_disc + (1 - alpha) D_cont; 0 and 1 are the
    controls that know only one of the two."""

    @property
    def data(self) -> dict[str, float]:
        """Share of each source in a batch."""
        return {"bank": self.alpha, "continuous": 1 - self.alpha}
