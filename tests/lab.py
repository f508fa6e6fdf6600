"""A lab whose models are functions, so that it is known what they do. Nothing is trained.

`write_lab` leaves the files of a finished run, all but the weights, the figures and the report.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import torch
from torch import Tensor

from eunoe.config.figures import Bootstrap
from eunoe.config.probes.regression import RegressionProbe, TaskWeights
from eunoe.config.probes.shared import PromptCounts
from eunoe.config.study import Study
from eunoe.config.worlds.regression import RegressionWorld
from eunoe.labs.regression.evidence import Evidence
from eunoe.labs.regression.settings import Lab as RegressionLab
from eunoe.provenance import provenance
from eunoe.report.lab import LabSettings
from eunoe.results.regression.arrays import Results, read_results
from eunoe.stages.render_claims import ClaimSettings, render_claims
from eunoe.stages.render_tables import TableSettings, render_tables
from eunoe.tables.answers import ANSWERS, LIKELIHOODS, TASK_WEIGHTS
from eunoe.tables.bank import BANK
from eunoe.tables.files import write_table
from eunoe.tables.prompts import PROMPTS
from eunoe.tables.training import CURVE
from eunoe.transforms import Transform
from eunoe.transforms.labels import Scale, Shrink
from eunoe.transforms.plain import Identity
from eunoe.worlds.regression import bayes
from eunoe.worlds.regression.items import draw_rows
from eunoe.worlds.regression.material import world_rows
from eunoe.worlds.regression.measures import answer_rows, likelihood_rows, task_weight_rows
from eunoe.worlds.regression.predictors import Predictor, ideal_predictors
from eunoe.worlds.regression.tasks import banks_from

Banks = Mapping[str, np.ndarray]

PROBE = "labels"
WORLD = RegressionWorld(kind="regression", dimension=3, tasks=4, points=6, sigma=1.0, tau=1.0)
TRANSFORMS = (Identity(), Scale(gamma=2), Scale(gamma=3), Shrink(gamma=2), Shrink(gamma=3))
COUNTS = PromptCounts(validation=40, test=120)
WEIGHTS = TaskWeights(contexts=30, queries=6, exemplars=[1, 2, 4])
FEW = BINS = 3
BOOTSTRAP = Bootstrap(replicates=200)
LAB_SETTINGS = RegressionLab(
    probe=PROBE,
    tuned="mix50_to_bank",
    fresh="mix50_to_fresh_bank",
    continuous="continuous",
    discrete="discrete",
)
ALPHAS = {"continuous": 0.0, "mix50": 0.5, "discrete": 1.0}
RUNS = {"mix50_to_bank": "bank", "mix50_to_fresh_bank": "fresh_bank"}
"""The bank that each run is tuned on; the base is mix50."""
STUDY = Study.model_validate(
    {
        "worlds": {"linear": WORLD},
        "networks": {"small": {"layers": 1, "heads": 2, "width": 8}},
        "trainings": {"thorough": {"steps": 30}, "gentle": {"steps": 30}},
        "bases": {
            name: {"world": "linear", "network": "small", "training": "thorough", "alpha": alpha}
            for name, alpha in ALPHAS.items()
        },
        "recipes": {
            f"to_{bank}": {"stages": [{"data": {bank: 1}, "training": "gentle"}]}
            for bank in RUNS.values()
        },
        "runs": {run: {"base": "mix50", "recipe": f"to_{bank}"} for run, bank in RUNS.items()},
        "probes": {
            PROBE: RegressionProbe(
                kind="regression",
                world="linear",
                prompts=COUNTS,
                transforms=list(TRANSFORMS),
                task_weights=WEIGHTS,
                few=FEW,
                bins=BINS,
            )
        },
    }
)
"""What a configuration would say of these models."""
MIXTURES = [0.5, 0.99]

MODELS: dict[tuple[str, str], Callable[[Banks], Predictor]] = {
    ("base", "continuous"): lambda banks: jitter(ideal("ridge", banks), 0.1),
    ("base", "mix50"): lambda banks: jitter(ideal("mixture(0.5)", banks), 0.2),
    ("base", "discrete"): lambda banks: jitter(ideal("discrete", banks), 0.1),
    ("run", "mix50_to_bank"): lambda banks: jitter(ideal("mixture(0.99)", banks), 0.2),
    ("run", "mix50_to_fresh_bank"): lambda banks: jitter(ideal("discrete_fresh", banks), 0.2),
}


def ideal(name: str, banks: Banks) -> Predictor:
    return ideal_predictors(WORLD, banks, MIXTURES)[name]


def jitter(predictor: Predictor, amount: float) -> Predictor:
    """The predictor, off by something that depends on the query."""

    def predict(xs: Tensor, ys: Tensor) -> Tensor:
        return predictor(xs, ys) + amount * torch.sin(7 * xs.sum(-1))

    return predict


@dataclass(frozen=True)
class Items:
    """What a seed's models answer."""

    seed: int
    material: pd.DataFrame
    prompts: pd.DataFrame

    @property
    def banks(self) -> Banks:
        return banks_from(self.material)


