"""Locations of existing causal language models."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

from eunoe.config.model import Location, Settings

Dtype = Literal["float32", "bfloat16", "auto"]


class Checkpoint(Settings):
    """The location of a model; only safetensors are read."""

    model: Location
    """A folder with config.json and safetensors, or a hub id."""
    revision: str | None = None
    """Branch, tag or commit of a hub id; null is its main branch."""
    tokenizer: Location | None = None
    """A folder or hub id with the tokenizer; null is the model's own."""
    dtype: Dtype = "float32"
    """Type of the weights in evaluation; auto is that of the files. Tuning is in float32."""
    trust_remote_code: bool = False
    """Whether code that comes with the model may run. It can do anything that you can."""


def named(key: str, model: type[Settings]) -> BeforeValidator:
    """Return a validator that takes a plain text for a mapping with that one key."""

    def widen(value: Any) -> Any:
        return {key: value} if isinstance(value, str) else value

    return BeforeValidator(widen, json_schema_input_type=str | model)


AnyCheckpoint = Annotated[Checkpoint, named("model", Checkpoint)]
