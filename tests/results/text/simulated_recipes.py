"""A recipes lab whose scores and curves are drawn with known rates. No model is trained or asked.

`Truth` says how each run behaves; `results_of` and `curves_of` give what reading the tables would
give, and `write_lab` leaves the tables of a finished run, item-level and rendered.
"""

from __future__ import annotations

from collections import UserDict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import product
from pathlib import Path
from typing import Any, cast
from zlib import crc32

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from torch import from_numpy
from torch.special import ndtr

from eunoe.config.figures import Bootstrap
from eunoe.config.study import Study
from eunoe.provenance import provenance
from eunoe.recipes.adapter_scope import AdapterScope
from eunoe.results.models import Model
from eunoe.results.text.cells import Cell, split_source, stream_of
from eunoe.results.text.results import Items, Results
from eunoe.results.text.trajectories import Curves, Trajectory
from eunoe.stages.render_text_tables import TextTableSettings, render_text_tables
from eunoe.statistics.redraws import Array
from eunoe.tables.files import write_table
from eunoe.tables.replies import REPLIES
from eunoe.tables.training import CURVE
from eunoe.tables.tuning import COSTS, MIXTURE
from tests.results.text.simulated_language import items_in, tables_in, write_items

BOOTSTRAP = Bootstrap(replicates=200)
BASE = "village"
TARGET = "verification.en"
SAME_FORMAT = "inference.en"
OTHER_TARGET = "translation.fr"
HELD_OUT = ("arithmetic.en", "repeat.en", "blanks.en", "blanks.fr")
REHEARSED = ("repeat.en",)
"""Those that recipes may train on."""
TARGETED: dict[str, Any] = {
    "target": TARGET,
    "same_format": [SAME_FORMAT],
    "rehearsed": list(REHEARSED),
}
"""What the retention probe says of its sources."""
UNTARGETED: dict[str, Any] = {"target": None, "same_format": [], "rehearsed": []}
LABELS = {"verification": ("true", "false"), "inference": ("true", "false", "neither")}
"""The options of items that have some, by task."""
LEVELS = (0.7, 0.8, 0.9)
RETENTION_SOURCES = (TARGET, SAME_FORMAT, *HELD_OUT)
ABILITIES = ("maths.en", "coding.en", "general.en")
SOURCES = {"retention": RETENTION_SOURCES, "abilities": ABILITIES}
TRANSFORMS = ("identity", "leetspeak", "translate(fr)")
"""English sources are asked through all of them, others through identity alone."""
FRACTIONS = ("1", "1/4", "1/16", "1/64", "1/256")


MEASURES = ("right", "formatted", "specialised", "credit")
"""What is drawn of each reply."""


@dataclass(frozen=True)
class Behaviour:
    """How a run answers on the retention probe."""

    target: float
    """Right on the target, as the run is used."""
    kept: float
    """On held-out sources, share of the base's right replies, as the run is used."""
    specialised: float
    """Share of its held-out replies that are in the target's format, as the run is used."""
    prompt: bool = False
    """Whether there is a soft prompt or a LoRA, attached for the target."""
    elsewhere: bool = False
    """Whether it is attached for other sources too."""
    same_format: float = 0.6
    """Right on the source of the same format."""
    stages: int = 1
    """The first of two changes nothing but the prompt."""
    stage_one: float | None = None
    """Right on the target where the first of two stages ends; None if that is as in the end."""
    rehearsed: float | None = None
    """What is kept of rehearsed sources; None if that is as much as elsewhere."""
    unlucky: int = 0
    """The first so many seeds never reach a level."""

    @property
    def start(self) -> float | None:
        """Right on the target where the last stage begins; None if that is the base's."""
        if self.stages == 1:
            return None
        return self.target if self.stage_one is None else self.stage_one


