"""Rule evaluate_text: replies of a base or run to a probe's items, with their scores."""

import math
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from pydantic import Field
from torch import Tensor

from eunoe.config.checkpoints import Checkpoint
from eunoe.config.model import Settings
from eunoe.config.probes.given import GivenTexts
from eunoe.devices import device_name, find_device
from eunoe.evaluation.engine import Engine
from eunoe.evaluation.replies import evaluate_items
from eunoe.evaluation.templates import ChatEngine, template_in, template_of_model
from eunoe.files import digest_of_file
from eunoe.provenance import digest_of, provenance
from eunoe.recipes.adapter_scope import AdapterScope
from eunoe.recipes.levels import read_checkpoints
from eunoe.stages.command import run
from eunoe.tables.files import read_table, write_table
from eunoe.tables.items import ITEMS
from eunoe.tables.replies import REPLIES
from eunoe.transforms import AnyTransform
from eunoe.worlds.text.adapters import SOFT_PROMPT, listed_adapters, open_tuned
from eunoe.worlds.text.formats.registry import check
from eunoe.worlds.text.groups import Group, groups_of
from eunoe.worlds.text.models import commit_of, open_tokenizer
from eunoe.worlds.text.sources import rows_from


class ChatTemplate(Settings):
    """The chat template of the prompts."""

    name: str
    """Its name in the configuration: a model, or the path of a file."""
    where: str
    """The key of the configuration that names it."""
    owner: Checkpoint | None
    """The model that it belongs to, None for a file."""


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
    texts: GivenTexts | None
    """The given texts of the probe, None if its items are of a world."""
    home: str | None
    """The language whose items go through every transform; others go through identity alone. None:
    all go through every one."""
    transforms: list[AnyTransform] = Field(min_length=1)
    """The transforms."""
    new_tokens: int
    """Longest reply, in tokens."""
    likelihood: bool
    """Whether to measure the likelihoods of options and of prompts; that of prompts is measured in
    any case for given texts."""
    batch_size: int
    """Prompts per forward pass."""
    chat_template: ChatTemplate | None
    """The chat template of the prompts; None: prompts as they are."""
    keep_texts: bool
    """Whether prompts and replies are kept; of files of prompts, each file says so."""
    adapter_scope: AdapterScope | None
    """The scope of a run's adapters; None for a base, and for a run without any."""
    checkpoint: Checkpoint | None
    """The location of an existing model; None for a model that the workflow has made."""
    key: str
    """The key of the configuration with that location; empty for a model that the workflow has
    made."""
    code: str
    """Digest of the code."""

    def attached(self, source: str) -> bool:
        """Tell whether soft prompt and LoRA are on for a source as the run is used."""
        return self.adapter_scope is not None and self.adapter_scope.covers(source)


