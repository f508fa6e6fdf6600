"""Rule evaluate_examples: the replies of a base or run to examples, and what they are worth."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import Field
from torch import Tensor

from eunoe.config.model import Settings
from eunoe.config.probes import PromptCounts
from eunoe.config.worlds.text import Language
from eunoe.devices import device_name, find_device
from eunoe.evaluation.engine import Engine
from eunoe.evaluation.outcomes import evaluate_items
from eunoe.files import digest_of_file
from eunoe.provenance import digest_of, provenance
from eunoe.recipes.adapter_scope import AdapterScope
from eunoe.recipes.asking import Example, asked_examples, groups_of, scored
from eunoe.recipes.levels import read_checkpoints
from eunoe.stages.command import run
from eunoe.tables.files import read_table, write_table
from eunoe.tables.items import ITEMS
from eunoe.tables.scores import SCORES
from eunoe.transforms import AnyTransform
from eunoe.worlds.text.adapters import SOFT_PROMPT, open_tuned
from eunoe.worlds.text.sources import rows_from

BATCH = 64
"""Prompts that are asked together."""


class ExamplesEvaluation(Settings):
    """The one param of the rule."""

    probe: str
    """Name of the probe."""
    kind: str
    """base or run."""
    model: str
    """Name of the base or the run."""
    seed: int
    """One of the config's seeds."""
    sources: list[str] = Field(min_length=1)
    """What is asked."""
    target: str | None
    """The source whose format counts as specialised."""
    examples: PromptCounts
    """How many of each source's validation and test examples are asked: the first ones."""
    demonstrations: int
    """Training examples in front of each prompt."""
    home: Language
    """The language whose examples go through every transform; others go through identity alone."""
    transforms: list[AnyTransform] = Field(min_length=1)
    """The conjugations."""
    new_tokens: int
    """Longest reply."""
    adapter_scope: AdapterScope | None
    """How a run with a soft prompt or a LoRA is used; None of a base, and of other runs."""
    code: str
    """Digest of the code."""

    def attached(self, source: str) -> bool:
        """Tell whether soft prompt and LoRA are attached to a source as the run is used."""
        return self.adapter_scope is not None and self.adapter_scope.covers(source)


@dataclass(frozen=True)
class Request:
    """Examples that one model is asked: a run as it is, or at a level, with or without adapters."""

    name: str
    """Of its resume files."""
    attached: bool
    """Whether soft prompt and LoRA are attached."""
    source: str
    """Whose soft prompt is shown where sources have their own."""
    examples: pd.DataFrame
    """Rows of `ITEMS`."""
    transforms: list[AnyTransform]
    levels: list[float]
    """Of the checkpoint that is asked; none of the final model."""
    changed: Mapping[str, Tensor]
    """Tensors in which the checkpoint is not the final model."""


def evaluate_examples(
    settings: ExamplesEvaluation,
    world: Path,
    weights: Path,
    adapters: list[Path],
    levels: list[Path],
    resume: Path,
    gpus: int,
    scores: Path,
) -> None:
    """Ask every example through every transform; where there are `adapters` (the folder beside the
    weights, which may be empty), with soft prompt and LoRA attached and without. Checkpoints at
    `levels` are asked the test examples as they are, as the run is used. A killed job goes on from
    files whose names begin with `resume`."""
    device = find_device(gpus)
    examples = read_table(world, ITEMS).to_pandas()
    target = target_of(examples, settings.target)
    asked = asked_examples(
        examples,
        settings.sources,
        settings.examples,
        settings.demonstrations,
        settings.seed,
    )
    made = provenance(settings.model_dump(mode="json"), device_name(device))
    files = files_in(adapters)
    inputs = [digest_of_file(path) for path in (world, weights, *files, *levels)]
    digest = digest_of({**made["settings"], "inputs": inputs})
    rows, resumed = [], []
    for request in requests_for(settings, asked, files, levels):
        model, tokenizer, prefix = open_tuned(
            weights.parent, request.attached, request.source, request.changed
        )
        engine = Engine(model, tokenizer, batch_size=BATCH, device=device, prefix=prefix)
        for name, group, transforms in groups_of(request.examples, request.transforms):
            resumed.append(resume.with_name(f"{resume.name}.{request.name}.{name}"))
            outcomes = evaluate_items(
                engine,
                group,
                transforms,
                home=settings.home,
                new_tokens=settings.new_tokens,
                likelihood=False,
                prompt_likelihood=False,
                keep_texts=True,
                resume=resumed[-1],
                digest=digest,
            )
            found = scored(outcomes, group, target, request.attached)
            rows += [found.assign(level=level) for level in request.levels or [math.nan]]
    who = {name: getattr(settings, name) for name in ("probe", "kind", "model", "seed")}
    write_table(scores, pd.concat(rows).assign(**who), SCORES, made)
    for path in resumed:
        path.unlink(missing_ok=True)


def target_of(examples: pd.DataFrame, target: str | None) -> Example | None:
    """Return an example of the target, None without one; EunoeError if the world has none."""
    if target is None:
        return None
    first: list[Any] = rows_from(examples, target, "probe target").head(1).to_dict("records")
    return first[0]


def files_in(adapters: list[Path]) -> list[Path]:
    """Return the files of soft prompts and LoRA."""
    # one folder an adapter; Snakemake leaves a hidden file of its own beside them
    return sorted(path for folder in adapters for path in folder.glob("*/*"))


def requests_for(
    settings: ExamplesEvaluation, asked: pd.DataFrame, adapters: list[Path], levels: list[Path]
) -> Iterator[Request]:
    """Yield what is asked: the final model everything, then each checkpoint the test examples."""
    for attached, source, part in grouped_by_prompt(asked, adapters):
        name = f"{mode(attached)}.{source}"
        yield Request(name, attached, source, part, settings.transforms, [], {})
    checkpoints = [checkpoint for path in levels for checkpoint in read_checkpoints(path)]
    unchanged = [transform for transform in settings.transforms if transform.name == "identity"]
    test = asked[asked["split"] == "test"]
    for reached, changed in checkpoints:
        for attached, source, part in grouped_by_prompt(test, adapters):
            used = part[[settings.attached(each) == attached for each in part["source"]]]
            if len(used):
                name = f"level{reached[0]}.{mode(attached)}.{source}"
                yield Request(name, attached, source, used, unchanged, reached, changed)


def mode(attached: bool) -> str:
    """Return a word for whether soft prompt and LoRA are attached."""
    return "attached" if attached else "plain"


def grouped_by_prompt(
    asked: pd.DataFrame, adapters: list[Path]
) -> Iterator[tuple[bool, str, pd.DataFrame]]:
    """Yield examples with whether soft prompt and LoRA are attached, and whose prompt it is.

    Sources go together, under the name of the first, unless they have soft prompts of their own.
    """
    first = asked["source"].iloc[0]
    yield False, first, asked
    own = any(path.parent.name.startswith(f"{SOFT_PROMPT}.") for path in adapters)
    if own:
        yield from ((True, str(source), part) for source, part in asked.groupby("source"))
    elif adapters:
        yield True, first, asked


if __name__ == "__main__":
    run(evaluate_examples)
