"""The inputs of the modules of a lab, and the settings that all labs have.

A lab is a folder of `eunoe.labs` with these modules; the stages of rendering import them by name:

`settings`  `Lab`, its settings, and `check`, which refuses references that lead nowhere
`claims`    `ledger`, the claims, and `evidence`, which makes what they judge from `Inputs`
`sources`   `sources`, which makes what figures are drawn from
`figures`   a module a figure, with a function `draw`; `captions` holds a text for each
`page`      `context`, which makes what the lab's `page.html` shows
`published` if the lab has some: numbers of the literature beside ours
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import Field

from eunoe.config.figures import Bootstrap
from eunoe.config.model import Name, Settings
from eunoe.config.study import Study


class LabSettings(Settings):
    """The settings that every lab has."""

    others: list[Name] = Field(default=[])
    """Keys of `probes` that the lab's page shows beside its own."""

    @property
    def own_probes(self) -> list[str | None]:
        """The probes that claims and figures are about, None for each that is left out."""
        raise NotImplementedError

    @property
    def probes(self) -> list[str]:
        """Every probe that the lab reads, each once."""
        named = [name for name in [*self.own_probes, *self.others] if name is not None]
        return list(dict.fromkeys(named))


@dataclass(frozen=True)
class Inputs:
    """The inputs of a lab's claims, figures and pages."""

    lab: Any
    """The lab's settings."""
    study: Study
    """The entries of the configuration that the lab's probes depend on."""
    paths: Sequence[Path]
    """Files: tables that probes and training have written, or tables of estimates."""
    bootstrap: Bootstrap = field(default_factory=Bootstrap)
    """How intervals are made."""

    def named(self, name: str) -> list[Path]:
        """Return the files of a name, such as "answers" for answers.parquet, in their order."""
        return [path for path in self.paths if path.stem == name]