BEHAVIOURS: Mapping[str, Behaviour] = {
    "plain": Behaviour(0.95, 0.1, 0.97, same_format=0.7),
    "prompt_tuning": Behaviour(0.86, 1.0, 0.01, prompt=True),
    "promot": Behaviour(0.95, 0.95, 0.02, prompt=True, stages=2),
    "joint": Behaviour(0.95, 0.2, 0.8, prompt=True),
    "random_prompt": Behaviour(0.94, 0.15, 0.9, prompt=True),
    "lora_first": Behaviour(0.9, 0.3, 0.7, prompt=True, stages=2),
    "unfrozen": Behaviour(0.95, 0.6, 0.3, prompt=True, stages=2),
    "lora": Behaviour(0.93, 0.5, 0.4, prompt=True, elsewhere=True),
    "replay": Behaviour(0.93, 0.9, 0.05),
    "kl": Behaviour(0.93, 0.8, 0.1),
    "lower_rate": Behaviour(0.92, 0.6, 0.3),
    "interpolated": Behaviour(0.92, 0.7, 0.2),
    "plain_demonstration": Behaviour(0.95, 0.15, 0.9),
    "promot_demonstration": Behaviour(0.95, 0.97, 0.02, prompt=True, stages=2),
    "plain_multitask": Behaviour(0.94, 0.4, 0.5),
    "promot_multitask": Behaviour(0.94, 0.97, 0.02, prompt=True, stages=2),
}
"""The paper's picture."""


def abilities() -> dict[str, tuple[float, float, float]]:
    """Mathematics, code and general by run, as in the paper."""
    found = {
        "multi_task": (0.75, 0.45, 0.8),
        "sequential": (0.5, 0.4, 0.8),
        "mixed_sequential": (0.5, 0.45, 0.85),
    }
    for number, share in enumerate(FRACTIONS):
        alone = (0.75 - 0.12 * number, 0.55 - 0.08 * number, 0.85 - 0.02 * number)
        gain = 0.03 * (number - 2)
        found[f"mixed_{name(share)}"] = tuple(rate + gain for rate in alone)  # type: ignore[assignment]
        found[f"dmt_{name(share)}"] = (0.73 - 0.02 * number, 0.45, 0.8 + 0.015 * number)
        for place, ability in enumerate(ABILITIES):
            rates = [0.1, 0.1, 0.3]
            rates[place] = alone[place]
            found[f"{ability.split('.')[0]}_{name(share)}"] = (rates[0], rates[1], rates[2])
    return found


def name(share: str) -> str:
    """A share in the name of a run: 1/4 as 1_4."""
    return share.replace("/", "_")


@dataclass(frozen=True)
class Truth:
    """How often each model gives the right reply."""

    behaviours: Mapping[str, Behaviour] = field(default_factory=lambda: dict(BEHAVIOURS))
    abilities: Mapping[str, tuple[float, float, float]] = field(default_factory=abilities)
    chance: float = 0.5
    """The base on the target and on the source of its format."""
    held_out: float = 0.9
    """The base on other sources."""
    untuned: tuple[float, float, float] = (0.1, 0.1, 0.3)
    """The base's abilities."""
    attached: float = 0.6
    """Share of the base's held-out replies that are right with a prompt attached."""
    cost: float = 0.85
    """What a transform leaves of the base's right replies."""
    in_format: float = 0.5
    """Of wrong replies, the share in the right format."""
    recovered: float = 0.5
    """Of what is lost through identity, the share that is not through another transform."""
    cosine: tuple[float, float] = (0.95, 0.2)
    """Between the gradient and that of the format alone, when plain tuning begins and ends."""

    def right(self, cell: Cell) -> float:
        """How often a model is right."""
        if cell.source in ABILITIES:
            found = self.abilities.get(cell.model.name, self.untuned)
            return found[ABILITIES.index(cell.source)]
        if cell.level is not None:
            return self.at_level(cell)
        base = self.chance if cell.source in (TARGET, SAME_FORMAT) else self.held_out
        run = self.behaviours.get(cell.model.name)
        if run is None:
            return base * self.through(cell)
        if cell.source == SAME_FORMAT:
            return run.same_format
        if cell.source == TARGET:
            return run.target if cell.attached == run.prompt else self.chance
        used = cell.attached == (run.prompt and run.elsewhere)
        kept = run.kept if used else self.attached
        if used and run.rehearsed is not None and cell.source in REHEARSED:
            kept = run.rehearsed
        if cell.transform != "identity":
            kept += self.recovered * (1 - kept)
        return base * kept * self.through(cell)

    def at_level(self, cell: Cell) -> float:
        """How often the checkpoint at a level is right: part of the way from the base to the run's
        end."""
        found = self.passed_at(self.behaviours[cell.model.name], cell.level or 0.0)
        assert found is not None, "of a level that is reached"
        passed, target = found
        if cell.source == TARGET:
            return target
        before = self.right(cell_of(Model("base", BASE), cell.source))
        after = self.right(replace(cell, level=None))
        return before + (after - before) * passed

    def passed_at(self, run: Behaviour, level: float) -> tuple[float, float] | None:
        """How much of the way of its last stage a run has gone where a checkpoint first reaches a
        level, and its target score there; None if none does."""
        start = self.chance if run.start is None else run.start
        for passed in way_of(STEPS[1:]):
            if (target := start + (run.target - start) * passed) >= level:
                return float(passed), float(target)
        return None

    def through(self, cell: Cell) -> float:
        """What a transform leaves."""
        return 1.0 if cell.transform == "identity" else self.cost

    def specialised(self, cell: Cell) -> float:
        """How often a reply is in the target's format."""
        if cell.source in (TARGET, SAME_FORMAT):
            return 0.98
        run = self.behaviours.get(cell.model.name)
        if run is None:
            return 0.01
        return run.specialised if cell.attached == (run.prompt and run.elsewhere) else 0.5


