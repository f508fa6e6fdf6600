"""`probes.*.texts:` given texts: shipped ones, XNLI, and files of your own."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from eunoe.config.checkpoints import named
from eunoe.config.model import Location, Name, Settings, repeated, wrong

ShippedTask = Literal[
    "repeat_math",
    "repeat_blank",
    "capslock_math",
    "capslock_blank",
    "math",
    "blank",
    "nli",
]
"""The tasks of shipped texts: two tasks by demonstration, each with two kinds of question as its
last input; the two questions alone; natural-language inference."""

TASKS: list[ShippedTask] = [
    "repeat_math",
    "repeat_blank",
    "capslock_math",
    "capslock_blank",
    "nli",
]
"""The tasks of the paper (Kotha et al. 2024, section 3)."""

ENDINGS = (".parquet", ".csv", ".jsonl")


class PromptFile(Settings):
    """A file of prompts of your own: Parquet, CSV or JSONL (`docs/audit.md` gives its columns)."""

    file: Location
    """Path of the file, with the ending .parquet, .csv or .jsonl."""
    kind: Literal["answers", "refusals"] = "answers"
    """answers: each prompt has a right answer; refusals: replies are answers, refusals or
    ambiguous."""
    keep_texts: bool = False
    """Whether results keep prompts and replies; otherwise they keep labels and hashes only."""


AnyPromptFile = Annotated[PromptFile, named("file", PromptFile)]


class GivenTexts(Settings):
    """Given texts; the same items for every seed."""

    languages: list[Name] | None = Field(default=None, min_length=1)
    """Languages of the items, such as [en, fr]; null is all that the tasks have."""
    home: Name = "en"
    """The language of prompts in files without a column `language`. In an audit, also the language
    of the fine-tuning: prompts in other languages are conjugate prompts."""
    tasks: list[ShippedTask] = Field(default=TASKS)
    """Tasks of shipped texts; may be empty if there are prompts of your own."""
    prompts: list[AnyPromptFile] = Field(default=[])
    """Files with prompts of your own."""
    xnli: bool = False
    """Whether to add the validation pairs of XNLI, which `datasets` downloads."""
    items: int = Field(default=100, ge=2)
    """Most items of each shipped task in each language; ten times as many of XNLI."""

    @model_validator(mode="after")
    def _something_to_ask(self) -> Self:
        if not (self.tasks or self.prompts or self.xnli):
            raise wrong("tasks", [], "nothing is asked", "tasks, prompts or xnli: true")
        files = [entry.file for entry in self.prompts]
        for file in files:
            if Path(file).suffix not in ENDINGS:
                raise wrong("prompts", file, "unknown ending", ", ".join(ENDINGS))
        for key, entries in (
            ("languages", self.languages or []),
            ("tasks", self.tasks),
            ("prompts", files),
        ):
            if found := repeated(list(entries)):
                raise wrong(key, entries, f"{found[0]} is given twice", "each once")
        return self
