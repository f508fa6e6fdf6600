"""From Snakemake's dictionary to a validated Config, or one line that says what is wrong."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from eunoe.config.root import Config
from eunoe.errors import EunoeError


def load_config(values: Mapping[str, Any]) -> Config:
    """Return the configuration; EunoeError with one line that names key, value and what is allowed.

    Numbers may come as strings, as YAML's 1e-3 and Snakemake's --config do.
    """
    try:
        return Config.model_validate(dict(values))
    except ValidationError as error:
        problems = [explain(dict(problem)) for problem in error.errors()]
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise EunoeError(f"config: {problems[0]}{more}") from None


def explain(problem: dict[str, Any]) -> str:
    """Return one of pydantic's errors as "key = value: what is wrong; allowed: ..."."""
    path = [str(part) for part in problem["loc"] if part != "[key]"]
    key = ".".join(path)
    if problem["type"] == "extra_forbidden":
        return f"{key}: unknown key; allowed: {', '.join(keys_at(problem['loc'][:-1]))}"
    if problem["type"] == "missing":
        return f"{key}: missing; allowed: a value of its own"
    message = problem["msg"].removeprefix("Value error, ")
    if problem["type"] == "value_error":
        return f"{key}: {message}" if key else message
    message = message.replace("Input should be", "allowed:").replace("should have", "allowed:")
    return f"{key} = {shown(problem['input'])}: {message}"


def shown(value: Any) -> str:
    """Return a value, shortened to what fits a line."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def keys_at(location: tuple[Any, ...]) -> list[str]:
    """Return the keys of the model that a location in the configuration points to."""
    model: Any = Config
    for part in location:
        if isinstance(model, type) and issubclass(model, BaseModel) and part in model.model_fields:
            model = model.model_fields[part].annotation
        model = inner_model(model)
    return list(model.model_fields) if isinstance(model, type) else ["see config.yaml"]


def inner_model(annotation: Any) -> Any:
    """Return the pydantic model inside a container's or an optional's annotation."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        found = inner_model(argument)
        if found is not None:
            return found
    return None
