"""Turn a stage's function into its command line, with one-line errors and a log file."""

import argparse
import inspect
import json
import logging
import sys
import typing
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from eunoe.errors import EunoeError


def parser_for(stage: Callable[..., None]) -> argparse.ArgumentParser:
    """Return a parser with one option for each parameter of the stage, and --log.

    `--settings` is JSON for the pydantic model that the parameter's annotation names; a parameter
    annotated `list[Path]` takes several values, one annotated `list[int]` numbers with commas, or
    nothing.
    """
    parser = argparse.ArgumentParser(description=inspect.getdoc(stage), allow_abbrev=False)
    for name, kind in typing.get_type_hints(stage).items():
        if name == "return":
            continue
        option = "--" + name.replace("_", "-")
        if kind == list[Path]:
            parser.add_argument(option, type=Path, nargs="*", default=[])
        elif kind == list[int]:
            parser.add_argument(option, type=integers, nargs="?", const=[], required=True)
        elif isinstance(kind, type) and issubclass(kind, BaseModel):
            parser.add_argument(option, type=json_for(kind), required=True)
        else:
            parser.add_argument(option, type=kind, required=True)
    parser.add_argument("--log", type=Path)
    return parser


def integers(text: str) -> list[int]:
    """Return the numbers of "200,100"."""
    return [int(number) for number in text.split(",")]


def json_for(model: type[BaseModel]) -> Callable[[str], Any]:
    """Return a converter from JSON to the model, whose errors name the model's key."""

    def convert(text: str) -> Any:
        try:
            return model.model_validate(json.loads(text))
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(["settings", *(str(part) for part in first["loc"])])
            raise EunoeError(f"{where}: {first['msg']}") from None
        except json.JSONDecodeError as error:
            raise EunoeError(f"settings: not JSON ({error})") from None

    return convert


def run(stage: Callable[..., None]) -> None:
    """Run a stage from the command line; exit 1 with one line on an error, details in the log."""
    try:
        arguments = vars(parser_for(stage).parse_args())
        start_log(arguments.pop("log"))
        stage(**arguments)
    except (EunoeError, OSError) as error:
        logging.getLogger(__name__).info("details", exc_info=error)
        sys.exit(f"{stage.__name__}: {error}")
    except Exception as error:
        logging.getLogger(__name__).info("unexpected error", exc_info=error)
        raise


def start_log(log: Path | None) -> None:
    """Send warnings to standard error and everything to the file, if there is one."""
    handlers: list[logging.Handler] = [logging.StreamHandler()]
    handlers[0].setLevel(logging.WARNING)
    if log:
        log.parent.mkdir(parents=True, exist_ok=True)
        handlers.append(logging.FileHandler(log, mode="w"))
    logging.basicConfig(
        level=logging.INFO, handlers=handlers, format="%(asctime)s %(levelname)s %(message)s"
    )
