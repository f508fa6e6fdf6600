"""The design of a text probe: its target, its groups of sources, and the base of each run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from eunoe.results.models import Model
from eunoe.results.text.cells import UNCROSSED, Design


@dataclass(frozen=True)
class Probed:
    """The design of a text probe: its target, its groups of sources, and the base of each run."""

    runs: Mapping[str, str]
    """The base of each run."""
    target: str | None = None
    """The source that recipes tune for."""
    same_format: Sequence[str] = ()
    """Other sources whose replies have the target's format."""
    rehearsed: Sequence[str] = ()
    """Held-out sources that recipes may train on, to keep them."""
    levels: Sequence[float] = ()
    """Target scores at which checkpoints were kept."""
    design: Design = UNCROSSED

    def base_of(self, model: Model) -> Model | None:
        """Return the base that a run started from, None for a base."""
        known = model.kind == "run" and model.name in self.runs
        return Model("base", self.runs[model.name]) if known else None

    def held_out(self, sources: Sequence[str]) -> list[str]:
        """Return the sources on which retention is measured; none without a target."""
        return held_out(sources, self.target, self.same_format) if self.target else []

    def unseen(self, sources: Sequence[str]) -> list[str]:
        """Return the held-out sources that no recipe may train on: recipes are compared there."""
        return [source for source in self.held_out(sources) if source not in self.rehearsed]

    def groups(self, sources: Sequence[str]) -> dict[str, list[str]]:
        """Return the held-out sources, then those that recipes may train on, and the others."""
        every = self.held_out(sources)
        found = {"held_out": every}
        if set(every) & set(self.rehearsed):
            found["rehearsed"] = [source for source in every if source in self.rehearsed]
            found["unrehearsed"] = self.unseen(sources)
        return {name: members for name, members in found.items() if members}


def held_out(
    sources: Sequence[str], target: str | None, same_format: Sequence[str] = ()
) -> list[str]:
    """Return the sources on which retention is measured: neither the target nor of its format."""
    return [source for source in sources if source != target and source not in same_format]
