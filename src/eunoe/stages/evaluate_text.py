"""Rule evaluate_text: what a base or run replies to a probe's items, and what that is worth."""

import math
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import Field
from torch import Tensor

from eunoe.config.audits import Checkpoint
from eunoe.config.model import Settings
from eunoe.config.worlds.text import Language
from eunoe.devices import device_name, find_device
from eunoe.evaluation.engine import Engine
from eunoe.evaluation.replies import evaluate_items
from eunoe.files import digest_of_file
from eunoe.provenance import digest_of, provenance
from eunoe.recipes.adapter_scope import AdapterScope
from eunoe.recipes.levels import read_checkpoints
from eunoe.stages.command import run
from eunoe.tables.files import read_table, write_table
from eunoe.tables.items import ITEMS
from eunoe.tables.replies import REPLIES
from eunoe.transforms import AnyTransform
from eunoe.transforms.chain import Chain
from eunoe.transforms.interface import Transform
from eunoe.worlds.text.adapters import SOFT_PROMPT, open_tuned
from eunoe.worlds.text.formats.registry import check
from eunoe.worlds.text.sources import rows_from
from eunoe.worlds.text.translation import Translate

BATCH = 64
"""Prompts that are asked together."""


class TextEvaluation(Settings):
    """The one param of the rule."""

    probe: str
    """Name of the probe."""
    kind: str
    """base or run."""
    model: str
    """Name of the base or the run."""
    seed: int
    """One of the config's seeds."""
    target: str | None
    """The source whose format counts as specialised."""
    home: Language
    """The language whose items go through every transform; others go through identity alone."""
    transforms: list[AnyTransform] = Field(min_length=1)
    """The conjugations."""
    new_tokens: int
    """Longest reply."""
    likelihood: bool
    """Whether to measure the likelihood of options and prompts too."""
    adapter_scope: AdapterScope | None
    """How a run with a soft prompt or a LoRA is used; None of a base, and of other runs."""
    checkpoint: Checkpoint | None
    """Where the model is, if it was there; None of what the workflow has made."""
    code: str
    """Digest of the code."""

    def attached(self, source: str) -> bool:
        """Tell whether soft prompt and LoRA are attached to a source as the run is used."""
        return self.adapter_scope is not None and self.adapter_scope.covers(source)


@dataclass(frozen=True)
class Request:
    """Items that one model is asked: a run as it is, or at a level, with or without adapters."""

    name: str
    """Of its resume files."""
    attached: bool
    """Whether soft prompt and LoRA are attached."""
    source: str
    """Whose soft prompt is shown where sources have their own."""
    items: pd.DataFrame
    """Rows of `ITEMS`."""
    transforms: list[AnyTransform]
    levels: list[float]
    """Of the checkpoint that is asked; none of the final model."""
    changed: Mapping[str, Tensor]
    """Tensors in which the checkpoint is not the final model."""


def evaluate_text(
    settings: TextEvaluation,
    items: Path,
    model: list[Path],
    adapters: list[Path],
    levels: list[Path],
    resume: Path,
    gpus: int,
    replies: Path,
) -> None:
    """Ask every item through every transform, with soft prompt and LoRA attached and without.

    `adapters` is their folder beside the files of the model; it may be empty. Checkpoints at
    `levels` are asked the test items as they are, as the run is used. A killed job goes on from the
    folder `resume`.
    """
    device = find_device(gpus)
    asked = read_table(items, ITEMS).to_pandas()
    checked = partial(check, target=target_of(asked, settings.target))
    made = provenance(settings.model_dump(mode="json"), device_name(device))
    files = files_in(adapters)
    inputs = [digest_of_file(path) for path in (items, *model, *files, *levels)]
    digest = digest_of({**made["settings"], "inputs": inputs})
    folder = model[0].parent if model else Path()  # nothing of a model on the hub is here
    where = f"{settings.kind}s.{settings.model}.model" if settings.checkpoint else ""
    rows = []
    for request in requests_for(settings, asked, files, levels):
        how = (request.attached, request.source, request.changed)
        opened, tokenizer, prefix = open_tuned(folder, *how, settings.checkpoint, where)
        engine = Engine(opened, tokenizer, batch_size=BATCH, device=device, prefix=prefix)
        for name, group, transforms in groups_of(request.items, request.transforms):
            found = evaluate_items(
                engine,
                group,
                transforms,
                checked,
                home=settings.home,
                new_tokens=settings.new_tokens,
                likelihood=settings.likelihood,
                prompt_likelihood=settings.likelihood,
                keep_texts=True,
                resume=resume / f"{request.name}.{name}.jsonl",
                digest=digest,
            ).assign(attached=request.attached)
            rows += [found.assign(level=level) for level in request.levels or [math.nan]]
    who = {name: getattr(settings, name) for name in ("probe", "kind", "model", "seed")}
    write_table(replies, pd.concat(rows).assign(**who), REPLIES, made)
    shutil.rmtree(resume, ignore_errors=True)


def target_of(items: pd.DataFrame, target: str | None) -> dict[str, Any] | None:
    """Return an item of the target, None without one; EunoeError if it is not asked."""
    if target is None:
        return None
    first: list[Any] = rows_from(items, target, "probe target").head(1).to_dict("records")
    return dict(first[0])


def files_in(adapters: list[Path]) -> list[Path]:
    """Return the files of soft prompts and LoRA."""
    # one folder an adapter; Snakemake leaves a hidden file of its own beside them
    return sorted(path for folder in adapters for path in folder.glob("*/*"))


def requests_for(
    settings: TextEvaluation, asked: pd.DataFrame, adapters: list[Path], levels: list[Path]
) -> Iterator[Request]:
    """Yield what is asked: the final model everything, then each checkpoint the test items."""
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
    """Yield items with whether soft prompt and LoRA are attached, and whose prompt it is.

    Sources go together, under the name of the first, unless they have soft prompts of their own.
    """
    first = asked["source"].iloc[0]
    yield False, first, asked
    own = any(path.parent.name.startswith(f"{SOFT_PROMPT}.") for path in adapters)
    if own:
        sources = asked.groupby(asked["source"].astype(str))
        yield from ((True, str(source), part) for source, part in sources)
    elif adapters:
        yield True, first, asked


def groups_of(
    items: pd.DataFrame, transforms: Sequence[Transform]
) -> Iterator[tuple[str, pd.DataFrame, list[Transform]]]:
    """Yield items with the transforms that they go through, and a name for the group.

    What asks for a translation is not translated itself.
    """
    asking = items["format"] == "translation"
    others = [transform for transform in transforms if not translates(transform)]
    for name, of_group, chosen in (("all", ~asking, list(transforms)), ("some", asking, others)):
        if of_group.any() and chosen:
            yield name, items[of_group], chosen


def translates(transform: Transform) -> bool:
    """Tell whether a transform is a translation by the lexicon, or has one as a link."""
    links = transform.transforms if isinstance(transform, Chain) else [transform]
    return any(isinstance(link, Translate) for link in links)


if __name__ == "__main__":
    run(evaluate_text)
