"""`bases:` pretrained networks, and existing models in their place."""

import math
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError

from eunoe.config.checkpoints import AnyCheckpoint
from eunoe.config.model import Name, Settings, Source, wrong
from eunoe.config.worlds.text import Language, Task

Weight = Annotated[float, Field(gt=0)]
WEIGHTS = TypeAdapter(dict[Name, Weight], config=ConfigDict(allow_inf_nan=False))


class Crossed(Settings):
    """Relative frequencies of tasks and of languages."""

    tasks: dict[Task, Weight] = Field(min_length=1)
    """Tasks of the world."""
    languages: dict[Language, Weight] = Field(min_length=1)
    """Languages of the world."""


def widen_crossed(value: Any) -> Any:
    """Return frequencies of tasks and of languages as frequencies of sources."""
    keys = list(Crossed.model_fields)
    if not isinstance(value, Mapping) or not set(keys) & set(value):
        return value
    tasks, languages = (weights_of(value.get(key)) for key in keys)
    if len(value) != len(keys) or not tasks or not languages:
        allowed = f"a mapping with the keys {', '.join(keys)}, each of names with numbers above 0"
        raise wrong("", value, "no weights of tasks and languages", allowed)
    return {
        f"{task}.{language}": often * spoken
        for task, often in tasks.items()
        for language, spoken in languages.items()
    }


def weights_of(part: Any) -> dict[str, float]:
    """Return numbers above 0 by name, which may be given as texts; none of anything else."""
    try:
        return WEIGHTS.validate_python(part)
    except ValidationError:
        return {}


Weights = Annotated[dict[Source, Weight], Field(min_length=1)]
Mixture = Annotated[
    Weights, BeforeValidator(widen_crossed, json_schema_input_type=Crossed | Weights)
]


class Base(Settings):
    """A network pretrained in a world; or, in a world of text, an existing model."""

    world: Name
    """Key of `worlds`."""
    network: Name | None = None
    """Key of `networks`; null if the base is an existing model."""
    training: Name | None = None
    """Key of `trainings`; null if the base is an existing model."""
    alpha: float | None = Field(default=None, ge=0, le=1)
    """In regression: share of prompts from the bank, D_mix = alpha D_disc + (1 - alpha) D_cont; 0
    and 1 are the controls that know only one of the two."""
    mixture: Mixture | None = None
    """Of text: relative frequency of each source; or relative frequencies of `tasks` and of
    `languages`."""
    model: AnyCheckpoint | None = None
    """An existing causal language model, in place of network, training and mixture: a folder, a hub
    id, or a mapping with model and revision. Of text only."""

    @property
    def data(self) -> dict[str, float]:
        """Share of each source in a batch."""
        if self.mixture is not None:
            total = math.fsum(self.mixture.values())
            return {source: often / total for source, often in self.mixture.items()}
        assert self.alpha is not None, "a pretrained base has one of the two"
        return {"bank": self.alpha, "continuous": 1 - self.alpha}
