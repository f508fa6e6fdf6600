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
    FROM_TUNING,
    LANGUAGE_AGGREGATES,
    LANGUAGE_CLAIMS,
    LANGUAGE_EVERYTHING,
    LANGUAGE_FIGURES,
    NOTHING,
    REPORT,
    Jobs,
    figures,
    ideals,
    language_figures,
    language_tables,
    networks,
    tables,
)

pytestmark = pytest.mark.slow

MODULES: dict[str, Jobs] = {
    "code_digest": NOTHING,
    "config/load": NOTHING,
    "config/root": NOTHING,
    "streams": BOTH,
    "devices": FROM_PRETRAINING | FROM_READING,
    "stages/command": BOTH,
    "worlds/regression/tasks": EVERYTHING,
    "stages/synthesize_prompts": FROM_PROMPTS | FROM_ITEMS,
    "stages/pretrain": FROM_PRETRAINING | FROM_READING,
    "training/loop": FROM_PRETRAINING | FROM_READING,
    "training/optimizers": FROM_PRETRAINING | FROM_READING,
    "stages/finetune": FROM_FINETUNING | FROM_TUNING,
    "worlds/regression/bayes": FROM_EVALUATION,
    "worlds/regression/measures": FROM_EVALUATION,
    "stages/evaluate_network": networks() | AGGREGATES,
    "stages/evaluate_ideals": ideals() | AGGREGATES,
    "results/regression/arrays": AGGREGATES,
    "stages/render_tables": tables() | figures() | REPORT,
    "stages/render_claims": CLAIMS | REPORT,
    "report/ledger": CLAIMS | LANGUAGE_CLAIMS | REPORT,
    "labs/regression/claims/recovery": CLAIMS | REPORT,
    "stages/render_figure": figures() | REPORT,
    "report/style": figures() | language_figures() | REPORT,
    **{f"labs/regression/figures/{name}": figures([name]) | REPORT for name in FIGURES},
    "transforms/labels": FROM_EVALUATION,
    "worlds/text/documents": LANGUAGE_EVERYTHING,
    "worlds/text/tokenizer": LANGUAGE_EVERYTHING,
    "worlds/language/world": FROM_READING,
    "evaluation/engine": FROM_REPLIES,
    "stages/evaluate_language": FROM_REPLIES,
    "results/text/results": LANGUAGE_AGGREGATES,
    "stages/render_text_tables": language_tables() | language_figures() | REPORT,
    "stages/render_language_claims": LANGUAGE_CLAIMS | REPORT,
    "labs/language/claims/recovery": LANGUAGE_CLAIMS | REPORT,
    "stages/render_language_figure": language_figures() | REPORT,
    "labs/language/sources": language_figures() | REPORT,
    **{
        f"labs/language/figures/{name}": language_figures([name]) | REPORT
        for name in LANGUAGE_FIGURES
    },
    "stages/render_report": REPORT,
}

TEXTS: dict[str, Jobs] = {
    "src/eunoe/report/page.html": REPORT,
    "src/eunoe/labs/regression/captions/ideals.rst": REPORT,
    "data/inputs/lexicon.csv": LANGUAGE_EVERYTHING,
    "data/inputs/published.csv": LANGUAGE_CLAIMS | REPORT,
    # An environment is part of a job only while Snakemake deploys it (--sdm conda).
    "envs/compute.yaml": NOTHING,
    "envs/render.yaml": NOTHING,
}


@pytest.mark.parametrize("module", MODULES)
def test_a_module(checkout: Checkout, module: str) -> None:
    checkout.append(f"src/eunoe/{module}.py", "\nEDITED = True\n")

    assert checkout.jobs() == MODULES[module]


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

    assert checkout.jobs() == CLAIMS | REPORT
