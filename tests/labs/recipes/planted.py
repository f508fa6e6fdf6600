"""A recipes lab in which the truth of every claim is planted. No model is trained or asked.

The lab of `tests.results.text.simulated_recipes` with every part that the lab knows, three sizes,
and a few more knobs; `Picture()` is the papers' picture.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from eunoe.labs.recipes.claims import ledger
from eunoe.labs.recipes.evidence import Evidence
from eunoe.labs.recipes.settings import ByAbility, Ratio, Strategies
from eunoe.labs.recipes.settings import Lab as RecipesLab
from eunoe.report.ledger import Ledger
from eunoe.results.text.cells import Cell
from eunoe.results.text.results import Results
from eunoe.results.text.trajectories import Curves
from tests.results.text import simulated_recipes as simulated
from tests.results.text.simulated_recipes import (
    ABILITIES,
    BEHAVIOURS,
    BOOTSTRAP,
    FRACTIONS,
    LEVELS,
    SAME_FORMAT,
    TARGET,
    TARGETED,
    Behaviour,
    Size,
    Truth,
    curves_of,
    name,
    results_of,
)

SIZE = Size(seeds=tuple(range(8)), examples=300)
"""Eight seeds: with three the primary claims are decided only where effects are large."""
MONITORED = 400
"""Validation examples of each source that curves are measured on."""
SIZES = {"seed": 0.15, "village": 0.0, "town": -0.1}
"""Bases, smallest first, and how much of an ability each lacks."""
SINGLE = dict(zip(("mathematics", "code", "general"), ABILITIES, strict=True))
NEIGHBOURS = ("plain_cool", "self_replay", "l2_sp", "ewc", "dft", "lower_frozen", "wise")


def promot(
    target: float = 0.97, kept: float = 0.97, specialised: float = 0.02, stage_one: float = 0.5
) -> Behaviour:
    """ProMoT, whose second stage begins as low as plain tuning: both reach levels at one pace."""
    return Behaviour(target, kept, specialised, prompt=True, stages=2, stage_one=stage_one)


def behaviours(**changed: Behaviour) -> dict[str, Behaviour]:
    """The paper's picture with every part, the names of runs being those of the parts."""
    found = {
        **{name: BEHAVIOURS[name] for name in ("random_prompt", "unfrozen", "lora", "replay")},
        "plain": Behaviour(0.92, 0.05, 0.98, same_format=0.75),
        "prompt_tuning": Behaviour(0.8, 1.0, 0.01, prompt=True),
        **dict.fromkeys(("promot", "promot_cool"), promot()),
        "joint": Behaviour(0.95, 0.005, 0.8, prompt=True),
        "random_prompt": Behaviour(0.94, 0.005, 0.9, prompt=True),
        "demonstrated": Behaviour(0.95, 0.005, 0.9),
        "lora_first": Behaviour(0.85, 0.3, 0.7, prompt=True, stages=2),
        "promot_demonstrated": Behaviour(0.97, 1.1, 0.02, prompt=True, stages=2),
        "plain_several": Behaviour(0.9, 0.4, 0.5),
        "promot_several": Behaviour(0.96, 0.97, 0.02, prompt=True, stages=2),
        "kl": BEHAVIOURS["kl"],
        **dict.fromkeys(NEIGHBOURS, Behaviour(0.93, 0.6, 0.3)),
    }
    return {**found, **changed}


def alone(size: str, ability: int, share: str) -> float:
    """An ability after tuning on a share of it alone."""
    number = FRACTIONS.index(share)
    early = (0.0, 0.02, 0.05, 0.1, 0.35) if ability == 2 else (0.0, 0.1, 0.2, 0.3, 0.4)
    return (0.8, 0.7, 0.85)[ability] - early[number] - SIZES[size]


def gain(size: str, ability: int, share: str) -> float:
    """What mixing adds to that."""
    grows = {"seed": 0.05, "village": 0.15, "town": 0.25}
    return grows[size] if share == "1/256" else -0.08 * (share == "1")


Rates = dict[str, tuple[float, float, float]]


