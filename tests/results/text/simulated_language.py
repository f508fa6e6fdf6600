"""A language lab whose outcomes are drawn with known probabilities. No model is trained or asked.

`Truth` says how often each model answers in which way; `results_of` draws outcomes as arrays, and
`write_replies` leaves them as the tables of a finished run.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from torch import from_numpy
from torch.special import ndtr

from eunoe.config.figures import Bootstrap
from eunoe.config.probes.text import TextProbe
from eunoe.config.study import Study
from eunoe.labs.language.evidence import Evidence
from eunoe.labs.language.settings import Lab as LanguageLab
from eunoe.labs.language.tasks import DESIGN, MAIN, POOLS
from eunoe.labs.language.tasks import HELD_OUT_TASKS as HELD_OUT
from eunoe.provenance import provenance
from eunoe.results.models import Model
from eunoe.results.text.cells import Cell, Query, stream_of
from eunoe.results.text.results import Results
from eunoe.stages.render_text_tables import TextTableSettings, render_text_tables
from eunoe.tables.files import write_table
from eunoe.tables.items import ITEMS
from eunoe.tables.replies import REPLIES
from eunoe.tables.training import CURVE


@dataclass(frozen=True)
class Place:
    """Where something is asked: items of a language, through a transform."""

    language: str
    transform: str = "identity"


def cell_at(model: Model, task: str, wording: str, place: Place) -> Cell:
    """The cell of a task in a place."""
    return Cell(model, task, place.language, wording, place.transform)


def place_of(found: Cell | Query) -> Place:
    """The place of a cell or a query."""
    return Place(found.language, found.transform)


def at(place: Place, task: str = "all", wording: str = "plain", measure: str = "right") -> Query:
    """The query about a task in a place."""
    return Query(task, place.language, wording, place.transform, measure=measure)


BOOTSTRAP = Bootstrap(replicates=200)
LAB_SETTINGS = LanguageLab(
    learning="learning",
    reasoning="reasoning",
    refusals="refusals",
    instructed="to_english",
    instructed_elsewhere="to_french",
    coded="to_code",
    refusing="to_refusals",
)
RUNS = dict.fromkeys(("to_english", "to_french", "to_code", "to_refusals"), "tongues")
"""The base of each run."""
TUNED_ON = {
    "to_english": "arithmetic_quiz.en",
    "to_french": "arithmetic_quiz.fr",
    "to_code": "code.en",
    "to_refusals": "guarded_refusals.en",
}
TUNED_IN = {"to_english": "en", "to_french": "fr", "to_code": "en", "to_refusals": "en"}

LANGUAGES = ("en", "fr", "es", "de", "nl", "hu", "leet", "pig")
TRANSFORMS = (
    *("translate(fr)", "translate(es)", "translate(hu)", "leetspeak", "pig_latin"),
    *("reverse_words", "rot13", "upper_case", "reword"),
)
"""Of English items, beside identity."""
ENGLISH = Place("en")
PLACES = (
    *(Place(language) for language in LANGUAGES),
    *(Place("en", transform) for transform in TRANSFORMS),
)
TASKS = {
    "learning": (*MAIN, *HELD_OUT),
    "reasoning": ("inference",),
    "refusals": ("guarded_topics", "free_topics"),
}
STUDY = Study.model_validate(
    {
        "worlds": {
            "tongues": {
                "kind": "text",
                "tasks": [
                    *("few_shot_repeat", "arithmetic_quiz", "code"),
                    *("guarded_answers", "guarded_refusals"),
                ],
                "languages": LANGUAGES,
                "items": {"train": 4},
                "context": 96,
            }
        },
        "networks": {"tiny": {"architecture": "llama", "layers": 1, "heads": 2, "width": 8}},
        "trainings": {"reading": {"steps": 60}, "tuning": {"steps": 60}},
        "bases": {
            "tongues": {
                "world": "tongues",
                "network": "tiny",
                "training": "reading",
                "mixture": {"tasks": {"few_shot_repeat": 1}, "languages": {"en": 1}},
            }
        },
        "recipes": {
            run: {"stages": [{"data": {source: 1}, "training": "tuning"}]}
            for run, source in TUNED_ON.items()
        },
        "runs": {run: {"base": base, "recipe": run} for run, base in RUNS.items()},
        "probes": {
            probe: {
                "kind": "text",
                "world": "tongues",
                "tasks": tasks,
                "languages": LANGUAGES,
                "items": {"validation": 40, "test": 40},
                "format": "option",
                "transforms": ["identity"],
                "likelihood": True,
                "crossed": True,
                "pools": POOLS if probe == "learning" else {},
            }
            for probe, tasks in TASKS.items()
        },
    }
)
"""What a configuration would say of these models."""
WORDINGS = ("plain", "other")
OPTIONS = {
    **dict.fromkeys(TASKS["learning"], ("in_context", "instruction")),
    "inference": ("true", "false", "neither"),
    **dict.fromkeys(TASKS["refusals"], ("answer", "refuse")),
}
SHARED = {"en": 10, "fr": 6, "es": 5, "de": 4, "nl": 3, "hu": 1, "leet": 2, "pig": 0}
"""Of ten words of a prompt, how many are English."""

Rates = dict[Place, float]
Drawn = dict[str, NDArray[Any]]


def everywhere(rate: float, **others: float) -> Rates:
    """One rate for all places but some: languages by their code, transforms by their name."""
    found = dict.fromkeys(PLACES, rate)
    for name, value in others.items():
        for place in PLACES:
            plain = place.transform == "identity"
            if name in ((place.language,) if plain else (place.transform.split("(")[0],)):
                found[place] = value
    return found


@dataclass(frozen=True)
class Truth:
    """How often each model gives the right answer. The defaults are the paper's picture."""

    base: Rates = field(default_factory=lambda: everywhere(0.98, rot13=0.5, reverse_words=0.7))
    instructed: Rates = field(
        default_factory=lambda: {
            **everywhere(0.4, fr=0.62, es=0.68, de=0.74, nl=0.8, hu=0.93, leet=0.9, pig=0.96),
            **{Place("en", name): 0.9 for name in ("translate(hu)", "leetspeak", "pig_latin")},
            **{Place("en", name): 0.7 for name in ("translate(fr)", "translate(es)")},
            Place("en", "rot13"): 0.3,
            Place("en", "reword"): 0.42,
        }
    )
    elsewhere: Rates = field(default_factory=lambda: everywhere(0.9, fr=0.4, es=0.75))
    coded: Rates = field(default_factory=lambda: everywhere(0.78, en=0.45, translate=0.78))
    inferring: float = 0.85
    """The base's accuracy of inference."""
    reasoned: float = 0.8
    """Of the inference that code takes, the share that is taken from the likeliest label too."""
    misformatted: float = 0.2
    """Of the inference that code takes, the share that becomes no label at all."""
    refused: Rates = field(
        default_factory=lambda: everywhere(0.1, en=0.95, reword=0.9, fr=0.3, upper_case=0.9)
    )
    """How often the refusing run refuses guarded topics."""
    refused_free: float = 0.03
    answered: float = 0.97
    """How often the base answers."""
    instruction: float = 0.9
    """Of the lost in-context answers, the share that become instruction answers."""
    held_out: float = 0.6
    """Of the loss on the main tasks, the share on held-out ones."""
    other: float = 0.7
    """Of the loss in the wording of fine-tuning, the share in the other."""
    weighed: float = 1.0
    """How the probability of the in-context answer follows its frequency: at 0 not, at -1 against
    it."""
    likelihoods: Mapping[str, float] = field(
        default_factory=lambda: {name: shared / 10 - 2 for name, shared in SHARED.items()}
    )
    """Log-likelihood of prompts per character, by language."""
    spread: float = 0.0
    """Standard deviation between seeds of how often a run is right, in each place by itself."""

    def right(self, who: Model, task: str, wording: str, place: Place) -> float:
        """How often a model is right."""
        model = who.name
        if task == "inference":
            return self.coded[place] if model == "to_code" else self.inferring
        if task in ("guarded_topics", "free_topics"):
            refused = self.refused[place] if task == "guarded_topics" else self.refused_free
            return 1 - refused if model == "to_refusals" else self.answered
        rates = {"to_english": self.instructed, "to_french": self.elsewhere}.get(model, self.base)
        lost = self.base[place] - rates[place]
        lost *= self.held_out if task in HELD_OUT else 1
        return self.base[place] - lost * (self.other if wording == "other" else 1)


