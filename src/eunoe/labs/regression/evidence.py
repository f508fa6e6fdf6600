"""What the claims of the regression lab are judged by."""

from eunoe.config.worlds import RegressionWorld
from eunoe.labs.regression.claims import Evidence
from eunoe.report.lab import Inputs
from eunoe.results.regression.arrays import read_results


def evidence(inputs: Inputs) -> Evidence:
    """Return what the lab's probe has measured, with the parts that the models play."""
    lab, study = inputs.lab, inputs.study
    world = study.worlds[study.probes[lab.probe].world]
    assert isinstance(world, RegressionWorld), "checked with the configuration"
    tables = ("answers", "task_weights", "likelihoods")
    found = [[path for path in inputs.named(name) if lab.probe in path.parts] for name in tables]
    base = study.runs[lab.tuned].base if lab.tuned else None
    alpha = study.bases[base].alpha if base else None
    results = read_results(found[0], found[1], found[2], inputs.bootstrap)
    return Evidence(results, world, lab, base, alpha)