@dataclass(frozen=True)
class Size:
    """How much is drawn."""

    seeds: tuple[int, ...] = (0, 1, 2)
    examples: int = 60
    """Of each source and split."""
    splits: tuple[str, ...] = ("validation", "test")
    luck: int = 0
    """Number of the draw."""


def models_of(truth: Truth, probe: str) -> list[Model]:
    """The base, and the runs that a probe measures."""
    runs = truth.behaviours if probe == "retention" else truth.abilities
    return [Model("base", BASE), *(Model("run", run) for run in runs)]


def runs_of(truth: Truth, probe: str) -> dict[str, str]:
    """The base of each run that a probe measures."""
    return {model.name: BASE for model in models_of(truth, probe) if model.kind == "run"}


def adapter_scopes_of(truth: Truth) -> dict[str, AdapterScope]:
    """How runs with something to attach are used."""
    return {
        run: AdapterScope(sources=[TARGET], everywhere=behaviour.elsewhere)
        for run, behaviour in truth.behaviours.items()
        if behaviour.prompt
    }


def recipe_of(run: str, behaviour: Behaviour | None) -> dict[str, Any]:
    """What a configuration would say of how a run is made: of the retention probe's runs with what
    they attach, of others, which have no behaviour, as one stage."""
    if behaviour is None:
        shares = {source: {"share": 1 / len(ABILITIES)} for source in ABILITIES}
        return {"stages": [{"data": shares, "training": "composing"}]}
    own: dict[str, Any] = {"data": {TARGET: 1.0}, "training": "adapting"}
    first = {**own, "train": ["soft_prompt"]} if behaviour.prompt else own
    last = {**own, "frozen": ["soft_prompt"]} if behaviour.prompt else own
    return {
        "target": TARGET,
        "adapter_scope": "everywhere" if behaviour.elsewhere else "target",
        "stages": [first, last][: behaviour.stages],
    }


def study_of(truth: Truth) -> Study:
    """What a configuration would say of these models."""
    runs = {**truth.behaviours, **dict.fromkeys(truth.abilities)}
    asked = (*RETENTION_SOURCES, *ABILITIES)
    probe = {
        "kind": "text",
        "world": BASE,
        "items": {"validation": 60, "test": 60},
        "transforms": ["identity", "leetspeak", {"name": "translate", "to": "fr"}],
    }
    return Study.model_validate(
        {
            "worlds": {
                BASE: {
                    "kind": "text",
                    "tasks": list(dict.fromkeys(source.split(".")[0] for source in asked)),
                    "languages": ["en", "fr"],
                    "items": {"train": 2000, "validation": 400, "test": 200},
                    "context": 64,
                    "levels": LEVELS,
                }
            },
            "networks": {"little": {"architecture": "llama", "layers": 1, "heads": 2, "width": 8}},
            "trainings": {
                "schooling": {"steps": 80},
                "adapting": {"steps": 80, "monitor_prompts": 400},
                "composing": {"steps": 80, "monitor_prompts": 24},
            },
            "bases": {
                BASE: {
                    "world": BASE,
                    "network": "little",
                    "training": "schooling",
                    "mixture": dict.fromkeys(ABILITIES, 1),
                }
            },
            "recipes": {run: recipe_of(run, behaviour) for run, behaviour in runs.items()},
            "runs": {run: {"base": BASE, "recipe": run} for run in runs},
            "probes": {
                "retention": {**probe, "sources": RETENTION_SOURCES, **TARGETED},
                "abilities": {**probe, "sources": ABILITIES},
            },
        }
    )


