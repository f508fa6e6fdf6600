"""The rendered tables of a recipes lab, with planted means. No model is trained or asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from eunoe.labs.recipes.settings import ByAbility, Ratio, Strategies
from eunoe.labs.recipes.settings import Lab as RecipesLab
from eunoe.labs.recipes.sources import ABILITIES, GROUPS, SCHEMAS, TRANSFORMED
from eunoe.results.text.cells import split_source
from eunoe.tables.files import write_table

TARGET, SAME_FORMAT = "verification.en", "inference.en"
KEPT = (
    *("arithmetic.en", "repeat.en", "capslock.en", "reverse.en", "blanks.en", "free_topics.en"),
    "translation.fr",
)
IDENTICAL = {*GROUPS} - {TRANSFORMED}
"""Groups of sources that are asked through identity alone."""
TRANSFORMS = ("identity", "leetspeak", "translate(fr)", "pig_latin")
BASE = "village"
FRACTIONS = ("1", "1/4", "1/16", "1/64", "1/256")


@dataclass(frozen=True)
class Planted:
    """How a run answers on the retention probe."""

    target: float
    kept: float
    """On held-out sources, as a share of what the base can."""
    specialised: float
    prompt: bool = False
    """Whether there is something to attach."""
    stages: int = 1


PLANTED = {
    "plain": Planted(0.95, 0.1, 0.97),
    "plain_cool": Planted(0.93, 0.45, 0.5),
    "prompt_tuning": Planted(0.8, 1.0, 0.01, prompt=True),
    "promot": Planted(0.95, 0.93, 0.02, prompt=True, stages=2),
    "promot_cool": Planted(0.93, 0.96, 0.01, prompt=True, stages=2),
    "joint": Planted(0.95, 0.3, 0.75, prompt=True),
    "random_prompt": Planted(0.94, 0.15, 0.9, prompt=True),
    "demonstrated": Planted(0.93, 0.2, 0.85),
    "lora_first": Planted(0.92, 0.25, 0.8, prompt=True, stages=2),
    "unfrozen": Planted(0.94, 0.8, 0.2, prompt=True, stages=2),
    "promot_demonstrated": Planted(0.95, 0.95, 0.02, prompt=True, stages=2),
    "plain_several": Planted(0.93, 0.3, 0.6),
    "promot_several": Planted(0.94, 0.96, 0.02, prompt=True, stages=2),
    "lora": Planted(0.88, 0.6, 0.3, prompt=True),
    "replay": Planted(0.93, 0.97, 0.02),
    "self_replay": Planted(0.93, 0.9, 0.04),
    "l2_sp": Planted(0.9, 0.5, 0.4),
    "ewc": Planted(0.9, 0.55, 0.35),
    "kl": Planted(0.91, 0.85, 0.1),
    "dft": Planted(0.9, 0.7, 0.2),
    "lower_frozen": Planted(0.9, 0.4, 0.5),
    "wise": Planted(0.85, 0.9, 0.05),
    "wise_75": Planted(0.9, 0.5, 0.4),
    "plain_long": Planted(0.96, 0.05, 0.99),
}
"""The paper's picture; the last two have no part."""


def composed(prefix: str = "") -> Strategies:
    """All strategies, their runs named by what they are."""

    def runs(name: str) -> dict[str, str]:
        return {share: f"{prefix}{name}_{share.replace('/', '_')}" for share in FRACTIONS}

    return Strategies(
        multi_task=f"{prefix}multi_task",
        sequential=f"{prefix}sequential",
        mixed_sequential=f"{prefix}mixed_sequential",
        dmt=runs("dmt"),
        single=ByAbility(**{ability: runs(ability) for ability in ABILITIES}),
        mixed={**runs("mixed"), "1": f"{prefix}multi_task"},
        ratio=Ratio(specialised=runs("some"), general=runs("topped")),
    )


LAB_SETTINGS = RecipesLab(
    retention="retention",
    abilities="abilities",
    level=0.85,
    mathematics="maths.en",
    code="coding.en",
    general="general.en",
    **{part: part for part in PLANTED if part not in ("wise_75", "plain_long")},
    **composed().model_dump(),
)
RUNS = {run: BASE for run in (*PLANTED, *LAB_SETTINGS.runs.values())}


def ability_of(key: str, ability: str, size: int) -> float:
    """What a strategy scores, by its key in `Strategies.runs`; more with a larger model."""
    top = {"mathematics": 0.6, "code": 0.4, "general": 0.7}[ability] + 0.1 * size
    kind, _, rest = key.partition(".")
    side, _, share = rest.rpartition(".")
    less = FRACTIONS.index(share) if share else 0
    alone = top - {"mathematics": 0.1, "code": 0.06, "general": 0.02}[ability] * less
    if kind == "single":
        return alone if side == ability else 0.1
    if kind in ("mixed", "multi_task"):
        return alone + 0.02 * (less - 1)
    if kind == "ratio":
        return top - 0.01 * less
    lost = {"mathematics": 0.25, "code": 0.05, "general": 0.0}[ability]
    if kind == "dmt":
        return top - lost * 0.1 * less
    return top - lost


