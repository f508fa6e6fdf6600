"""`snakemake audit` on a pair of models on disk, and what an edit makes run again."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from snakemake.iocontainers import Wildcards

from eunoe.code_digest import modules_of
from eunoe.workflow.jobs import Plan
from tests.labs.audit import pairs
from tests.workflow.checkout import RECORDER, ROOT, Checkout, copy_of_checkout, user_environment
from tests.workflow.jobs import Jobs, job

pytestmark = pytest.mark.slow

PAGE = Path("reports/audits/mine/index.html")
SETTINGS = {
    "base": "models/base",
    "tuned": "models/tuned",
    "languages": ["en", "fr"],
    "tasks": ["nli"],
    "items": 3,
    "new_tokens": 2,
}


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A checkout in which the audit has run; edits to it are undone."""
    checkout = copy_of_checkout(ROOT, tmp_path_factory.mktemp("audit") / "checkout")
    for seed, name in enumerate(("base", "tuned")):
        pairs.save(checkout.folder / "models" / name, "llama", seed)
    checkout.configure({"audits": {"mine": SETTINGS}})
    (checkout.folder / "src" / "sitecustomize.py").write_text(RECORDER)
    checkout.snakemake("audit", "--cores", "1")
    return checkout


def jobs(checkout: Checkout) -> Jobs:
    return checkout.jobs("audit")


RENDERED: Jobs = frozenset({job("render_audit", audit="mine")})


def evaluated(kind: str, model: str) -> Jobs:
    return frozenset({job("evaluate_text", probe="mine", kind=kind, model=model, seed=0)})


ASKED = evaluated("bases", "mine") | evaluated("runs", "mine_tuned") | RENDERED
SYNTHESIZED = frozenset({job("synthesize_items", probe="mine", seed=0)}) | ASKED
MODULES: dict[str, Jobs] = {
    "errors": frozenset(),
    "labs/recipes/claims/promot": frozenset(),
    "labs/audit/page": RENDERED,
    "labs/audit/verdicts": RENDERED,
    "worlds/text/given/asking": ASKED,
    "worlds/text/formats/refusals": SYNTHESIZED,
    "worlds/text/grammar": frozenset(),
    "worlds/text/lexicon": frozenset(),
    "worlds/text/tasks": frozenset(),
    "worlds/text/items": frozenset(),
    "worlds/text/formats/programs": frozenset(),
    "worlds/text/models": ASKED,
    "evaluation/engine": ASKED,
    "transforms/ciphers": ASKED,
    "worlds/text/given/prompts": SYNTHESIZED,
    "worlds/text/given/texts": SYNTHESIZED,
    "worlds/text/given/prompt_files": SYNTHESIZED,
}
"""The jobs that editing a module leads to."""


def test_the_page_is_made_and_nothing_is_left_to_do(finished: Checkout) -> None:
    assert (finished.folder / PAGE).is_file()
    assert jobs(finished) == frozenset()


def test_the_rules_name_all_code_that_they_run(finished: Checkout) -> None:
    """What a job has loaded, its digest covers, imports by name included."""
    plan = Plan(finished.read_config(), str(ROOT))
    named = {
        "synthesize_items": [plan.items_code(Wildcards(fromdict={"probe": "mine"}))],
        "evaluate_text": plan.asking_code("mine"),
        "render_audit": [],
    }
    loaded = finished.modules_loaded()
    for stage, modules in loaded:
        assert modules <= set(modules_of(f"eunoe.stages.{stage}", *named[stage])), stage
    assert {stage for stage, _ in loaded} == set(named)


def test_an_edited_model_is_asked_again(finished: Checkout, tmp_path: Path) -> None:
    weights = finished.folder / "models/tuned/model.safetensors"
    shutil.copy2(weights, tmp_path)
    shutil.copyfile(finished.folder / "models/base/model.safetensors", weights)
    assert jobs(finished) == evaluated("runs", "mine_tuned") | RENDERED
    shutil.copy2(tmp_path / weights.name, weights)
    assert jobs(finished) == frozenset()


@pytest.mark.parametrize(
    ("key", "value", "made"),
    [
        ("rule", {"margin": 0.1}, RENDERED),
        ("new_tokens", 3, ASKED),
        ("batch_size", 3, ASKED),
        ("dtype", "float32", ASKED),
        ("items", 4, SYNTHESIZED),
        ("home", "fr", SYNTHESIZED),
    ],
)
def test_an_edit_runs_what_it_affects(
    finished: Checkout, key: str, value: object, made: Jobs
) -> None:
    finished.configure({"audits": {"mine": {**SETTINGS, key: value}}})
    assert jobs(finished) == made
    finished.configure({"audits": {"mine": SETTINGS}})


@pytest.mark.parametrize("module", MODULES)
def test_an_edited_module_runs_what_it_affects(finished: Checkout, module: str) -> None:
    path = finished.folder / f"src/eunoe/{module}.py"
    text = path.read_text()
    path.write_text(f"{text}\nEDITED = True\n")
    try:
        assert jobs(finished) == MODULES[module]
    finally:
        path.write_text(text)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("tuned", "./models/nowhere", "./models/nowhere: no such folder; allowed: "),
        ("chat_template", "nowhere", "nowhere: no such file; allowed: base, tuned, or a file"),
    ],
)
def test_what_is_missing_is_one_line_before_anything_runs(
    finished: Checkout, key: str, value: str, message: str
) -> None:
    finished.configure({"audits": {"mine": {**SETTINGS, key: value}}})
    done = subprocess.run(
        [sys.executable, "-m", "snakemake", "audit", "--dry-run"],
        cwd=finished.folder,
        env=user_environment(),
        capture_output=True,
        text=True,
    )
    finished.configure({"audits": {"mine": SETTINGS}})
    assert done.returncode == 1
    (line,) = [line for line in done.stderr.splitlines() if "nowhere" in line]
    assert line.startswith(f"audits.mine.{key} = {message}")
    assert "Traceback" not in done.stderr


def test_models_that_the_workflow_makes_are_made_first(finished: Checkout) -> None:
    values = finished.read_config()
    base = next(name for name, base in values["bases"].items() if base["world"] == "tongues")
    run = next(name for name, run in values["runs"].items() if run["base"] == base)
    pair = {"base": f"data/bases/{base}/0", "tuned": f"data/runs/{run}/0"}
    finished.configure({"audits": {"mine": {**SETTINGS, **pair}}})
    found = {name.split("(")[0] for name in jobs(finished)}
    finished.configure({"audits": {"mine": SETTINGS}})
    assert {"pretrain_text", "finetune_text"} <= found