def abilities(**changed: tuple[float, float, float]) -> Rates:
    """Mathematics, code and general by run; the names say strategy, size and share."""
    found: Rates = {
        "sequential": (0.5, 0.4, 0.8),
        "mixed_sequential": (0.5, 0.4, 0.8),
        "dmt_1_256": (0.68, 0.5, 0.9),
        "dmt_1_64": (0.75, 0.41, 0.82),
        "dmt_1_16": (0.82, 0.32, 0.74),
        "dmt_1_4": (0.9, 0.25, 0.66),
        "dmt_1": (0.75, 0.18, 0.8),
        **{f"ratio_specialised_{share}": (0.5, 0.5, 0.995) for share in ("1", "1_16")},
        **{f"ratio_general_{share}": (0.995, 0.5, 0.5) for share in ("1", "1_16")},
    }
    for size in SIZES:
        for share in FRACTIONS:
            for number, ability in enumerate(SINGLE):
                rates = [0.1, 0.1, 0.3]
                rates[number] = alone(size, number, share)
                found[f"{ability}_{size}_{name(share)}"] = (rates[0], rates[1], rates[2])
            mixed = [alone(size, number, share) + gain(size, number, share) for number in range(3)]
            found[f"mixed_{size}_{name(share)}"] = (mixed[0], mixed[1], mixed[2])
    found["multi_task"] = (0.72, 0.6, 0.75)
    return {**found, **changed}


@dataclass(frozen=True)
class Picture(Truth):
    """How often each model gives the right reply."""

    behaviours: Mapping[str, Behaviour] = field(default_factory=behaviours)
    abilities: Mapping[str, tuple[float, float, float]] = field(default_factory=abilities)
    cosine: tuple[float, float] = (0.97, -0.1)
    hasty: float = 1.6
    """How much more specialised curves are than at their end, up to all replies."""
    attached_specialised: float = 0.9
    """Of held-out replies with a prompt attached."""
    base_specialised: float = 0.01
    in_format: float = 0.1
    updates: Mapping[str, int] = field(default_factory=dict)
    """Of runs that do not have 80."""
    rehearsed: float = 0.004
    """Share of DMT's last stage, of examples and tokens."""
    pools: Mapping[str, int] = field(default_factory=dict)
    """Examples of each source in the last stage of runs that do not have 100."""

    def specialised(self, cell: Cell) -> float:
        if cell.source in (TARGET, SAME_FORMAT):
            return 0.98
        run = self.behaviours.get(cell.model.name)
        if run is None:
            return self.base_specialised
        detached = cell.attached == (run.prompt and run.elsewhere)
        return run.specialised if detached else self.attached_specialised


def strategies(size: str) -> Strategies:
    """Single and mixed on a base."""
    return Strategies(
        single=ByAbility(
            **{
                ability: {share: f"{ability}_{size}_{name(share)}" for share in FRACTIONS}
                for ability in SINGLE
            }
        ),
        mixed={share: f"mixed_{size}_{name(share)}" for share in FRACTIONS},
    )


PARTS: dict[str, Any] = {part: part for part in behaviours()}
LAB_SETTINGS = RecipesLab(
    retention="retention",
    abilities="abilities",
    **PARTS,
    level=0.8,
    **SINGLE,
    multi_task="multi_task",
    sequential="sequential",
    mixed_sequential="mixed_sequential",
    dmt={share: f"dmt_{name(share)}" for share in FRACTIONS},
    single=strategies("village").single,
    mixed=strategies("village").mixed,
    ratio=Ratio(
        specialised={"1": "ratio_specialised_1", "1/16": "ratio_specialised_1_16"},
        general={"1": "ratio_general_1", "1/16": "ratio_general_1_16"},
    ),
    sizes=list(SIZES),
    scaling={size: strategies(size) for size in SIZES if size != "village"},
)