@dataclass
class Lab:
    """How large the lab is, and what is planted."""

    planted: dict[str, Planted] = field(default_factory=lambda: dict(PLANTED))
    kept: tuple[str, ...] = KEPT
    transforms: tuple[str, ...] = TRANSFORMS
    settings: RecipesLab = LAB_SETTINGS
    noise: float = 0.02
    won: float = 0.5
    """Share of what is lost that another transform wins back."""
    width: float = 0.04
    """Half an interval."""

    def sources(self) -> tuple[str, ...]:
        """Every source and group of sources of the retention probe."""
        return TARGET, SAME_FORMAT, *self.kept, *GROUPS

    def rows(self, name: str, probe: str) -> pd.DataFrame:
        """Return a table's rows."""
        makers: dict[str, Any] = {
            "scores": self.scores,
            "curves": self.curves,
            "costs": self.costs,
            "mixtures": self.mixtures,
            "checkpoints": self.checkpoints,
            "equal_target": self.equal_target,
        }
        rows = pd.DataFrame(makers[name](probe))
        if name in ("checkpoints", "equal_target") and probe == "abilities":
            rows = rows.iloc[:0]
        if name in ("scores", "curves"):
            draws = np.random.default_rng(len(rows)).normal(0, self.noise, len(rows))
            middle = rows["estimate"] + draws
            shares = ~rows["measure"].isin(["change", "retained", "loss"])
            middle = middle.mask(shares, middle.clip(0, 1))
            rows = rows.assign(estimate=middle, low=middle - self.width, high=middle + self.width)
        if name == "scores":
            parts = [split_source(source) for source in rows["source"]]
            rows[["task", "language"]] = parts
            rows = rows.assign(wording="all", level=None)
        return rows.assign(probe=probe)

    def write(self, root: Path) -> list[Path]:
        """Write every table of both probes; return their paths."""
        found = []
        for probe in ("retention", "abilities"):
            for name, schema in SCHEMAS.items():
                path = root / probe / f"{name}.parquet"
                rows = self.rows(name, probe)
                rows = rows.reindex(columns=schema.names)
                write_table(path, rows.astype(object) if rows.empty else rows, schema, {})
                found.append(path)
        return found

    def scores(self, probe: str) -> Iterator[dict[str, Any]]:
        """Rows of `MEAN_SCORES`."""
        if probe == "abilities":
            yield from self.ability_scores()
            return
        fixed = {"items": 150, "seeds": 3}
        models = [("base", BASE, Planted(0.5, 1.0, 0.01))]
        models += [("run", run, planted) for run, planted in self.planted.items()]
        for kind, model, planted in models:
            ways = ("yes", "no", "deployed") if planted.prompt else ("no", "deployed")
            for source, transform, attached in product(self.sources(), self.transforms, ways):
                if source in IDENTICAL and transform != "identity":
                    continue
                row = {"kind": kind, "model": model, "source": source, "transform": transform}
                for measure, value in self.measured(planted, source, transform, attached):
                    yield {
                        **row,
                        **fixed,
                        "attached": attached,
                        "measure": measure,
                        "estimate": value,
                    }

    def measured(
        self, planted: Planted, source: str, transform: str, attached: str
    ) -> Iterator[tuple[str, float]]:
        """Every measure of one cell."""
        wrong_way = planted.prompt and attached == ("no" if source == TARGET else "yes")
        base = 0.5 if source in (TARGET, SAME_FORMAT) else 0.8
        kept = planted.kept * (0.5 if wrong_way else 1)
        if transform != "identity":
            kept += self.won * (1 - kept)
            base *= 0.95
        right = base * kept
        if source == TARGET:
            right = 0.55 if wrong_way else planted.target
        yield "right", right
        yield "specialised", 0.5 if wrong_way else planted.specialised
        if attached == "deployed":
            yield "change", right - base
            yield "retained", right / base

    def ability_scores(self) -> Iterator[dict[str, Any]]:
        """Rows of the probe abilities, of the lab's own base and of those in `sizes`."""
        fixed = {"items": 150, "seeds": 3, "transform": "identity", "measure": "right"}
        sizes = self.settings.sizes or [BASE]
        for size, base in enumerate(sizes):
            keys = {run: key for key, run in self.settings.strategies(base).runs.items()}
            runs = {"": base, **keys}
            for run, key in runs.items():
                for ability in ABILITIES:
                    value = ability_of(key, ability, size) if run else 0.1
                    for attached in ("no", "deployed"):
                        who = {"kind": "run" if run else "base", "model": run or base}
                        source = getattr(self.settings, ability)
                        row = {**who, "source": source, "attached": attached, "estimate": value}
                        yield {**row, **fixed}

    def curves(self, probe: str) -> Iterator[dict[str, Any]]:
        """Rows of `CURVES`."""
        if probe == "abilities":
            yield from (
                {"kind": "run", "model": run, "stage": 0, "step": step, **loss}
                for run in self.settings.runs.values()
                for step, loss in ((0, {"measure": "loss", "estimate": 2.0}),)
            )
            return
        for run, planted in self.planted.items():
            for stage in range(planted.stages):
                for step in (0, 20, 40, 80, 120, 160, 200):
                    who = {"kind": "run", "model": run, "stage": stage, "step": step}
                    for measure, value in course_of(planted, stage, step):
                        yield {**who, "measure": measure, "estimate": value}

    def costs(self, probe: str) -> Iterator[dict[str, Any]]:
        """Rows of `MEAN_COSTS`."""
        runs = self.planted if probe == "retention" else self.settings.runs.values()
        for number, run in enumerate(runs):
            stages = self.planted[run].stages if run in self.planted else 1
            updates = 0.0 if run.startswith("wise") else 200.0 * stages
            yield {
                "kind": "run",
                "model": run,
                "stage": 0,
                "seeds": 3,
                "updates": updates,
                "examples": 32 * updates,
                "tokens": 900 * updates,
                "response_tokens": 60 * updates,
                "flops": 5e9 * updates * (1 + number / 40),
                "seconds": 0.06 * updates * (1 + number / 20),
            }

    def mixtures(self, probe: str) -> Iterator[dict[str, Any]]:
        """Rows of `MEAN_MIXTURES`; of DMT, the stage that rehearses."""
        if probe == "retention":
            return
        for share, run in self.settings.dmt.items():
            count = 2000 * eval_fraction(share)
            drawn = {"maths.en": count, "coding.en": count, "general.en": 2000.0}
            tokens = {"maths.en": 30 * count, "coding.en": 20 * count, "general.en": 24000.0}
            for source, number in drawn.items():
                yield {
                    "kind": "run",
                    "model": run,
                    "stage": 1,
                    "source": source,
                    "seeds": 3,
                    "examples": number,
                    "drawn": number,
                    "example_share": number / sum(drawn.values()),
                    "token_share": tokens[source] / sum(tokens.values()),
                    "tokens": tokens[source],
                }

    def checkpoints(self, probe: str) -> Iterator[dict[str, Any]]:
        """Rows of `CHECKPOINTS`, of last stages."""
        found: list[dict[str, Any]] = []
        for number, (run, planted) in enumerate(self.planted.items()):
            for step in (20, 40, 80, 120, 160, 200):
                values = dict(course_of(planted, planted.stages - 1, step))
                target = values[f"used.right.{TARGET}"] - 0.0007 * number
                retention = values["used.right.held_out"] / 0.8 + 0.002 * (number % 5)
                found.append({"run": run, "step": step, "target": target, "retention": retention})
        for row in found:
            better = [
                other["target"] >= row["target"] and other["retention"] >= row["retention"]
                for other in found
                if other is not row
            ]
            yield {**row, "front": not any(better)}

    def equal_target(self, probe: str) -> Iterator[dict[str, Any]]:
        """Rows of `EQUAL_TARGET`; a run that misses a level has no retention there. What is
        rehearsed is kept."""
        for run, planted in self.planted.items():
            for level, sources in product((0.75, 0.85), ("held_out", "rehearsed", "unrehearsed")):
                kept = 1.0 if sources == "rehearsed" else min(1.0, planted.kept + 0.02)
                ends = {"low": kept - 0.1, "high": kept + 0.1}
                found = {"target": level, "retention": kept, **ends}
                learns = planted.target >= level
                row = {"run": run, "level": level, "sources": sources, "best": planted.target}
                row |= dict.fromkeys(found) | (found if learns else {})
                yield {**row, "reached": 3 * learns, "seeds": 3}