def cell_of(
    model: Model,
    source: str,
    transform: str = "identity",
    attached: bool = False,
    level: float | None = None,
) -> Cell:
    """The cell of a source."""
    how: dict[str, Any] = {"transform": transform, "attached": attached, "level": level}
    return Cell(model, *split_source(source), **how)


def cells_of(truth: Truth, probe: str, split: str = "validation") -> Iterator[Cell]:
    """Everything that is asked; on test examples, checkpoints at levels too, as runs are used."""
    for model in models_of(truth, probe):
        run = truth.behaviours.get(model.name)
        for source in SOURCES[probe]:
            for transform in TRANSFORMS if source.endswith(".en") else ("identity",):
                for attached in (False, True) if run and run.prompt else (False,):
                    yield cell_of(model, source, transform, attached)
        if run and split == "test":
            for level, source in product(LEVELS, SOURCES[probe]):
                if truth.passed_at(run, level) is not None:
                    attached = run.prompt and (source == TARGET or run.elsewhere)
                    yield cell_of(model, source, "identity", attached, level)


def draws_for(*what: object) -> np.random.Generator:
    return np.random.default_rng(crc32("/".join(map(str, what)).encode()))


def draw(truth: Truth, cell: Cell, split: str, size: Size) -> dict[str, NDArray[Any]]:
    """Measures of one cell, (seeds, examples) each. Half of what makes one hard is shared."""
    shape = (len(size.seeds), size.examples)
    shared = draws_for("hard", cell.source, split, size.luck).standard_normal(shape)
    draws = draws_for(stream_of(cell, crossed=False), split, size.luck)
    hard = ndtr(from_numpy((shared + draws.standard_normal(shape)) / np.sqrt(2))).numpy()
    right = hard < truth.right(cell)
    return {
        "right": right,
        "formatted": right | (draws.random(shape) < truth.in_format),
        "credit": right.astype(np.float32),
        "specialised": draws.random(shape) < truth.specialised(cell),
    }


def asked_in(truth: Truth, cell: Cell, size: Size) -> NDArray[np.bool_]:
    """Tell in which seeds a cell is asked: all, unless it is of a level that some do not reach."""
    found = np.ones(len(size.seeds), dtype=bool)
    if cell.level is not None:
        found[: truth.behaviours[cell.model.name].unlucky] = False
    return found


class Drawn(UserDict[Cell, dict[str, Items]]):
    """The arrays of every cell of a probe, drawn when they are asked for."""

    def __init__(self, truth: Truth, probe: str, split: str, size: Size) -> None:
        super().__init__()
        self.truth, self.split, self.size = truth, split, size
        self.cells = dict.fromkeys(cells_of(truth, probe, split))

    def __getitem__(self, cell: Cell) -> dict[str, Items]:
        if cell not in self.cells:
            raise KeyError(cell)
        if cell not in self.data:
            missed = ~asked_in(self.truth, cell, self.size)
            self.data[cell] = {
                key: np.where(missed[:, None], np.nan, value.astype(float))
                for key, value in draw(self.truth, cell, self.split, self.size).items()
            }
        return self.data[cell]

    def __contains__(self, cell: object) -> bool:
        return cell in self.cells

    def __iter__(self) -> Iterator[Cell]:
        return iter(self.cells)

    def __len__(self) -> int:
        return len(self.cells)


def results_of(truth: Truth, probe: str, split: str, size: Size = Size()) -> Results:
    """The arrays that reading the tables would give."""
    values = cast(dict[Cell, dict[str, Items]], Drawn(truth, probe, split, size))
    return Results(BOOTSTRAP, values, adapter_scopes_of(truth))


