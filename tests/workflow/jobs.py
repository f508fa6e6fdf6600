"""The jobs of the tiny workflow, as sets that add up to what an edit should run."""

from __future__ import annotations

from collections.abc import Sequence

from eunoe.labs.language.settings import Figures as LanguageFigures
from eunoe.labs.recipes.settings import Figures as RecipesFigures
from eunoe.labs.regression.settings import Figures as RegressionFigures

Jobs = frozenset[str]

BASES = ("continuous", "mix50", "discrete")
RUNS = ("mix50_to_bank",)
FIGURES = tuple(RegressionFigures.model_fields)
TONGUES = ("tongues",)
TONGUES_RUNS = ("tongues_instructed",)
LANGUAGE_PROBES = ("learning", "reasoning")
LANGUAGE_FIGURES = tuple(LanguageFigures.model_fields)


def job(rule: str, **wildcards: object) -> str:
    """Return a job as its rule and wildcards."""
    return f"{rule}({', '.join(f'{key}={value}' for key, value in sorted(wildcards.items()))})"


def worlds(world: str = "linear", seed: int = 0) -> Jobs:
    return frozenset({job("synthesize_world", world=world, seed=seed)})


def prompts(probe: str = "labels", seed: int = 0) -> Jobs:
    return frozenset({job("synthesize_items", probe=probe, seed=seed)})


def pretrained(bases: Sequence[str] = BASES, seed: int = 0) -> Jobs:
    return frozenset(job("pretrain", base=base, seed=seed) for base in bases)


def finetuned(runs: Sequence[str] = RUNS, seed: int = 0) -> Jobs:
    return frozenset(job("finetune", run=run, seed=seed) for run in runs)


def networks(
    bases: Sequence[str] = BASES,
    runs: Sequence[str] = RUNS,
    probe: str = "labels",
    seed: int = 0,
) -> Jobs:
    """Evaluations of trained bases and runs."""
    return frozenset(
        job("evaluate_network", probe=probe, seed=seed, kind=kind, model=model)
        for kind, models in (("bases", bases), ("runs", runs))
        for model in models
    )


def ideals(probe: str = "labels", seed: int = 0) -> Jobs:
    return frozenset({job("evaluate_ideals", probe=probe, seed=seed)})


def tables(probe: str = "labels") -> Jobs:
    return frozenset({job("render_tables", probe=probe)})


def figures(names: Sequence[str] = FIGURES) -> Jobs:
    return frozenset(job("render_figure", lab="regression", figure=name) for name in names)


def items(probes: Sequence[str] = LANGUAGE_PROBES, seed: int = 0) -> Jobs:
    return frozenset(job("synthesize_items", probe=probe, seed=seed) for probe in probes)


def read(bases: Sequence[str] = TONGUES, seed: int = 0) -> Jobs:
    """Pretraining of language models."""
    return frozenset(job("pretrain_text", base=base, seed=seed) for base in bases)


def tuned(runs: Sequence[str] = TONGUES_RUNS, seed: int = 0) -> Jobs:
    """Tuning of language models."""
    return frozenset(job("finetune_text", run=run, seed=seed) for run in runs)


def replies(
    probes: Sequence[str] = LANGUAGE_PROBES,
    bases: Sequence[str] = TONGUES,
    runs: Sequence[str] = TONGUES_RUNS,
    seed: int = 0,
) -> Jobs:
    """Evaluations of language models."""
    return frozenset(
        job("evaluate_text", probe=probe, seed=seed, kind=kind, model=model)
        for probe in probes
        for kind, models in (("bases", bases), ("runs", runs))
        for model in models
    )


def language_tables(probes: Sequence[str] = LANGUAGE_PROBES) -> Jobs:
    return frozenset(job("render_text_tables", probe=probe) for probe in probes)


def language_figures(names: Sequence[str] = LANGUAGE_FIGURES) -> Jobs:
    return frozenset(job("render_figure", lab="language", figure=name) for name in names)


NOTHING: Jobs = frozenset()
COLLECTORS = frozenset(
    {job("all"), *(job(lab) for lab in ("regression", "language", "recipes", "audit"))}
)
"""Rules that only name what is to be made."""
CLAIMS = frozenset({job("render_claims", lab="regression")})
PAGE = frozenset({job("render_page", lab="regression")})
AGGREGATES = tables() | CLAIMS | figures() | PAGE
"""What any change of an answer in regression leads to."""
LANGUAGE_CLAIMS = frozenset({job("render_claims", lab="language")})
LANGUAGE_PAGE = frozenset({job("render_page", lab="language")})
LANGUAGE_AGGREGATES = language_tables() | LANGUAGE_CLAIMS | language_figures() | LANGUAGE_PAGE
"""What any change of a reply of a language model leads to."""