def course_of(planted: Planted, stage: int, step: int) -> Iterator[tuple[str, float]]:
    """Measures of a run at a step of a stage: the prompt learns first, then the weights."""
    last = stage == planted.stages - 1
    passed = 1 - float(np.exp(-step / 40))
    weights = passed if last and planted.target != PLANTED["prompt_tuning"].target else 0.0
    prompt = max(passed, float(stage > 0))
    yield "loss", 2 - passed
    alone = 0.05 if planted.prompt else planted.target - 0.5
    yield f"plain.right.{TARGET}", 0.5 + alone * weights
    for way in ("plain", "used"):
        yield f"{way}.right.held_out", 0.8 * (1 - (1 - planted.kept) * weights)
        yield f"{way}.specialised.held_out", 0.01 + (planted.specialised - 0.01) * weights
    if not planted.prompt:
        yield f"used.right.{TARGET}", 0.5 + alone * weights
    else:
        gained = 0.3 * prompt + (planted.target - 0.8) * weights
        yield f"attached.right.{TARGET}", 0.5 + gained
        yield f"used.right.{TARGET}", 0.5 + gained
        yield "attached.right.held_out", 0.8 * (1 - 0.5 * prompt)
        yield "attached.specialised.held_out", 0.9 * prompt
    if last:
        for number, module in enumerate(("all", "embedding", "attention", "perceptron")):
            yield f"cosine.{module}", 0.95 - (0.8 - 0.1 * number) * passed


def eval_fraction(share: str) -> float:
    """A fraction as a number."""
    above, _, below = share.partition("/")
    return int(above) / int(below or 1)