def columns_of(truth: Truth, cell: Cell, split: str, size: Size) -> dict[str, NDArray[Any]]:
    """Columns of `REPLIES` of one cell, all seeds in which it is asked."""
    asked = asked_in(truth, cell, size)
    seeds = np.array(size.seeds)[asked]
    drawn = {key: value[asked].ravel() for key, value in draw(truth, cell, split, size).items()}
    task, language = cell.task, cell.language
    same = {
        **{"kind": cell.model.kind, "model": cell.model.name, "source": cell.source},
        **{"task": task, "language": language, "wording": "plain", "split": split},
        **{"transform": cell.transform, "attached": cell.attached},
        **{"level": np.nan if cell.level is None else cell.level},
        **{"digest": "0", "reply": "a reply", "decoded": "a reply"},
    }
    count = len(seeds) * size.examples
    names = [f"{cell.source}.{split}.{number:05}" for number in range(size.examples)]
    return {
        **drawn,
        **{key: np.repeat(np.array([value], dtype=object), count) for key, value in same.items()},
        "seed": np.repeat(seeds, size.examples),
        "item": np.array(names * len(seeds), dtype=object),
    }


def rows_of(truth: Truth, probe: str, size: Size) -> pd.DataFrame:
    """Rows of `REPLIES` of a probe."""
    parts = [
        columns_of(truth, cell, split, size)
        for split in size.splits
        for cell in cells_of(truth, probe, split)
    ]
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    nothing = dict.fromkeys(("prompt", "choice", "gold_share", "prompt_log_likelihood"))
    return pd.DataFrame(columns).assign(probe=probe, gold="", outcome="other", **nothing)


def write_replies(root: Path, truth: Truth, size: Size = Size()) -> dict[str, list[Path]]:
    """Write the items of both probes, and the replies to them, one for each seed and model; return
    the paths of replies."""
    made = provenance({"seed": 0, "code": "none"})
    found: dict[str, list[Path]] = {}
    for probe in SOURCES:
        rows = rows_of(truth, probe, size)
        write_items(root, probe, rows, LABELS)
        for (seed, kind, model), group in rows.groupby(["seed", "kind", "model"]):
            path = root / f"data/probes/{probe}/{seed}/{kind}s/{model}/replies.parquet"
            write_table(path, group, REPLIES, made)
            found.setdefault(probe, []).append(path)
    return found


# Training


STEPS = np.array([0, 10, 20, 40, 80])
"""Checkpoints of a stage."""


def way_of(steps: NDArray[np.int64]) -> Array:
    """How much of its way a stage has gone."""
    return 1 - np.exp(-steps / 15)


def trajectories(truth: Truth, run: str, seeds: tuple[int, ...]) -> dict[str, Trajectory]:
    """The curve of a run of the retention probe: on its way from the base to the truth."""
    behaviour = truth.behaviours[run]
    stages = np.repeat(np.arange(behaviour.stages), len(STEPS))
    steps = np.tile(STEPS, behaviour.stages)
    passed = np.tile(way_of(STEPS), behaviour.stages)
    later = np.where(stages == behaviour.stages - 1, passed, 0.0)  # the weights' own way
    first = np.where(stages > 0, 1.0, passed)  # the prompt's way
    found: dict[str, Array] = {"loss": 2 - 1.5 * first}
    base, who = Model("base", BASE), Model("run", run)
    for source in RETENTION_SOURCES:
        for attached in (False, True) if behaviour.prompt else (False,):
            before = cell_of(base, source)
            after = cell_of(who, source, attached=attached)
            way = first if attached and source == TARGET else later
            for measure, rate in (("right", truth.right), ("specialised", truth.specialised)):
                key = f"{'attached' if attached else 'plain'}.{measure}.{source}"
                found[key] = rate(before) + (rate(after) - rate(before)) * way
            if attached and source == TARGET and behaviour.start is not None:
                found[f"attached.right.{source}"] = np.where(
                    stages > 0,
                    behaviour.start + (behaviour.target - behaviour.start) * passed,
                    truth.chance + (behaviour.start - truth.chance) * passed,
                )
    if not behaviour.prompt:
        start, end = truth.cosine
        for part in ("all", "embedding", "attention", "perceptron"):
            found[f"cosine.{part}"] = start + (end - start) * passed
    noise = {key: draws_for(run, key).normal(0, 0.005, (len(seeds), len(steps))) for key in found}
    updates = steps + stages * STEPS[-1]
    return {
        key: Trajectory(stages, steps, updates, value + noise[key]) for key, value in found.items()
    }


