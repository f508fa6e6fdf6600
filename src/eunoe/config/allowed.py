"""What the JSON schema of the configuration allows at a place, in words."""

import re
from collections.abc import Iterable
from typing import Any

from eunoe.config.model import (
    FRACTION_PATTERN,
    FRACTION_RULE,
    NAME_PATTERN,
    NAME_RULE,
    RATIO_PATTERN,
    RATIO_RULE,
    SOURCE_PATTERN,
    SOURCE_RULE,
)

Schema = dict[str, Any]
Location = tuple[int | str, ...]
"""Keys and positions from the top of the configuration."""

RULES = {
    NAME_PATTERN: NAME_RULE,
    SOURCE_PATTERN: SOURCE_RULE,
    FRACTION_PATTERN: FRACTION_RULE,
    RATIO_PATTERN: RATIO_RULE,
}
"""What the patterns of names mean."""


class Allowed:
    """The JSON schema of a configuration, asked in words."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema

    def at(self, location: Location, values: Any) -> str:
        """Return what is allowed at a location of the configuration `values`, which is wrong."""
        return self.described(self.schema_at(location, values))

    def keys_at(self, location: Location, values: Any) -> list[str]:
        """Return the keys of the model at a location."""
        return list(self.schema_at(location, values).get("properties", {}))

    def names_at(self, location: Location, values: Any) -> str:
        """Return how the keys of the mapping at a location may be called."""
        part = self.schema_at(location, values)
        rules = [RULES[pattern] for pattern in part.get("patternProperties", {})]
        return joined(rules or [self.described(part.get("propertyNames", {}))])

    def tag_at(self, location: Location, values: Any) -> tuple[str, str]:
        """Return the key by which the alternatives at a location are told apart, and its values."""
        return self.tags(self.schema_at(location, values))

    def tags(self, part: Schema) -> tuple[str, str]:
        """Return the key by which a part's alternatives are told apart, and its values in words."""
        key = part["discriminator"]["propertyName"]
        return key, joined(
            self.resolved(option, None)["properties"][key]["const"] for option in part["oneOf"]
        )

    def untagged(self, location: Location, values: Any) -> Location:
        """Return a location without what pydantic puts in where it chooses between alternatives."""
        part = self.schema
        kept: list[int | str] = []
        for step in location:
            part = self.referred(part)
            if "discriminator" in part:  # the step only says which alternative was taken
                part = self.resolved(part, values)
                continue
            part = self.inner(self.resolved(part, values), step)
            values = child(values, step)
            kept.append(step)
        return tuple(kept)

    def schema_at(self, location: Location, values: Any) -> Schema:
        """Return the part of the schema that is about a location, {} if there is none."""
        part = self.resolved(self.schema, values)
        for step in location:
            values = child(values, step)
            part = self.resolved(self.inner(part, step), values)
        return part

    def inner(self, part: Schema, step: int | str) -> Schema:
        """Return the schema of an entry of a mapping or a list, {} if there is none."""
        named = list(part.get("patternProperties", {}).values())
        others = part.get("additionalProperties")
        options = [self.inner(self.referred(option), step) for option in part.get("anyOf", [])]
        for found in (
            *filter(None, options),
            part.get("properties", {}).get(step),
            *named,
            others,
            part.get("items"),
        ):
            if isinstance(found, dict):
                return found
        return {}

    def resolved(self, part: Schema, value: Any) -> Schema:
        """Follow references; of alternatives, take the one that a value names, if it names one."""
        part = self.referred(part)
        key = part.get("discriminator", {}).get("propertyName", "name")
        name = value.get(key) if isinstance(value, dict) else value
        for option in part.get("oneOf", []):
            branch = self.resolved(option, None)
            if name is not None and branch.get("properties", {}).get(key, {}).get("const") == name:
                return branch
        options = [self.resolved(option, value) for option in part.get("anyOf", [])]
        models = [option for option in options if "properties" in option]
        plain = [option for option in options if "properties" not in option and not is_null(option)]
        if not models or (plain and value is not None and not isinstance(value, dict)):
            return part
        mappings = [option for option in plain if option.get("type") == "object"]
        if mappings and value is not None and not set(value) & set(models[0]["properties"]):
            return mappings[0]
        return models[0]

    def is_null_or_model(self, part: Schema) -> bool:
        """Tell whether a part of the schema allows null alone, or the keys of a model."""
        return is_null(part) or "properties" in self.referred(part)

    def referred(self, part: Schema) -> Schema:
        """Return what a part of the schema refers to, if it refers to anything."""
        if "$ref" not in part:
            return part
        found: Schema = self.schema["$defs"][part["$ref"].rsplit("/", 1)[1]]
        return found

    def described(self, part: Schema) -> str:
        """Return in words what a part of the schema allows."""
        if "anyOf" not in part or all(map(self.is_null_or_model, part["anyOf"])):
            part = self.resolved(part, None)
        if "anyOf" in part:
            about = {"description": part.get("description", "")}
            return joined(self.described({**about, **option}) for option in part["anyOf"])
        if "discriminator" in part:
            key, values = self.tags(part)
            return f"a mapping with a {key}, {values}"
        if "const" in part:
            return str(part["const"])
        if "enum" in part:
            return joined(part["enum"])
        match part.get("type"):
            case "integer" | "number":
                return described_number(part)
            case "string":
                return described_text(part)
            case "boolean":
                return "true or false"
            case "array":
                return "a list with at least one entry" if part.get("minItems") else "a list"
            case "object" if "properties" in part:
                return f"a mapping with the keys {', '.join(part['properties'])}"
            case "object":
                return (
                    "a mapping with at least one name" if part.get("minProperties") else "a mapping"
                )
            case kind:
                return str(kind or "see config.yaml")


def child(values: Any, step: int | str) -> Any:
    """Return an entry of a mapping or a list, None if it is not there."""
    try:
        return values[step]
    except (KeyError, IndexError, TypeError):
        return None


def is_null(part: Schema) -> bool:
    """Tell whether a part of the schema allows null alone."""
    return part.get("type") == "null"


def described_text(part: Schema) -> str:
    """Return which texts are allowed: the keys of a section, names, or any."""
    if section := re.match(r"Key of `(\w+)`", part.get("description", "")):
        return f"a key of {section[1]}"
    return RULES.get(part.get("pattern", ""), "a text")


def described_number(part: Schema) -> str:
    """Return a number's kind and range, as "a number from 0 to 1"."""
    kind = "an integer" if part["type"] == "integer" else "a number"
    bounds = [
        f"{words} {part[key]}"
        for key, words in (
            ("minimum", "of at least"),
            ("exclusiveMinimum", "above"),
            ("maximum", "at most"),
            ("exclusiveMaximum", "below"),
        )
        if key in part
    ]
    if "minimum" in part and "maximum" in part:
        return f"{kind} from {part['minimum']} to {part['maximum']}"
    return f"{kind} {' and '.join(bounds)}" if bounds else kind


def joined(options: Iterable[Any]) -> str:
    """Return "a, b or c"."""
    *first, last = map(str, options)
    return f"{', '.join(first)} or {last}" if first else last