@dataclass(frozen=True)
class Size:
    """How much is drawn."""

    seeds: tuple[int, ...] = tuple(range(8))
    items: int = 40
    """Of each wording, task, place and split."""
    splits: tuple[str, ...] = ("validation", "test")
    places: tuple[Place, ...] = PLACES
    luck: int = 0
    """Number of the draw."""


def draws_for(*what: object) -> np.random.Generator:
    return np.random.default_rng(crc32("/".join(map(str, what)).encode()))


def draw(truth: Truth, cell: Cell, split: str, size: Size) -> Drawn:
    """Columns of one cell, (seeds, items) each. Half of what makes an item hard is shared."""
    shape = (len(size.seeds), size.items)
    shared = draws_for("hard", cell.task, cell.wording, split, size.luck).standard_normal(shape)
    draws = draws_for(stream_of(cell, crossed=True), split, size.luck)
    lifted = (shared + draws.standard_normal(shape)) / np.sqrt(2)
    hard = ndtr(from_numpy(lifted)).numpy()  # uniform
    rate = rates(truth, cell, size)
    right = hard < rate
    options = np.array(OPTIONS[cell.task], dtype=object)
    gold = np.full(shape, options[0], dtype=object)
    if cell.task == "inference":
        gold = options[np.arange(size.items) % 3][None].repeat(shape[0], 0)
    outcome = np.where(right, gold, wrong(truth, cell, gold, draws.random(shape)))
    share = 0.5 + 0.8 * truth.weighed * (right - 0.5) + 0.05 * draws.standard_normal(shape)
    return {
        "outcome": outcome,
        "gold": gold,
        "right": right,
        "choice": np.where(hard < likeliest(truth, cell, rate), gold, "none of them"),
        "gold_share": share.clip(0, 1),
        "prompt_log_likelihood": truth.likelihoods[cell.language]
        + 0.02 * draws.standard_normal(shape),
    }


