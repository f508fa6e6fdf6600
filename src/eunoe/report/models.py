"""Descriptions of bases and runs for pages."""

from eunoe.config.checkpoints import Checkpoint
from eunoe.config.study import Study


def made_from(kind: str, model: str, study: Study) -> str:
    """Return what a base or run is made from, in words; a mixture is too long for that."""
    what = study.runs[model] if kind == "run" else study.bases[model]
    parts = {key: value.model if isinstance(value, Checkpoint) else value for key, value in what}
    said = {key: value for key, value in parts.items() if isinstance(value, str | int | float)}
    return ", ".join(f"{key} {value}" for key, value in said.items())
