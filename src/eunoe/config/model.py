"""What every part of the configuration shares."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
"""A name that appears in paths: lower case, digits and underscores, a letter first."""


class Settings(BaseModel):
    """Immutable settings in which an unknown key is an error, documented attribute by attribute."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)
