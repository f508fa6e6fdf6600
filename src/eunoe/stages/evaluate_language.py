"""Rule evaluate_language: the replies of a base or run to items, through every transform."""

from pathlib import Path

from pydantic import Field

from eunoe.config.model import Settings
from eunoe.devices import device_name, find_device
from eunoe.evaluation.engine import Engine
from eunoe.evaluation.outcomes import evaluate_items
from eunoe.files import digest_of_file
from eunoe.provenance import digest_of, provenance
from eunoe.stages.command import run
from eunoe.tables.files import read_table, write_table
from eunoe.tables.items import ITEMS
from eunoe.tables.outcomes import OUTCOMES
from eunoe.transforms import AnyTransform
from eunoe.worlds.text.models import checkpoint_in, open_model


class LanguageEvaluation(Settings):
    """The one param of the rule."""

    probe: str
    """Name of the probe."""
    kind: str
    """base or run."""
    model: str
    """Name of the base or the run."""
    seed: int
    """One of the config's seeds."""
    home: str
    """The language whose items go through every transform; others go through identity alone."""
    transforms: list[AnyTransform] = Field(min_length=1)
    """The conjugations."""
    new_tokens: int
    """Longest reply."""
    likelihood: bool
    """Whether to score by the likelihood of the options too."""
    code: str
    """Digest of the code."""


def evaluate_language(
    settings: LanguageEvaluation,
    prompts: Path,
    weights: Path,
    resume: Path,
    gpus: int,
    outcomes: Path,
) -> None:
    """Answer every item through every transform; a killed job goes on from `resume`."""
    device = find_device(gpus)
    model, tokenizer = open_model(checkpoint_in(weights.parent))
    made = provenance(settings.model_dump(mode="json"), device_name(device))
    rows = evaluate_items(
        Engine(model, tokenizer, batch_size=64, device=device),
        read_table(prompts, ITEMS).to_pandas(),
        settings.transforms,
        home=settings.home,
        new_tokens=settings.new_tokens,
        likelihood=settings.likelihood,
        prompt_likelihood=True,
        keep_texts=True,
        resume=resume,
        digest=digest_of(
            {**made["settings"], "inputs": [*map(digest_of_file, (prompts, weights))]}
        ),
    )
    who = {name: getattr(settings, name) for name in ("probe", "kind", "model", "seed")}
    write_table(outcomes, rows.assign(**who), OUTCOMES, made)
    resume.unlink(missing_ok=True)


if __name__ == "__main__":
    run(evaluate_language)