def curves_of(truth: Truth, size: Size = Size()) -> Curves:
    """The curves that reading the tables would give."""
    found = {
        (Model("run", run), key): trajectory
        for run in truth.behaviours
        for key, trajectory in trajectories(truth, run, size.seeds).items()
    }
    return Curves(BOOTSTRAP, found, adapter_scopes_of(truth))


def write_curves(root: Path, truth: Truth, size: Size = Size()) -> list[Path]:
    """Write the curve of every run of the retention probe, one for each seed."""
    found = []
    for run in truth.behaviours:
        known = trajectories(truth, run, size.seeds)
        for number, seed in enumerate(size.seeds):
            rows = pd.concat(
                pd.DataFrame(
                    {
                        "stage": trajectory.stages,
                        "step": trajectory.steps,
                        "value": trajectory.values[number],
                    }
                ).assign(measure=key)
                for key, trajectory in known.items()
            )
            path = root / f"data/runs/{run}/{seed}/curve.parquet"
            rows = rows.assign(kind="run", model=run, seed=seed)
            write_table(path, rows, CURVE, {})
            found.append(path)
    return found


def write_costs(root: Path, truth: Truth, size: Size = Size()) -> dict[str, list[Path]]:
    """Write what every run cost and was shown, one table of each for each seed; of the retention
    probe's runs two stages if they have them, of the others one."""
    stages = {run: behaviour.stages for run, behaviour in truth.behaviours.items()}
    found: dict[str, list[Path]] = {"costs": [], "mixture": []}
    for run in (*stages, *truth.abilities):
        for seed in size.seeds:
            who: dict[str, Any] = {"kind": "run", "model": run, "seed": seed}
            folder = root / f"data/runs/{run}/{seed}"
            numbers = pd.DataFrame({"stage": range(stages.get(run, 1))})
            costs = numbers.assign(updates=80, examples=640, tokens=20_000, response_tokens=1_300)
            write_table(
                folder / "costs.parquet",
                costs.assign(flops=1e12, seconds=20.0 + seed, **who),
                COSTS,
                {},
            )
            shown = {TARGET: 1.0} if run in stages else dict.fromkeys(ABILITIES, 1 / 3)
            rows = pd.concat(numbers.assign(source=source, share=shown[source]) for source in shown)
            rows = rows.assign(examples=2_000, drawn=(640 * rows["share"]).astype(int), **who)
            write_table(
                folder / "mixture.parquet",
                rows.assign(
                    tokens=(20_000 * rows["share"]).astype(int), token_share=rows["share"]
                ).rename(columns={"share": "example_share"}),
                MIXTURE,
                {},
            )
            for name_of_table in found:
                found[name_of_table].append(folder / f"{name_of_table}.parquet")
    return found


def write_lab(
    root: Path, truth: Truth, size: Size = Size(), there: Collection[str] = ()
) -> list[Path]:
    """Write scores, curves, costs and mixtures, and the tables of the figures; return those.

    Of runs that were `there` already the tables know their scores alone.
    """
    scores, curves = write_replies(root, truth, size), write_curves(root, truth, size)
    costs = write_costs(root, truth, size)
    rendered: list[Path] = []
    for probe, paths in scores.items():
        runs = runs_of(truth, probe)
        tuned = [run for run in runs if run not in there]

        def of_probe(found: list[Path], tuned: list[str] = tuned) -> list[Path]:
            return [path for path in found if path.parent.parent.name in tuned]

        folder = root / "reports/tables" / probe
        render_text_tables(
            TextTableSettings(
                probe=probe,
                crossed=False,
                pools={},
                runs=runs,
                adapter_scopes=adapter_scopes_of(truth),
                levels=list(LEVELS),
                bootstrap=BOOTSTRAP,
                code="none",
                **(TARGETED if probe == "retention" else UNTARGETED),
            ),
            items=items_in(root, probe),
            replies=paths,
            curves=of_probe(curves),
            costs=of_probe(costs["costs"]),
            mixtures=of_probe(costs["mixture"]),
            **tables_in(folder),
        )
        rendered += sorted(folder.glob("*.parquet"))
    return rendered