def of_seed(seed: int) -> Jobs:
    """Return every regression job that belongs to one seed."""
    return (
        worlds(seed=seed)
        | prompts(seed=seed)
        | pretrained(seed=seed)
        | finetuned(seed=seed)
        | networks(seed=seed)
        | ideals(seed=seed)
    )


def language_of_seed(seed: int) -> Jobs:
    """Return every job of the language lab's world that belongs to one seed."""
    return (
        worlds("tongues", seed)
        | items(seed=seed)
        | read(seed=seed)
        | tuned(seed=seed)
        | replies(seed=seed)
    )


def of_probe(probe: str) -> Jobs:
    """Return every job that belongs to one probe."""
    return prompts(probe) | networks(probe=probe) | ideals(probe) | tables(probe)


EVERYTHING = of_seed(0) | AGGREGATES
FROM_PROMPTS = prompts() | networks() | ideals() | AGGREGATES
FROM_PRETRAINING = pretrained() | finetuned() | networks() | AGGREGATES
FROM_FINETUNING = finetuned() | networks(bases=()) | AGGREGATES
FROM_EVALUATION = networks() | ideals() | AGGREGATES
FROM_MIX50 = pretrained(["mix50"]) | finetuned() | networks(["mix50"]) | AGGREGATES
"""The base of the one run, and what starts from it."""

LANGUAGE_EVERYTHING = language_of_seed(0) | LANGUAGE_AGGREGATES
FROM_ITEMS = items() | replies() | LANGUAGE_AGGREGATES
FROM_READING = read() | tuned() | replies() | LANGUAGE_AGGREGATES
FROM_TUNING = tuned() | replies(bases=()) | LANGUAGE_AGGREGATES
FROM_REPLIES = replies() | LANGUAGE_AGGREGATES
BOTH = EVERYTHING | LANGUAGE_EVERYTHING


# the recipes lab

TRIED = ("plain", "promot", "wise")
RECIPES_FIGURES = tuple(RecipesFigures.model_fields)


def schooled(seed: int = 0) -> Jobs:
    """The base that is pretrained; the other one was there."""
    return frozenset(
        {
            job("pretrain_text", base="village", seed=seed),
        }
    )


def adapted(runs: Sequence[str] = TRIED, seed: int = 0) -> Jobs:
    """Recipes, carried out."""
    return frozenset(job("finetune_text", run=run, seed=seed) for run in runs)


def scores(
    bases: Sequence[str] = ("village", "opened"),
    runs: Sequence[str] = TRIED,
    probe: str = "retention",
    seed: int = 0,
) -> Jobs:
    """Evaluations in the recipes lab's world."""
    return frozenset(
        job("evaluate_text", probe=probe, seed=seed, kind=kind, model=model)
        for kind, models in (("bases", bases), ("runs", runs))
        for model in models
    )


def recipes_tables(probe: str = "retention") -> Jobs:
    return frozenset({job("render_text_tables", probe=probe)})


def recipes_figures(names: Sequence[str] = RECIPES_FIGURES) -> Jobs:
    return frozenset(job("render_figure", lab="recipes", figure=name) for name in names)


RECIPES_PAGE = frozenset({job("render_page", lab="recipes")})
RECIPES_CLAIMS = frozenset({job("render_claims", lab="recipes")})
RECIPES_SHOWN = RECIPES_CLAIMS | recipes_figures() | RECIPES_PAGE
RECIPES_AGGREGATES = recipes_tables() | RECIPES_SHOWN
"""What any change of a reply in the recipes lab leads to."""
FROM_SCHOOLING = schooled() | adapted() | scores() | RECIPES_AGGREGATES
FROM_VILLAGE = worlds("village") | items(["retention"]) | FROM_SCHOOLING
FROM_RETENTION = items(["retention"]) | scores() | RECIPES_AGGREGATES


def recipes_of_seed(seed: int) -> Jobs:
    """Return every job of the recipes lab's world that belongs to one seed."""
    made = worlds("village", seed) | items(["retention"], seed) | schooled(seed)
    return made | adapted(seed=seed) | scores(seed=seed)
