"""Write the JSON schema by which editors complete and check config.yaml.

Run `python -m eunoe.workflow.schema` after a change to the models of the configuration, or after
installing transforms of your own.
"""

import json
from pathlib import Path
from typing import Any

from eunoe.workflow.configuration import full_model

COMMITTED = Path(__file__).parents[3] / "workflow" / "config.schema.json"
"""The file in this checkout."""


def schema_text() -> str:
    """Return the JSON schema of the configuration, as the committed file has it."""
    dialect = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return json.dumps({**dialect, **tidied(full_model().model_json_schema())}, indent=2) + "\n"


def tidied(part: Any) -> Any:
    """Return a part of a schema with one-line descriptions, and only names where names belong."""
    if isinstance(part, list):
        return [tidied(entry) for entry in part]
    if not isinstance(part, dict):
        return part
    tidy = {key: tidied(value) for key, value in part.items()}
    if isinstance(description := tidy.get("description"), str):
        tidy["description"] = " ".join(description.split())
    if "patternProperties" in tidy:
        tidy["additionalProperties"] = False
    return tidy


if __name__ == "__main__":
    COMMITTED.write_text(schema_text())