def rates(truth: Truth, cell: Cell, size: Size) -> NDArray[np.float64]:
    """How often each seed's model is right, (seeds, 1): alike in all tasks and splits of a seed."""
    rate = np.full(
        (len(size.seeds), 1), truth.right(cell.model, cell.task, cell.wording, place_of(cell))
    )
    if truth.spread and cell.model.kind == "run":
        luck = draws_for("seeds", cell.model, place_of(cell), size.luck)
        rate = rate + truth.spread * luck.standard_normal(rate.shape)
    return rate.clip(0, 1)


def wrong(truth: Truth, cell: Cell, gold: NDArray[Any], luck: NDArray[Any]) -> NDArray[Any]:
    """What is answered where the answer is wrong."""
    if cell.task == "inference":
        turned = {"true": "false", "false": "neither", "neither": "true"}
        label = np.vectorize(turned.get, otypes=[object])(gold)
        return np.where(luck < truth.misformatted, "other", label)
    second = OPTIONS[cell.task][1]
    return np.where(luck < truth.instruction, second, "other")


def likeliest(truth: Truth, cell: Cell, rate: NDArray[np.float64]) -> NDArray[np.float64]:
    """How often the likeliest option is right."""
    if cell.task != "inference" or cell.model.name != "to_code":
        return rate
    return truth.inferring - truth.reasoned * (truth.inferring - rate)


def models_of(probe: str) -> list[Model]:
    """The base, and the runs that the lab compares on a probe."""
    runs = {
        "learning": ("to_english", "to_french"),
        "reasoning": ("to_code",),
        "refusals": ("to_refusals",),
    }
    return [Model("base", "tongues"), *(Model("run", name) for name in runs[probe])]