@dataclass(frozen=True)
class Request:
    """Items for one model: a final model or a checkpoint at a level, with or without adapters."""

    attached: bool
    """Whether soft prompt and LoRA are on."""
    source: str
    """The source whose soft prompt is used, if sources have their own."""
    items: pd.DataFrame
    """Rows of `ITEMS`."""
    transforms: list[AnyTransform]
    levels: list[float]
    """Levels of the checkpoint; none for the final model."""
    changed: Mapping[str, Tensor]
    """Tensors in which the checkpoint differs from the final model."""


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

    `adapters` is the list of a run's, which are beside the files of the model. Checkpoints at
    `levels` are asked the test items as they are, as the run is used. A killed job goes on from the
    folder `resume`.
    """
    device = find_device(gpus, long_prompts=settings.texts is not None)
    asked, groups = items_and_groups(read_table(items, ITEMS).to_pandas(), settings.texts)
    checked = partial(check, target=target_of(asked, settings.target))
    template = template_of(settings.chat_template)
    files = [path for listed in adapters for path in listed_adapters(listed)]
    record = {
        **settings.model_dump(mode="json"),
        "files": {str(path): digest_of_file(path) for path in model},
        "template": template,
    }
    inputs = [digest_of_file(path) for path in (items, *files, *levels)]
    folder = model[0].parent if model else Path()  # nothing of a model on the hub is here
    rows = []
    for number, request in enumerate(requests_for(settings, asked, files, levels)):
        how = (request.attached, request.source, request.changed)
        opened, tokenizer, prefix = open_tuned(folder, *how, settings.checkpoint, settings.key)
        record |= {"commit": commit_of(opened), "weights": str(opened.dtype).split(".")[-1]}
        engine = engine_for(opened, tokenizer, settings.batch_size, device, prefix, template)
        for group in groups(request.items, request.transforms, settings.keep_texts):
            found = evaluate_items(
                engine,
                group.items,
                group.transforms,
                checked,
                home=settings.home,
                new_tokens=settings.new_tokens,
                likelihood=settings.likelihood,
                prompt_likelihood=settings.likelihood or settings.texts is not None,
                keep_texts=group.keep_texts,
                resume=resume / f"{number}.{group.name}.jsonl",
                digest=digest_of({**record, "inputs": inputs, "device": device.type}),
            ).assign(attached=request.attached)
            rows += [found.assign(level=level) for level in request.levels or [math.nan]]
    who = {name: getattr(settings, name) for name in ("probe", "kind", "model", "seed")}
    made = provenance(record, device_name(device))
    write_table(replies, pd.concat(rows).assign(**who), REPLIES, made)
    shutil.rmtree(resume, ignore_errors=True)


def items_and_groups(
    asked: pd.DataFrame, texts: GivenTexts | None
) -> tuple[pd.DataFrame, Callable[..., Iterator[Group]]]:
    """Return items with their texts, and a function that groups those with the same treatment."""
    if texts is None:
        return asked, groups_of
    # imported by name: what asks items of a world does not depend on it
    given = import_module("eunoe.worlds.text.given.asking").GivenItems(asked, texts)
    return given.items, given.groups


def template_of(settings: ChatTemplate | None) -> str | None:
    """Return the text of a chat template, None if prompts are shown as they are."""
    if settings is None:
        return None
    if settings.owner is None:
        return template_in(settings.name, settings.where)
    tokenizer = open_tokenizer(settings.owner, settings.where)
    return template_of_model(tokenizer, settings.name, settings.where)


def engine_for(
    model: Any,
    tokenizer: Any,
    batch_size: int,
    device: torch.device,
    prefix: list[int],
    template: str | None,
) -> Engine:
    """Return the engine for a model, with a chat template if there is one."""
    if template is None:
        return Engine(model, tokenizer, batch_size, device, prefix)
    return ChatEngine(model, tokenizer, batch_size, device, prefix, template=template)


def target_of(items: pd.DataFrame, target: str | None) -> dict[str, Any] | None:
    """Return an item of the target, None without one; EunoeError if it is not asked."""
    if target is None:
        return None
    first: list[Any] = rows_from(items, target, "probe target").head(1).to_dict("records")
    return dict(first[0])


def requests_for(
    settings: TextEvaluation, asked: pd.DataFrame, adapters: list[Path], levels: list[Path]
) -> Iterator[Request]:
    """Yield the requests: all items for the final model, then the test items for each
    checkpoint."""
    for attached, source, part in grouped_by_prompt(asked, adapters):
        yield Request(attached, source, part, settings.transforms, [], {})
    checkpoints = [checkpoint for path in levels for checkpoint in read_checkpoints(path)]
    unchanged = [transform for transform in settings.transforms if transform.name == "identity"]
    test = asked[asked["split"] == "test"]
    for reached, changed in checkpoints:
        for attached, source, part in grouped_by_prompt(test, adapters):
            used = part[[settings.attached(each) == attached for each in part["source"]]]
            if len(used):
                yield Request(attached, source, used, unchanged, reached, changed)


def grouped_by_prompt(
    asked: pd.DataFrame, adapters: list[Path]
) -> Iterator[tuple[bool, str, pd.DataFrame]]:
    """Yield items with whether soft prompt and LoRA are on, and the source of the prompt.

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


if __name__ == "__main__":
    run(evaluate_text)
