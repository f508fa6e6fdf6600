"""A module, rule or text, edited alone, runs exactly the jobs that it has a part in."""

from __future__ import annotations

import pytest

from tests.workflow.checkout import Checkout
from tests.workflow.jobs import (
    AGGREGATES,
    BOTH,
    CLAIMS,
    EVERYTHING,
    FIGURES,
    FROM_EVALUATION,
    FROM_FINETUNING,
    FROM_ITEMS,
    FROM_PRETRAINING,
    FROM_PROMPTS,
    FROM_READING,
    FROM_REPLIES,
    FROM_RETENTION,
    FROM_SCHOOLING,
    FROM_TUNING,
    FROM_VILLAGE,
    LANGUAGE_AGGREGATES,
    LANGUAGE_CLAIMS,
    LANGUAGE_EVERYTHING,
    LANGUAGE_FIGURES,
    LANGUAGE_PAGE,
    NOTHING,
    PAGE,
    RECIPES_AGGREGATES,
    RECIPES_CLAIMS,
    RECIPES_FIGURES,
    RECIPES_PAGE,
    Jobs,
    adapted,
    figures,
    ideals,
    job,
    language_figures,
    language_tables,
    networks,
    recipes_figures,
    recipes_tables,
    scores,
    tables,
)

pytestmark = pytest.mark.slow

PAGES = PAGE | LANGUAGE_PAGE

MODULES: dict[str, Jobs] = {
    "code_digest": NOTHING,
    "errors": NOTHING,
    "config/load": NOTHING,
    "config/root": NOTHING,
    "streams": BOTH,
    "devices": FROM_PRETRAINING | FROM_READING,
    "stages/command": BOTH,
    "worlds/regression/tasks": EVERYTHING,
    "worlds/regression/material": EVERYTHING,
    "worlds/regression/items": FROM_PROMPTS,
    "stages/synthesize_world": BOTH,
    "stages/synthesize_items": FROM_PROMPTS | FROM_ITEMS,
    "stages/pretrain": FROM_PRETRAINING | FROM_READING,
    "training/loop": FROM_PRETRAINING | FROM_READING,
    "training/optimizers": FROM_PRETRAINING | FROM_READING,
    "stages/finetune": FROM_FINETUNING,
    "stages/finetune_text": FROM_TUNING,
    "worlds/regression/bayes": FROM_EVALUATION,
    "worlds/regression/measures": FROM_EVALUATION,
    "stages/evaluate_network": networks() | AGGREGATES,
    "stages/evaluate_ideals": ideals() | AGGREGATES,
    "results/regression/arrays": AGGREGATES,
    "stages/render_tables": tables() | figures() | PAGE,
    "stages/render_claims": CLAIMS | LANGUAGE_CLAIMS | PAGES,
    "config/study": CLAIMS | LANGUAGE_CLAIMS | figures() | language_figures() | PAGES,
    "report/lab": CLAIMS | LANGUAGE_CLAIMS | figures() | language_figures() | PAGES,
    "report/ledger": CLAIMS | LANGUAGE_CLAIMS | PAGES,
    "labs/regression/claims/recovery": CLAIMS | PAGE,
    "labs/regression/evidence": CLAIMS | PAGE,
    "labs/regression/settings": CLAIMS | figures() | PAGE,
    "labs/regression/sources": figures() | PAGE,
    "labs/regression/page": PAGE,
    "stages/render_figure": figures() | language_figures() | PAGES,
    "report/style": figures() | language_figures() | PAGES,
    **{f"labs/regression/figures/{name}": figures([name]) | PAGE for name in FIGURES},
    "transforms/labels": FROM_EVALUATION,
    "worlds/text/documents": LANGUAGE_EVERYTHING,
    "transforms/ciphers": LANGUAGE_EVERYTHING,
    "worlds/text/tokenizer": LANGUAGE_EVERYTHING,
    "worlds/text/draws": LANGUAGE_EVERYTHING,
    "worlds/text/material": LANGUAGE_EVERYTHING,
    "worlds/text/items": FROM_ITEMS,
    "worlds/text/given/items": NOTHING,
    "worlds/text/given/asking": NOTHING,
    "worlds/text/groups": FROM_REPLIES,
    "worlds/text/formats/programs": FROM_TUNING | FROM_REPLIES,
    "worlds/text/world": FROM_READING,
    "worlds/text/collate": FROM_READING,
    "recipes/losses": FROM_TUNING,
    "evaluation/engine": FROM_TUNING | FROM_REPLIES,  # it asks a model while it is tuned, too
    "stages/evaluate_text": FROM_REPLIES,
    "results/text/results": LANGUAGE_AGGREGATES,
    "stages/render_text_tables": language_tables() | language_figures() | LANGUAGE_PAGE,
    "labs/language/claims/recovery": LANGUAGE_CLAIMS | LANGUAGE_PAGE,
    "labs/language/evidence": LANGUAGE_CLAIMS | LANGUAGE_PAGE,
    "labs/language/published": LANGUAGE_CLAIMS | LANGUAGE_PAGE,
    "labs/language/settings": LANGUAGE_CLAIMS | language_figures() | LANGUAGE_PAGE,
    "labs/language/page": LANGUAGE_PAGE,
    "labs/language/sources": language_figures() | LANGUAGE_PAGE,
    **{
        f"labs/language/figures/{name}": language_figures([name]) | LANGUAGE_PAGE
        for name in LANGUAGE_FIGURES
    },
    "stages/render_page": PAGES,
    "labs/recipes/settings": NOTHING,
    "labs/recipes/claims": NOTHING,
    "labs/recipes/page": NOTHING,
    "workflow/jobs": NOTHING,
    "workflow/params": NOTHING,
    "workflow/configuration": NOTHING,
}

