"""`labs.toy:` what the lab reads."""

from eunoe.config.figures import Figure
from eunoe.config.model import Name, Settings
from eunoe.config.refer import refer, refer_to_probe
from eunoe.config.study import Study
from eunoe.report.lab import LabSettings


class Figures(Settings):
    """One entry a figure."""

    bar: Figure = Figure(width=3)
    """The error as a bar."""


class Lab(LabSettings):
    """A probe and a base."""

    probe: Name
    """Key of `probes`."""
    base: Name
    """Key of `bases`."""
    figures: Figures = Figures()
    """Each figure's own settings."""

    @property
    def own_probes(self) -> list[str | None]:
        """The one probe."""
        return [self.probe]


def check(study: Study, lab: Lab, where: str) -> None:
    """The probe and the base are there."""
    refer_to_probe(study, f"{where}.probe", lab.probe, "regression")
    refer(f"{where}.base", lab.base, study.bases)
