"""What every part of the configuration shares."""

import json
import re
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

NAME_PATTERN = r"^[a-z][a-z0-9_]*$"
NAME_RULE = "lower-case letters, digits and underscores, a letter first"
Name = Annotated[str, Field(pattern=NAME_PATTERN)]
"""A name that appears in paths."""

SOURCE_PATTERN = r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*){0,2}$"
SOURCE_RULE = "one to three names with dots between them"
Source = Annotated[str, Field(pattern=SOURCE_PATTERN)]
"""Where training data come from: in regression a name; of text task.language,
task.language.wording, or a name in a file."""


FRACTION_PATTERN = r"^(0|1|1/[1-9][0-9]*)$"
FRACTION_RULE = '"0", "1" or a fraction such as 1/16'
Fraction = Annotated[str, Field(pattern=FRACTION_PATTERN)]
"""A part of a source's training items."""

RATIO_PATTERN = r"^[1-9][0-9]*/[1-9][0-9]*$"
RATIO_RULE = "a fraction such as 1/256"
Ratio = Annotated[str, Field(pattern=RATIO_PATTERN)]
"""A number that is written as a fraction of two others."""

Location = Annotated[str, Field(min_length=1)]
"""A path, or `owner/name` on the Hugging Face hub."""


class Settings(BaseModel):
    """Immutable settings in which an unknown key is an error, documented attribute by attribute."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, use_attribute_docstrings=True, allow_inf_nan=False
    )


def wrong(key: str, value: Any, reason: str, allowed: str) -> PydanticCustomError:
    """Return the error of a validator; `key` is relative to the model that the validator is of."""
    context = {"key": key, "value": shown(value), "reason": reason, "allowed": allowed}
    return PydanticCustomError("wrong", "{key} = {value}: {reason}; allowed: {allowed}", context)


def shown(value: Any) -> str:
    """Return a value as YAML would have it, shortened to what fits a line."""
    if isinstance(value, str) and re.fullmatch(r"[\w.+-]+", value):
        return value
    text = json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "..."


def repeated(values: list[Any]) -> list[Any]:
    """Return the values that a list has more than once, each once."""
    return list(dict.fromkeys(value for value in values if values.count(value) > 1))
