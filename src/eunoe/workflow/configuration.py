"""The configuration, with the settings of every lab."""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any, Self

import yaml
from pydantic import Field, create_model, model_validator
from snakemake.utils import update_config

import eunoe.labs
from eunoe.config.load import load_config
from eunoe.config.model import Settings
from eunoe.config.refer import refer
from eunoe.config.root import Config


@cache
def labs() -> dict[str, Any]:
    """Return the module `settings` of each folder of `eunoe.labs` that has one, by lab."""
    return {
        lab.name: import_module(f"eunoe.labs.{lab.name}.settings")
        for lab in iter_modules(eunoe.labs.__path__)
        if any(module.name == "settings" for module in modules_of(lab.name))
    }


def modules_of(lab: str) -> list[Any]:
    """Return the modules in the folder of a lab."""
    return list(iter_modules([str(Path(folder) / lab) for folder in eunoe.labs.__path__]))


@cache
def full_model() -> type[Config]:
    """Return the model of the whole configuration: `labs` has a key for each lab."""
    fields: Any = {
        name: (module.Lab | None, Field(default=None, description=summary(module)))
        for name, module in labs().items()
    }
    every = create_model("Labs", __base__=Settings, **fields)

    class Full(Config):
        labs: every = Field(default=every())
        """The probes and models of the claims and figures of each lab, by role; null leaves a lab
        out."""

        @model_validator(mode="after")
        def _check_labs(self) -> Self:
            for name, lab in self.labs:
                if lab is not None:
                    labs()[name].check(self, lab, f"labs.{name}")
                    kinds = {self.probes[probe].kind for probe in lab.own_probes if probe}
                    alike = [key for key, probe in self.probes.items() if probe.kind in kinds]
                    for probe in lab.others:
                        where = f"labs.{name}.others"
                        refer(where, probe, self.probes)
                        refer(where, probe, alike, "not of the kind of the lab's probes")
            given = [name for name, lab in self.labs if lab is not None]
            for name in self.default_labs:
                refer("default_labs", name, given, "no lab of that name in labs")
            return self

    Full.__name__ = Full.__qualname__ = "Config"
    Full.__doc__ = Config.__doc__
    return Full


def summary(module: Any) -> str:
    """Return the first paragraph of the docstring of a lab's settings."""
    return str(module.Lab.__doc__).split("\n\n")[0]


def load(values: Mapping[str, Any]) -> Config:
    """Return the whole configuration; EunoeError with one line if something is wrong with it."""
    return load_config(values, full_model())


def read_config(root: Path, *overlays: Path) -> dict[str, Any]:
    """Return what Snakemake reads in a checkout: the labs' files, config.yaml, and overlays."""
    values: dict[str, Any] = {}
    for path in [*sorted((root / "workflow/labs").glob("*.yaml")), root / "config.yaml", *overlays]:
        update_config(values, yaml.safe_load(path.read_text()) or {})
    return values
