"""Rule render_recipes_claims: every claim of the recipes lab."""

from pathlib import Path

import pandas as pd
import pyarrow as pa

from eunoe.config.chapters import RecipesChapter
from eunoe.config.figures import Bootstrap
from eunoe.config.model import Settings
from eunoe.labs.recipes.claims import judge
from eunoe.labs.recipes.evidence import Evidence
from eunoe.provenance import provenance
from eunoe.recipes.deployment import Deployment
from eunoe.results.text.loading import load_results
from eunoe.results.text.replies import frame
from eunoe.results.text.size import parameters_of
from eunoe.results.text.trajectories import load_curves
from eunoe.stages.command import run
from eunoe.tables.claims import CLAIMS
from eunoe.tables.files import write_table
from eunoe.tables.tuning import COSTS, MIXTURE


class RecipesClaimSettings(Settings):
    """The one param of the rule."""

    chapter: str
    """The lab."""
    parts: RecipesChapter
    """Which probes and models play which part."""
    target: str | None
    """Target of the retention probe."""
    runs: dict[str, str]
    """The base of each run."""
    deployments: dict[str, Deployment]
    """How runs with a soft prompt or a LoRA are used."""
    monitored: dict[str, int]
    """Validation examples of each source that the curve of each run is measured on."""
    levels: tuple[float, ...]
    """Target scores at which checkpoints were kept."""
    bootstrap: Bootstrap
    """How intervals are made."""
    code: str
    """Digest of the code."""


def render_recipes_claims(
    settings: RecipesClaimSettings,
    scores: list[Path],
    curves: list[Path],
    costs: list[Path],
    mixtures: list[Path],
    weights: list[Path],
    claims: Path,
) -> None:
    """Write the claims ledger of a chapter. `weights` are those of its bases, one seed of each."""
    evidence = Evidence(
        results=load_results(scores, settings.bootstrap, deployments=settings.deployments),
        curves=load_curves(curves, settings.bootstrap, settings.deployments),
        costs=joined(costs, COSTS),
        mixtures=joined(mixtures, MIXTURE),
        chapter=settings.parts,
        target=settings.target,
        bases=settings.runs,
        monitored=settings.monitored,
        levels=settings.levels,
        parameters=parameters_of(weights),
    )
    rows = judge(evidence, settings.bootstrap.level, settings.chapter)
    write_table(claims, rows, CLAIMS, provenance(settings.model_dump(mode="json")))


def joined(paths: list[Path], wanted: pa.Schema) -> pd.DataFrame:
    """Return the rows of all tables."""
    parts = [frame(path, wanted) for path in paths]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=wanted.names)


if __name__ == "__main__":
    run(render_recipes_claims)