FROM_ADAPTING = adapted() | scores(bases=()) | RECIPES_AGGREGATES
"""The runs of the recipes lab: their bases stay as they are."""

PRETRAINED = frozenset({job("pretrain_text", base="village", seed=0)})

RECIPES_MODULES: dict[str, Jobs] = {
    "errors": NOTHING,
    **dict.fromkeys(
        (
            "recipes/tuning",
            "recipes/mixtures",
            "recipes/losses",
            "recipes/penalties",
            "recipes/gradients",
            "recipes/adapted",
            "recipes/batches",
            "recipes/costs",
            "stages/finetune_text",
        ),
        FROM_ADAPTING,
    ),
    "worlds/text/models": FROM_SCHOOLING,
    "worlds/text/collate": FROM_SCHOOLING,
    "worlds/text/adapters": FROM_ADAPTING | scores(),
    "recipes/levels": FROM_ADAPTING | scores(),
    "worlds/text/world": FROM_SCHOOLING,
    "worlds/text/draws": FROM_VILLAGE,
    "worlds/text/material": FROM_VILLAGE,
    "worlds/text/items": FROM_RETENTION,
    "stages/evaluate_text": scores() | RECIPES_AGGREGATES,
    "evaluation/engine": FROM_SCHOOLING - PRETRAINED,
    "transforms/ciphers": FROM_VILLAGE,
    "worlds/text/statements": FROM_VILLAGE,
    "worlds/text/tasks": FROM_VILLAGE,
    "worlds/regression/tasks": NOTHING,
    "results/text/results": RECIPES_AGGREGATES,
    "labs/recipes/claims/promot": RECIPES_CLAIMS | RECIPES_PAGE,
    "stages/render_text_tables": recipes_tables() | recipes_figures() | RECIPES_PAGE,
    **{
        f"labs/recipes/figures/{name}": recipes_figures([name]) | RECIPES_PAGE
        for name in RECIPES_FIGURES
    },
}

TEXTS: dict[str, Jobs] = {
    "src/eunoe/report/page.html": PAGES,
    "src/eunoe/labs/regression/page.html": PAGE,
    "src/eunoe/labs/language/page.html": LANGUAGE_PAGE,
    "src/eunoe/labs/recipes/page.html": NOTHING,
    "src/eunoe/labs/regression/captions/ideals.rst": PAGE,
    "src/eunoe/labs/language/captions/recovery.rst": LANGUAGE_PAGE,
    "data/inputs/lexicon.csv": LANGUAGE_EVERYTHING,
    "data/inputs/published.csv": LANGUAGE_CLAIMS | LANGUAGE_PAGE,
    # An environment is part of a job only while Snakemake deploys it (--sdm conda).
    "envs/compute.yaml": NOTHING,
    "envs/render.yaml": NOTHING,
}


@pytest.mark.parametrize("module", MODULES)
def test_a_module(checkout: Checkout, module: str) -> None:
    checkout.append(f"src/eunoe/{module}.py", "\nEDITED = True\n")

    assert checkout.jobs() == MODULES[module]


@pytest.mark.parametrize("module", RECIPES_MODULES)
def test_a_module_of_the_recipes_lab(checkout: Checkout, module: str) -> None:
    checkout.append(f"src/eunoe/{module}.py", "\nEDITED = True\n")

    assert checkout.jobs("recipes") == RECIPES_MODULES[module]


def test_the_network(checkout: Checkout) -> None:
    checkout.append("src/eunoe/worlds/regression/network.py", "\nEDITED = True\n")

    assert checkout.jobs() == FROM_PRETRAINING


@pytest.mark.parametrize("path", TEXTS)
def test_a_text(checkout: Checkout, path: str) -> None:
    checkout.append(path, "\n")

    assert checkout.jobs() == TEXTS[path]


def test_a_rule_whose_command_changes(checkout: Checkout) -> None:
    command = "python -m eunoe.stages.render_claims"
    checkout.replace("workflow/rules/render.smk", command, f"{command} ")

    assert checkout.jobs() == CLAIMS | LANGUAGE_CLAIMS | PAGES
