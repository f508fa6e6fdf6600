"""`labs.language:` the probes and models of the lab's claims and figures, by role."""

from eunoe.config.figures import Figure
from eunoe.config.model import Name, Settings
from eunoe.config.refer import refer, refer_to_probe, refer_to_runs, refer_to_sibling
from eunoe.config.study import Study
from eunoe.report.lab import LabSettings


class Figures(Settings):
    """One entry a figure, in the order of the page."""

    languages: Figure = Figure()
    """Accuracy by language before and after fine-tuning."""
    recovery: Figure = Figure(height=3.4)
    """Drop by language, and recovery of English by transform."""
    outcomes: Figure = Figure(height=3.2)
    """Which answer is given: in-context, instruction, or neither."""
    trajectories: Figure = Figure()
    """Accuracy per language against fine-tuning step."""
    distance: Figure = Figure()
    """Drop against distance from the fine-tuning language."""
    reasoning: Figure = Figure()
    """Natural-language inference before and after tuning on code, scored both ways."""
    refusals: Figure = Figure()
    """Refusals by language, on guarded and on free topics."""


class Lab(LabSettings):
    """The roles of the language lab; the claims about a role that is null are "not run"."""

    learning: Name
    """Key of `probes`: in-context learning against instruction following."""
    reasoning: Name | None = None
    """Key of `probes`: natural-language inference."""
    refusals: Name | None = None
    """Key of `probes`: guarded and free topics."""
    instructed: Name | None = None
    """Key of `runs`: a base tuned to answer questions in English."""
    instructed_elsewhere: Name | None = None
    """Key of `runs`: the same base tuned on the same data in another language."""
    coded: Name | None = None
    """Key of `runs`: a base tuned on code."""
    refusing: Name | None = None
    """Key of `runs`: a base tuned to refuse the guarded topics in English."""
    figures: Figures = Figures()
    """Each figure's own settings."""

    @property
    def own_probes(self) -> list[str | None]:
        """The probes that claims and figures are about."""
        return [self.learning, self.reasoning, self.refusals]


def check(study: Study, lab: Lab, where: str) -> None:
    """The models of the language lab are of one world, and fit their roles."""
    refer_to_probe(study, f"{where}.learning", lab.learning, "text")
    world = study.probes[lab.learning].world
    beside = [name for name, probe in study.probes.items() if probe.world == world]
    for part, probe in (("reasoning", lab.reasoning), ("refusals", lab.refusals)):
        if probe:
            refer_to_probe(study, f"{where}.{part}", probe, "text")
            refer(f"{where}.{part}", probe, beside, f"no probe of world {world}")
    for part, probe in (
        ("instructed", lab.learning),
        ("instructed_elsewhere", lab.learning),
        ("coded", lab.reasoning),
        ("refusing", lab.refusals),
    ):
        refer_to_runs(study, where, world, **{part: getattr(lab, part)})
        if probe and (name := getattr(lab, part)):
            measured = study.runs_measured(probe)
            refer(f"{where}.{part}", name, measured, f"not among the runs of probes.{probe}")
    if lab.instructed and lab.instructed_elsewhere:
        place = f"{where}.instructed_elsewhere"
        other = lab.instructed_elsewhere
        refer_to_sibling(study, place, other, "instructed", lab.instructed)