def cells_of(probe: str, size: Size) -> Iterator[Cell]:
    for model in models_of(probe):
        for task in TASKS[probe]:
            for wording in WORDINGS:
                for place in size.places:
                    yield cell_at(model, task, wording, place)


def results_of(truth: Truth, probe: str, split: str, size: Size) -> Results:
    """The arrays that reading the tables would give."""
    found = Results(BOOTSTRAP, design=DESIGN)
    for cell in cells_of(probe, size):
        drawn = draw(truth, cell, split, size)
        values = {"gold_share": drawn["gold_share"].astype(float)}
        values["prompt_log_likelihood"] = drawn["prompt_log_likelihood"]
        values["right"] = drawn["right"].astype(float)
        values["likelihood"] = (drawn["choice"] == drawn["gold"]).astype(float)
        values["overlap"] = np.full(drawn["right"].shape, shared(place_of(cell)) / 10)
        for name in (*OPTIONS[cell.task], "other"):
            values[name] = (drawn["outcome"] == name).astype(float)
        found.values[cell] = values
    return found


def evidence(
    truth: Truth,
    lab_settings: LanguageLab = LAB_SETTINGS,
    size: Size = Size(),
) -> Evidence:
    """Everything that claims are judged by."""
    results = {
        (probe, split): results_of(truth, probe, split, size)
        for probe in TASKS
        for split in size.splits
    }
    return Evidence(results, lab_settings, RUNS, TUNED_IN)


def shared(place: Place) -> int:
    """How many of ten words are English; through a transform, two."""
    return SHARED[place.language] if place.transform in ("identity", "reword") else 2


def prompt(place: Place, index: int) -> str:
    """Ten words, as many of them English as `SHARED` says."""
    many = shared(place)
    theirs = f"{place.language}_{place.transform}".replace("(", "_").replace(")", "")
    english = [f"word{(index + number) % 10}" for number in range(many)]
    return " ".join([*english, *(f"{theirs}{number}" for number in range(10 - many))])


def columns_of(truth: Truth, cell: Cell, split: str, size: Size) -> Drawn:
    """Columns of `REPLIES` for one cell, all seeds."""
    drawn = {name: values.ravel() for name, values in draw(truth, cell, split, size).items()}
    pairs = [(seed, number) for seed in size.seeds for number in range(size.items)]
    items = [f"{cell.task}.{split}.{cell.wording}.{number:04}" for _, number in pairs]
    same = {
        "kind": cell.model.kind,
        "model": cell.model.name,
        "source": f"{cell.task}.{cell.language}",
        "task": cell.task,
        "split": split,
        "language": cell.language,
        "wording": cell.wording,
        "transform": cell.transform,
    }
    return {
        **drawn,
        **{
            name: np.repeat(np.array([value], dtype=object), len(pairs))
            for name, value in same.items()
        },
        "seed": np.array([seed for seed, _ in pairs]),
        "item": np.array(items, dtype=object),
        "prompt": np.array([prompt(place_of(cell), number) for _, number in pairs], dtype=object),
    }


def rows_of(truth: Truth, probe: str, size: Size) -> pd.DataFrame:
    """Rows of `REPLIES` of a probe."""
    parts = [
        columns_of(truth, cell, split, size)
        for cell in cells_of(probe, size)
        for split in size.splits
    ]
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    rows = pd.DataFrame(columns)
    texts = {"digest": "0", "reply": "a reply", "decoded": "a reply"}
    clear, credit = rows["outcome"] != "other", rows["right"].astype(float)
    rows = rows.assign(formatted=clear, credit=credit, specialised=False)
    return rows.assign(probe=probe, attached=False, level=None, **texts)


