"""Every schema of the package by its name."""

from importlib import import_module
from pkgutil import walk_packages

import pyarrow as pa

import eunoe

SCHEMAS: dict[str, pa.Schema] = {
    name: value
    for module in walk_packages(eunoe.__path__, "eunoe.")
    if ".tables" in module.name or module.name == "eunoe.results.curves"
    for name, value in vars(import_module(module.name)).items()
    if isinstance(value, pa.Schema)
}