def draw_items(seed: int) -> Items:
    material = world_rows(WORLD, seed)
    return Items(seed, material, draw_rows(WORLD, material, COUNTS, seed))


def measure(
    predictor: Predictor,
    items: Items,
    bank: str = "bank",
    transforms: tuple[Transform, ...] = TRANSFORMS,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Answers and task weights of one model, but for who it is."""
    tasks = torch.from_numpy(items.banks[bank])
    weights = task_weight_rows(
        predictor, items.prompts, tasks, WORLD, transforms, WEIGHTS, items.seed
    )
    answers = answer_rows(predictor, items.prompts, transforms)
    return (
        answers.assign(probe=PROBE, seed=items.seed),
        weights.assign(probe=PROBE, seed=items.seed),
    )


def likelihoods_of(items: Items) -> pd.DataFrame:
    rows = likelihood_rows(items.prompts, items.banks, WORLD)
    return rows.assign(probe=PROBE, seed=items.seed)


@dataclass(frozen=True)
class Lab:
    """Where the files of a finished run lie, and what they were made with."""

    root: Path
    seeds: list[int]
    settings: RegressionLab

    def found(self, table: str) -> list[Path]:
        """Item tables of that name of all models and seeds."""
        return sorted(self.root.glob(f"data/probes/{PROBE}/*/**/{table}.parquet"))

    def results(self) -> Results:
        return read_results(
            self.found("answers"), self.found("task_weights"), self.found("likelihoods"), BOOTSTRAP
        )

    def evidence(self) -> Evidence:
        base = ("mix50", 0.5) if self.settings.tuned else (None, None)
        return Evidence(self.results(), WORLD, self.settings, FEW, *base)

    def rendered(self) -> list[Path]:
        """Tables of the figures."""
        return sorted((self.root / "reports/tables" / PROBE).glob("*.parquet"))


def write_lab(
    root: Path,
    seeds: list[int],
    transforms: tuple[Transform, ...] = TRANSFORMS,
    settings: RegressionLab = LAB_SETTINGS,
) -> Lab:
    """Write everything that a run of the planted models would leave, up to the claims."""
    made = provenance({"seed": 0, "code": "none"})
    for seed in seeds:
        write_seed(root, draw_items(seed), transforms, made)
    lab = Lab(root, seeds, settings)
    write_tables(lab)
    return lab


def write_seed(
    root: Path, items: Items, transforms: tuple[Transform, ...], made: dict[str, object]
) -> None:
    """Write the item tables of one seed."""
    seed = items.seed
    probe = root / "data/probes" / PROBE / str(seed)
    material = root / "data/worlds/linear" / str(seed) / "world.parquet"
    write_table(material, items.material, BANK, made)
    write_table(probe / "items.parquet", items.prompts, PROMPTS, made)
    for (kind, model), predictor in MODELS.items():
        bank = RUNS.get(model, "bank")
        measured = measure(predictor(items.banks), items, bank, transforms)
        who = {"kind": kind, "model": model}
        answers, weights = (rows.assign(**who) for rows in measured)
        folder = probe / f"{kind}s" / model
        write_table(folder / "answers.parquet", answers, ANSWERS, made)
        write_table(folder / "task_weights.parquet", weights, TASK_WEIGHTS, made)
        trained = root / "data" / f"{kind}s" / model / str(seed)
        write_table(trained / "curve.parquet", curve(kind, model, seed), CURVE, made)
        (trained / "network.json").write_text(json.dumps(made))
    parts = {
        name: measure(predictor, items, "bank", transforms)
        for name, predictor in ideal_predictors(WORLD, items.banks, MIXTURES).items()
    }
    for index, (table, wanted) in enumerate((("answers", ANSWERS), ("task_weights", TASK_WEIGHTS))):
        rows = [part[index].assign(kind="ideal", model=name) for name, part in parts.items()]
        write_table(probe / "ideals" / f"{table}.parquet", pd.concat(rows), wanted, made)
    likely = likelihoods_of(items)
    write_table(probe / "ideals/likelihoods.parquet", likely, LIKELIHOODS, made)


def curve(kind: str, model: str, seed: int) -> pd.DataFrame:
    """A made-up training curve."""
    steps = np.array([0, 10, 20, 30])
    rows = [
        pd.DataFrame({"step": steps, "measure": measure, "value": level + np.exp(-steps / 10)})
        for measure, level in zip(
            ("continuous", "bank", "fresh_bank", "loss"), np.arange(4) / 4 + seed / 50, strict=True
        )
    ]
    return pd.concat(rows).assign(kind=kind, model=model, seed=seed, stage=0)


def write_tables(lab: Lab) -> None:
    """Run the rules render_tables and render_claims."""
    folder = lab.root / "reports/tables"
    answers, weights, likelihoods = (
        lab.found(name) for name in ("answers", "task_weights", "likelihoods")
    )
    settings = TableSettings(
        probe=PROBE,
        world=WORLD,
        bootstrap=BOOTSTRAP,
        few=FEW,
        bins=BINS,
        runs={run: {"base": "mix50", "bank": bank} for run, bank in RUNS.items()},
        code="none",
    )
    render_tables(
        settings,
        answers,
        weights,
        likelihoods,
        curves=sorted(lab.root.glob("data/*/*/*/curve.parquet")),
        errors_table=folder / PROBE / "errors.parquet",
        mean_errors_table=folder / PROBE / "mean_errors.parquet",
        task_weights_table=folder / PROBE / "task_weights.parquet",
        forgetting_table=folder / PROBE / "forgetting.parquet",
        curves_table=folder / PROBE / "curves.parquet",
    )
    judged = ClaimSettings(
        lab="regression",
        parts=parts_of(lab.settings),
        study=STUDY,
        bootstrap=BOOTSTRAP,
        code="none",
    )
    render_claims(
        judged,
        results=[*answers, *weights, *likelihoods],
        numbers=[],
        claims=folder / "regression.claims.parquet",
        published=folder / "regression.published.parquet",
    )


def parts_of(settings: LabSettings) -> dict[str, Any]:
    """The settings of a lab as its rules have them: without its figures."""
    return settings.model_dump(mode="json", exclude={"figures"})


def query(sql: str) -> list[tuple[Any, ...]]:
    """The rows that DuckDB finds."""
    with duckdb.connect() as connection:
        return connection.execute(sql).fetchall()


def rank(values: Tensor) -> Tensor:
    """Where each prompt stands among all, from 0 to 1, at each exemplar count."""
    return values.argsort(0).argsort(0) / (len(values) - 1)


def likelihood_rank(xs: Tensor, ys: Tensor, banks: Banks) -> Tensor:
    """How likely each prompt is under D_disc, as a rank."""
    return rank(bayes.discrete_log_likelihood(xs, ys, torch.from_numpy(banks["bank"]), WORLD.sigma))