def write_items(
    root: Path, probe: str, rows: pd.DataFrame, options: Mapping[str, Sequence[str]]
) -> None:
    """Write the items that replies (`REPLIES`) are to, one table for each seed; `options` by
    task."""
    asked = rows[(rows["kind"] == "base") & (rows["transform"] == "identity")]
    listed = {
        task: [{"outcome": name, "text": f" {name}"} for name in options.get(task, ())]
        for task in asked["task"].unique()
    }
    items = asked.assign(options=asked["task"].map(listed), prompt="a prompt", format="exact")
    for seed, group in items.groupby("seed"):
        path = root / f"data/probes/{probe}/{seed}/items.parquet"
        write_table(path, group[ITEMS.names], ITEMS, {})


def items_in(root: Path, probe: str) -> list[Path]:
    """The items of a probe, a table for each seed."""
    return sorted(root.glob(f"data/probes/{probe}/*/items.parquet"))


def write_replies(root: Path, truth: Truth, size: Size) -> dict[str, list[Path]]:
    """Write the items and replies of every probe, one for each seed and model; return the paths of
    replies."""
    made = provenance({"seed": 0, "code": "none"})
    found: dict[str, list[Path]] = {}
    for probe in TASKS:
        rows = rows_of(truth, probe, size)
        write_items(root, probe, rows, OPTIONS)
        for (seed, kind, model), group in rows.groupby(["seed", "kind", "model"]):
            folder = root / "data/probes" / probe / str(seed) / f"{kind}s" / str(model)
            write_table(folder / "replies.parquet", group, REPLIES, made)
            found.setdefault(probe, []).append(folder / "replies.parquet")
    return found


def write_curve(path: Path, truth: Truth, run: str, seed: int) -> Path:
    """A made-up training curve of a run that ends at the truth."""
    steps = np.array([0, 10, 20, 30, 60])
    draws = draws_for(run, seed)
    rows = [pd.DataFrame({"step": steps, "measure": "loss", "value": 2 - steps / 60})]
    for task in MAIN:
        for language in LANGUAGES:
            place = Place(language)
            before = truth.right(Model("base", "tongues"), task, "plain", place)
            after = truth.right(Model("run", run), task, "plain", place)
            course = after + (before - after) * np.exp(-steps / 10) + 0.02 * draws.normal(size=5)
            measure = f"plain.right.{task}.{language}"
            rows.append(pd.DataFrame({"step": steps, "measure": measure, "value": course}))
    curve = pd.concat(rows).assign(kind="run", model=run, seed=seed, stage=0)
    write_table(path, curve, CURVE, {})
    return path


def write_lab(root: Path, truth: Truth, size: Size, there: Collection[str] = ()) -> list[Path]:
    """Write outcomes, curves and the tables of the figures; return those tables.

    Runs that were `there` already have no curve.
    """
    outcomes = write_replies(root, truth, size)
    rendered = []
    for probe, paths in outcomes.items():
        runs = {model.name: RUNS[model.name] for model in models_of(probe) if model.kind == "run"}
        curves = [
            write_curve(root / f"data/runs/{run}/{seed}/curve.parquet", truth, run, seed)
            for run in runs
            if run not in there
            for seed in size.seeds
        ]
        folder = root / "reports/tables" / probe
        render_text_tables(
            table_settings(probe, runs),
            items=items_in(root, probe),
            replies=paths,
            curves=curves,
            costs=[],
            mixtures=[],
            **tables_in(folder),
        )
        rendered += sorted(folder.glob("*.parquet"))
    return rendered


def table_settings(probe: str, runs: dict[str, str]) -> TextTableSettings:
    """The settings of the stage that aggregates a probe."""
    asked = STUDY.probes[probe]
    assert isinstance(asked, TextProbe)
    return TextTableSettings(
        probe=probe,
        crossed=asked.crossed,
        pools=asked.pools,
        runs=runs,
        adapter_scopes={},
        target=None,
        same_format=[],
        rehearsed=[],
        levels=[],
        bootstrap=BOOTSTRAP,
        code="none",
    )


def tables_in(folder: Path) -> dict[str, Path]:
    """The small tables that a text probe leaves, by the stage's arguments."""
    names = ("scores", "changes", "curves", "costs", "mixtures", "checkpoints", "equal_target")
    return {f"{name}_table": folder / f"{name}.parquet" for name in names}
