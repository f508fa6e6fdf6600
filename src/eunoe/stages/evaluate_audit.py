"""Rule evaluate_audit: what one of an audit's two models replies to its items."""

import shutil
from pathlib import Path
from typing import Any, Literal

import pandas as pd
from pydantic import Field

from eunoe.config.audits import Checkpoint, PromptFile
from eunoe.config.model import Settings
from eunoe.devices import device_name, find_device
from eunoe.evaluation.engine import Engine
from eunoe.evaluation.templates import ChatEngine, template_in, template_of_model
from eunoe.files import digest_of_file
from eunoe.labs.audit.answers import Asking, Batch, answer_all, check_unchanged
from eunoe.labs.audit.items import own_items
from eunoe.labs.audit.prompt_files import OWN, without_texts
from eunoe.provenance import digest_of, provenance
from eunoe.stages.command import run
from eunoe.tables.files import read_table, write_table
from eunoe.tables.items import ITEMS
from eunoe.tables.replies import REPLIES
from eunoe.transforms import AnyTransform
from eunoe.worlds.text.checkpoints import files_of
from eunoe.worlds.text.formats.refusals import read_markers
from eunoe.worlds.text.models import commit_of, open_model, open_tokenizer

KINDS = {"base": "base", "tuned": "run"}
"""What `REPLIES` calls the kind of each side."""


class AuditEvaluation(Settings):
    """The one param of the rule."""

    audit: str
    """Name of the audit."""
    side: Literal["base", "tuned"]
    """Which of the two models."""
    checkpoint: Checkpoint
    """Where it is."""
    template_from: Checkpoint | None
    """Where the model is whose chat template is used, if it is one of the two."""
    languages: list[str] | None
    """Languages of the items, or all."""
    home: str
    """Language of rows that name none."""
    transforms: list[AnyTransform] = Field(min_length=1)
    """The conjugations."""
    prompts: list[PromptFile]
    """The user's own files."""
    new_tokens: int
    """Longest reply."""
    likelihood: bool
    """Whether options are scored by likelihood too."""
    batch_size: int
    """Prompts that go through the model together."""
    dtype: Literal["float32", "bfloat16", "auto"]
    """Type of the weights."""
    chat_template: str | None
    """null, base, tuned or the path of a file."""
    trust_remote_code: bool
    """Whether code that comes with a model may run."""
    keep_texts: bool
    """Whether texts of shipped items are kept."""
    code: str
    """Digest of the code."""


def evaluate_audit(
    settings: AuditEvaluation,
    items: Path,
    prompts: list[Path],
    markers: Path,
    resume: Path,
    gpus: int,
    replies: Path,
) -> None:
    """Ask every item through every transform; a killed job goes on from the folder `resume`."""
    where = f"audits.{settings.audit}.{settings.side}"
    asked = read_table(items, ITEMS).to_pandas()
    batches = batches_of(settings, asked, prompts)
    template = template_of(settings)
    device = find_device(gpus, long_prompts=True)
    model, tokenizer = open_model(
        settings.checkpoint, where, settings.dtype, device, settings.trust_remote_code
    )
    read = {path: digest_of_file(Path(path)) for path in files_of(settings.checkpoint, where)}
    record = settings.model_dump(mode="json") | {
        "files": read,
        "commit": commit_of(model),
        "template": template,
        "weights": str(model.dtype).removeprefix("torch."),
    }
    asking = Asking(
        settings.transforms,
        settings.new_tokens,
        settings.likelihood,
        resume,
        digest_of({**record, "device": device.type}),
    )
    size = settings.batch_size
    engine = (
        Engine(model, tokenizer, size, device)
        if template is None
        else ChatEngine(model, tokenizer, size, device, template=template)
    )
    who: dict[str, Any] = {"kind": KINDS[settings.side], "model": settings.side, "seed": 0}
    rows = answer_all(engine, batches, asking, read_markers(markers))
    made = provenance(record, device_name(device))
    write_table(replies, rows.assign(probe=settings.audit, **who), REPLIES, made)
    shutil.rmtree(resume, ignore_errors=True)


def batches_of(settings: AuditEvaluation, asked: pd.DataFrame, prompts: list[Path]) -> list[Batch]:
    """Return the items with their texts, which for most of a user's files only the file has."""
    shipped = asked[asked["split"] != OWN]
    found = [Batch("shipped", shipped, settings.keep_texts)] if len(shipped) else []
    own = own_items(settings.prompts, prompts, settings.languages, settings.home)
    for number, (source, items) in enumerate(zip(settings.prompts, own, strict=True)):
        if items.empty:
            continue
        kept = items if source.keep_texts else without_texts(items)
        same = asked["task"].isin(items["task"]) & (asked["split"] == OWN)
        check_unchanged(kept, asked[same], source.file)
        found.append(Batch(f"own{number}", items, source.keep_texts))
    return found


def template_of(settings: AuditEvaluation) -> str | None:
    """Return the text of the chat template, None if prompts are shown as they are."""
    if settings.chat_template is None:
        return None
    where, owner = f"audits.{settings.audit}.chat_template", settings.template_from
    if owner is None:
        return template_in(settings.chat_template, where)
    tokenizer = open_tokenizer(owner, where, settings.trust_remote_code)
    return template_of_model(tokenizer, settings.chat_template, where)


if __name__ == "__main__":
    run(evaluate_audit)
