"""The whole configuration."""

from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from eunoe.config.audits import Audit, tuned_name
from eunoe.config.bases import Base
from eunoe.config.checkpoints import Checkpoint
from eunoe.config.figures import Bootstrap, Style
from eunoe.config.model import Name, repeated, wrong
from eunoe.config.recipes import Run
from eunoe.config.references import check_references
from eunoe.config.study import Study

Seed = Annotated[int, Field(ge=0, le=2**31 - 1)]


class Config(Study):
    """Everything that `config.yaml` says."""

    seeds: list[Seed] = Field(min_length=1)
    """Every base and run is made once per seed."""
    default_labs: list[Name] = Field(default=[])
    """Labs whose pages are made where nothing else is asked for."""
    labs: Any = Field(default={})
    """The probes and models of each lab, by role; each lab defines its own roles."""
    audits: dict[Name, Audit] = Field(default={})
    """Pairs of models of your own to audit, by name."""
    bootstrap: Bootstrap = Bootstrap()
    """How intervals are made."""
    style: Style = Style()
    """The look of every figure."""

    @model_validator(mode="after")
    def _check_references(self) -> Self:
        if found := repeated(self.seeds):
            raise wrong("seeds", self.seeds, f"{found[0]} is given twice", "each once")
        check_references(self)
        return self

    @property
    def opened(self) -> dict[str, Checkpoint]:
        """The locations of existing bases and runs, by name."""
        models: list[tuple[str, Base | Run]] = [*self.bases.items(), *self.runs.items()]
        return {name: each.model for name, each in models if each.model}

    def key_of_model(self, kind: str, model: str) -> str:
        """Return the key that holds the location of an existing base or run, none of other models.

        For a model of an audit it is the key in the audit.
        """
        if not self.checkpoint(kind, model):
            return ""
        for audit in self.audits:
            if model in (audit, tuned_name(audit)):
                return f"audits.{audit}.{'base' if model == audit else 'tuned'}"
        return f"{kind}.{model}.model"
