"""The one param of a rule, and errors in one line."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from eunoe.code_digest import code_digest
from eunoe.config.study import Study
from eunoe.errors import EunoeError

P = ParamSpec("P")
R = TypeVar("R")


def or_exit(function: Callable[P, R]) -> Callable[P, R]:
    """Return a function that ends Snakemake with one line where it raises an EunoeError.

    Snakemake would print a traceback of the rule.
    """

    @wraps(function)
    def asked(*arguments: P.args, **options: P.kwargs) -> R:
        try:
            return function(*arguments, **options)
        except EunoeError as error:
            sys.exit(str(error))

    return asked


def canonical(*modules: str, **parts: Any) -> str:
    """Return a rule's one param: JSON of config values and a digest of the modules' code.

    Keys are sorted and types fixed by the config's models, so that only a changed meaning changes
    the text. Nothing here may come from input, output, threads or resources: Snakemake would not
    notice.
    """
    return json.dumps({"code": code_digest(*modules), **plain(parts)}, sort_keys=True)


def plain(part: Any) -> Any:
    """Return settings as JSON; a study, which is long, without its defaults."""
    if hasattr(part, "model_dump"):
        return part.model_dump(mode="json", exclude_defaults=isinstance(part, Study))
    if isinstance(part, Mapping):
        return {key: plain(value) for key, value in part.items()}
    if isinstance(part, list | tuple):
        return [plain(value) for value in part]
    return part
