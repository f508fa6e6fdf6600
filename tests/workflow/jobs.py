"""The jobs of the tiny workflow, as sets that add up to what an edit should run."""

from __future__ import annotations

from collections.abc import Sequence

from eunoe.config.figures import Figures

Jobs = frozenset[str]

BASES = ("continuous", "mix50", "discrete")
RUNS = ("mix50_to_bank",)
FIGURES = tuple(Figures.model_fields)


def job(rule: str, **wildcards: object) -> str:
    """Return a job as its rule and wildcards."""
    return f"{rule}({', '.join(f'{key}={value}' for key, value in sorted(wildcards.items()))})"


def worlds(world: str = "linear", seed: int = 0) -> Jobs:
    return frozenset({job("synthesize_world", world=world, seed=seed)})


def prompts(probe: str = "labels", seed: int = 0) -> Jobs:
    return frozenset({job("synthesize_prompts", probe=probe, seed=seed)})


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
    return frozenset(job("render_figure", chapter="regression", figure=name) for name in names)


NOTHING: Jobs = frozenset()
CLAIMS = frozenset({job("render_claims", chapter="regression")})
REPORT = frozenset({job("render_report")})
AGGREGATES = tables() | CLAIMS | figures() | REPORT
"""What any change of an answer leads to."""


def of_seed(seed: int) -> Jobs:
    """Return every job that belongs to one seed."""
    return (
        worlds(seed=seed)
        | prompts(seed=seed)
        | pretrained(seed=seed)
        | finetuned(seed=seed)
        | networks(seed=seed)
        | ideals(seed=seed)
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
