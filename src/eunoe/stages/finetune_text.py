"""Rule finetune_text: a run in a world of text, from the weights of its base."""

import json
import logging
from pathlib import Path
from typing import Any

import pandas as pd
from torch import Tensor, nn

from eunoe.config.checkpoints import Checkpoint
from eunoe.config.model import Settings
from eunoe.config.recipes import Recipe
from eunoe.config.trainings import Training
from eunoe.config.worlds.text import TextWorld
from eunoe.devices import device_name, find_device
from eunoe.errors import EunoeError
from eunoe.files import atomic, digest_of_file
from eunoe.provenance import digest_of, provenance
from eunoe.recipes.costs import cost_rows, mixture_rows
from eunoe.recipes.levels import write_levels
from eunoe.recipes.tuning import Tuning
from eunoe.stages.command import run
from eunoe.tables.files import read_table, write_table
from eunoe.tables.items import ITEMS
from eunoe.tables.training import CURVE
from eunoe.tables.tuning import COSTS, MIXTURE
from eunoe.training.loop import Job
from eunoe.worlds.text.adapters import ADAPTERS, LORA, list_adapters
from eunoe.worlds.text.models import checkpoint_in, open_model, open_weights, save_model

logger = logging.getLogger(__name__)


class TuningSettings(Settings):
    """The one param of the rule."""

    kind: str
    """run."""
    model: str
    """Name of the run."""
    seed: int
    """One of the config's seeds."""
    world: TextWorld
    """The world that the items are of."""
    recipe: Recipe
    """The recipe."""
    trainings: dict[str, Training]
    """The trainings that the recipe's stages name."""
    base: Checkpoint | None
    """The location of an existing base; None for one that was pretrained."""
    code: str
    """Digest of the code; it is part of the param, the stage does not need it."""


def finetune_text(
    settings: TuningSettings,
    world: Path,
    base: list[Path],
    merged: list[Path],
    resume: Path,
    checkpoint_every: list[int],
    gpus: int,
    weights: Path,
    config: Path,
    curve: Path,
    mixture: Path,
    costs: Path,
    adapters: Path,
    adapter_list: Path,
    levels: Path,
) -> None:
    """Tune a base by the stages of a recipe; a killed job goes on from `resume`.

    `merged` are the weights of the runs that the recipe merges, in the order of their recipes'
    names; `checkpoint_every` is how many updates of each stage that trains lie between two writes
    of `resume`.
    """
    device = find_device(gpus)
    record = settings.model_dump(mode="json")
    digest = digest_of({**record, "inputs": [*map(digest_of_file, (world, *base, *merged))]})
    changes = [weights_of(path) for path in merged]
    where = f"base of run {settings.model}" if settings.base else ""
    there = settings.base and settings.base.model_copy(update={"dtype": "float32"})
    checkpoint = there or checkpoint_in(base[0].parent)
    model, tokenizer = open_model(checkpoint, where, device=device)
    without_dropout(model)
    tuning = Tuning(
        settings.recipe,
        settings.trainings,
        settings.world,
        read_table(world, ITEMS).to_pandas(),
        model,
        tokenizer,
        settings.seed,
        f"run {settings.model}",
    )
    logger.info("tuning %s on %s", settings.model, device)
    network = tuning.adapted.model
    job = Job(
        tuning,
        network,
        tuning.phases(changes, checkpoint_every),
        settings.seed,
        resume,
        digest,
        device,
    )
    rows = {
        curve: (pd.DataFrame(job.run()), CURVE),
        mixture: (mixture_rows(tuning), MIXTURE),
        costs: (cost_rows(tuning, network, job.seconds), COSTS),
    }
    who: dict[str, Any] = {"kind": settings.kind, "model": settings.model, "seed": settings.seed}
    made = provenance(record, device_name(device))
    for path, (measured, schema) in rows.items():
        write_table(path, measured.assign(**who), schema, made)
    with atomic(config) as temporary:
        temporary.write_text(json.dumps(made, indent=2, sort_keys=True) + "\n")
    wanted = tuning.levels.values if tuning.levels else []
    write_levels(levels, wanted, job.kept, tuning.best_of(job.rows), tuning.adapted)
    tuning.adapted.save(adapters)
    list_adapters(adapters, adapter_list)
    save_model(tuning.adapted.model, tokenizer, weights)
    resume.unlink(missing_ok=True)


def weights_of(path: Path) -> dict[str, Tensor]:
    """Return the weights of a run that is to be merged, by name."""
    if (path.parent / ADAPTERS / LORA).exists():
        raise EunoeError(
            f"{path.parent}: merge: the run's changes are in a LoRA; allowed: runs that train all"
        )
    return dict(open_weights(checkpoint_in(path.parent)).named_parameters())


def without_dropout(model: nn.Module) -> None:
    """Remove dropout from a network, as a resumed job could not repeat its noise."""
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0


if __name__ == "__main__":
    run(finetune_text)