class Drawn(Mapping[tuple[str, str], Results]):
    """The results of every probe and split."""

    def __init__(self, picture: Picture, size: Size) -> None:
        self.picture, self.size = picture, size
        self.found: dict[tuple[str, str], Results] = {}

    def __getitem__(self, key: tuple[str, str]) -> Results:
        if key not in self.found:
            self.found[key] = results_of(self.picture, *key, self.size)
        return self.found[key]

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(product(simulated.SOURCES, self.size.splits))

    def __len__(self) -> int:
        return len(simulated.SOURCES) * len(self.size.splits)

    def __contains__(self, key: object) -> bool:
        return key in [*self]


def curves(picture: Picture, size: Size) -> Curves:
    """Curves of the retention probe's runs, as hasty as the picture says."""
    found = curves_of(picture, size)
    for key, one in found.trajectories.items():
        if ".specialised." in key[1]:
            values = np.clip(one.values * picture.hasty, 0, 1)
            found.trajectories[key] = replace(one, values=values)
    return found


def costs(picture: Picture, size: Size) -> pd.DataFrame:
    """Updates of every run of the abilities probe."""
    rows = [
        {"kind": "run", "model": run, "seed": seed, "stage": 0}
        | {"updates": picture.updates.get(run, 80)}
        for run in picture.abilities
        for seed in size.seeds
    ]
    return pd.DataFrame(rows)


def mixtures(picture: Picture, size: Size) -> pd.DataFrame:
    """What every run of the abilities probe is shown, as DMT is: two stages, the second of which
    is of general instructions but for a pinch."""
    general, rehearsed = 1 - picture.rehearsed, picture.rehearsed / 2
    shares = [
        (0, {SINGLE["code"]: 0.5, SINGLE["mathematics"]: 0.5}),
        (1, {f"{SINGLE['general']}.plain": general, SINGLE["code"]: rehearsed}),
        (1, {SINGLE["mathematics"]: rehearsed}),
    ]
    rows = [
        {"kind": "run", "model": run, "seed": seed, "stage": stage, "source": source}
        | {"example_share": share, "token_share": share}
        | {"examples": picture.pools.get(run, 100) if stage else 3}
        for run in picture.abilities
        for stage, shown in shares
        for source, share in shown.items()
        for seed in size.seeds
    ]
    return pd.DataFrame(rows)


def evidence(
    picture: Picture, lab_settings: RecipesLab = LAB_SETTINGS, size: Size = SIZE
) -> Evidence:
    """Everything that claims are judged by."""
    runs = [*picture.behaviours, *picture.abilities]
    return Evidence(
        results=Drawn(picture, size),
        curves=curves(picture, size),
        costs=costs(picture, size),
        mixtures=mixtures(picture, size),
        settings=lab_settings,
        **TARGETED,
        bases=dict.fromkeys(runs, simulated.BASE),
        monitored=dict.fromkeys(picture.behaviours, MONITORED),
        levels=LEVELS,
        parameters={simulated.BASE: 3_400_000},
    )


def judged(found: Evidence) -> pd.DataFrame:
    """The ledger's rows by claim."""
    return ledger.judge(found, BOOTSTRAP.level, "recipes").set_index("claim")


def verdicts(picture: Picture, lab_settings: RecipesLab = LAB_SETTINGS) -> dict[str, str]:
    """Verdicts by claim."""
    rows = judged(evidence(picture, lab_settings))
    return {str(claim): str(verdict) for claim, verdict in rows["verdict"].items()}


def with_premises(claim: str) -> list[str]:
    """A claim and all that it hangs on."""
    (found,) = [one for one in ledger.claims if one.id == claim]
    return [
        claim,
        *(name for premise in found.premises + found.guards for name in with_premises(premise)),
    ]


def row_of(claim: str, picture: Picture, size: Size = SIZE) -> Any:
    """The row of a claim, judged with its premises alone."""
    wanted: Ledger[Evidence] = Ledger()
    names = with_premises(claim)
    wanted.claims = [one for one in ledger.claims if one.id in names]
    rows = wanted.judge(evidence(picture, size=size), BOOTSTRAP.level, "recipes")
    return rows.set_index("claim").loc[claim]


def verdict(claim: str, picture: Picture, size: Size = SIZE) -> str:
    """The verdict on a claim, judged with its premises alone."""
    return str(row_of(claim, picture, size)["verdict"])
