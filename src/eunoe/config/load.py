"""From Snakemake's dictionary to a validated Config, or one line that says what is wrong."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, TypeVar

from pydantic import ValidationError

from eunoe.config.allowed import Allowed, Location, child
from eunoe.config.model import shown
from eunoe.config.renamed import check_renamed
from eunoe.config.root import Config
from eunoe.config.shorthand import audited
from eunoe.errors import EunoeError

Model = TypeVar("Model", bound=Config)


@cache
def allowed_in(model: type[Config]) -> Allowed:
    """Return what a model of the configuration allows."""
    return Allowed(model.model_json_schema())


def load_config(values: Mapping[str, Any], model: type[Model]) -> Model:
    """Return the configuration; EunoeError with one line that names key, value and what is allowed.

    The entries that audits stand for are among its worlds, bases, runs and probes. `model` is
    `Config`, or one that knows the settings of labs too. Numbers may come as strings, as YAML's
    1e-3 and Snakemake's --config do."""
    allowed = allowed_in(model)
    if not isinstance(values, Mapping):
        raise EunoeError(f"config = {shown(values)}: allowed: {allowed.at((), values)}")
    check_renamed(values)
    try:
        config = model.model_validate(dict(values))
    except ValidationError as error:
        # A mistyped key is also missing under its right name: the mistyped one tells more.
        found = sorted(error.errors(), key=lambda problem: problem["type"] != "extra_forbidden")
        problems = [explain(dict(problem), values, allowed) for problem in found]
    else:
        problems = [
            f"{dotted(place)} = {shown(value)}: allowed: {allowed.at(place, values)}"
            for place, value in truth_values(values, config.model_dump())
        ]
    if not problems:
        return audited(config)
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    raise EunoeError(f"config: {problems[0]}{more}")


def explain(problem: dict[str, Any], values: Mapping[str, Any], allowed: Allowed) -> str:
    """Return one of pydantic's errors as "key = value: what is wrong; allowed: ..."."""
    place = allowed.untagged(problem["loc"], values)
    if place[-1:] == ("[key]",):
        *parents, name, _ = place
        names = allowed.names_at(tuple(parents), values)
        return f"{dotted(tuple(parents))}: {shown(name)} is no name; allowed: {names}"
    key = dotted(place)
    given = f"{key} = {shown(problem['input'])}"
    match problem["type"]:
        case "union_tag_invalid":
            tag, tags = allowed.tag_at(place, values)
            return f"{key}.{tag} = {shown(problem['input'][tag])}: allowed: {tags}"
        case "union_tag_not_found":
            tag, tags = allowed.tag_at(place, values)
            return f"{key}.{tag}: missing; allowed: {tags}"
        case "extra_forbidden":
            return (
                f"{given}: unknown key; allowed: {', '.join(allowed.keys_at(place[:-1], values))}"
            )
        case "missing":
            return f"{key}: missing; allowed: {allowed.at(place, values)}"
        case "wrong":
            context = problem["ctx"]
            key = ".".join(part for part in (key, context["key"]) if part)
            return f"{key} = {context['value']}: {context['reason']}; allowed: {context['allowed']}"
        case "value_error" | "assertion_error":  # a validator of someone else's transform
            return one_line(f"{given}: {problem['ctx']['error']}")
    return f"{given}: allowed: {allowed.at(place, values)}"


def dotted(place: Location) -> str:
    """Return a location as it is said: probes.labels.transforms.1.gamma."""
    return ".".join(str(part) for part in place)


def one_line(text: str) -> str:
    """Return a text with its line breaks, and the blanks around them, as single blanks."""
    return " ".join(text.split())


def truth_values(given: Any, kept: Any, place: Location = ()) -> Iterator[tuple[Location, bool]]:
    """Yield locations with true or false for a number: pydantic takes them for 1 and 0."""
    if isinstance(given, bool) and not isinstance(kept, bool):
        yield place, given
    elif isinstance(given, Mapping):
        for key, value in given.items():
            yield from truth_values(value, child(kept, key), (*place, key))
    elif isinstance(given, list):
        for index, value in enumerate(given):
            yield from truth_values(value, child(kept, index), (*place, index))
