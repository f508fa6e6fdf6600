"""`labs.regression:` the probe and models of the lab's claims and figures, by role."""

from eunoe.config.figures import Figure
from eunoe.config.model import Name, Settings
from eunoe.config.refer import refer, refer_to_probe, refer_to_runs, refer_to_sibling
from eunoe.config.study import Study
from eunoe.report.lab import LabSettings


class Figures(Settings):
    """One entry a figure, in the order of the page."""

    ideals: Figure = Figure(height=2.6)
    """Trained networks beside the ideal predictors (the paper's first figure)."""
    tradeoff: Figure = Figure(width=4.5, height=3.4)
    """Error on D_disc against error on D_cont (second)."""
    forgetting: Figure = Figure()
    """Both errors while a mixture base is tuned on the bank (third)."""
    likelihood: Figure = Figure()
    """Forgetting against log-likelihood under D_disc (fourth)."""
    conjugate: Figure = Figure()
    """Conjugate prompting: error per exemplar count at each gamma (fifth)."""
    controls: Figure = Figure(height=3.0)
    """What the same gamma does to models that have nothing to recover."""
    task_weight: Figure = Figure(height=3.0)
    """The inferred task weight."""
    training: Figure = Figure(height=3.0)
    """Training curves."""
    runs: Figure = Figure(height=3.0)
    """Every run of every probe: before, after, and through the chosen gamma."""


class Lab(LabSettings):
    """The roles of the regression lab; the claims about a role that is null are "not run"."""

    probe: Name
    """Key of `probes`: the probe whose results are used."""
    tuned: Name | None = None
    """Key of `runs`: a mixture base tuned on the bank; its base is the model before."""
    fresh: Name | None = None
    """Key of `runs`: the same base tuned on a bank that pretraining never saw."""
    continuous: Name | None = None
    """Key of `bases`: one with alpha 0."""
    discrete: Name | None = None
    """Key of `bases`: one with alpha 1."""
    figures: Figures = Figures()
    """Each figure's own settings."""

    @property
    def own_probes(self) -> list[str | None]:
        """The probes that claims and figures are about."""
        return [self.probe]


def check(study: Study, lab: Lab, where: str) -> None:
    """The models of the regression lab are of one world, and fit their roles."""
    refer_to_probe(study, f"{where}.probe", lab.probe, "regression")
    name = study.probes[lab.probe].world
    refer_to_runs(study, where, name, tuned=lab.tuned, fresh=lab.fresh)
    if lab.tuned and lab.fresh:
        refer_to_sibling(study, f"{where}.fresh", lab.fresh, "tuned", lab.tuned)
    for part, base, alpha in (
        ("continuous", lab.continuous, 0),
        ("discrete", lab.discrete, 1),
    ):
        if base:
            controls = [b for b in study.bases_in(name) if study.bases[b].alpha == alpha]
            refer(f"{where}.{part}", base, controls, f"no base of world {name} with alpha {alpha}")
