"""`worlds:` of text: items of tasks in languages, made or read from files."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated, Literal, Self, get_args

from pydantic import Field, model_validator

from eunoe.config.model import Location, Name, Settings, Source, repeated, wrong

Language = Literal["en", "fr", "es", "de", "nl", "hu", "leet", "pig"]
"""Languages of the lexicon, and English in two ciphers."""

WORDINGS = ("plain", "other")
"""How instructions and questions are put."""


def plain_source(source: str) -> str:
    """Return a source without the wording that may select some of its rows."""
    for wording in WORDINGS:
        source = source.removesuffix(f".{wording}")
    return source


Task = Literal[
    "prose",
    "sentences",
    "translation",
    "translation_pairs",
    "repeat",
    "capslock",
    "reverse",
    "first_word",
    "compression",
    "few_shot_repeat",
    "few_shot_capslock",
    "few_shot_reverse",
    "few_shot_first_word",
    "answered_repeat",
    "answered_capslock",
    "answered_reverse",
    "answered_first_word",
    "repeat_math",
    "repeat_blank",
    "capslock_math",
    "capslock_blank",
    "reverse_math",
    "reverse_blank",
    "first_word_math",
    "first_word_blank",
    "arithmetic",
    "arithmetic_quiz",
    "blanks",
    "blanks_quiz",
    "question_answering",
    "free_topics",
    "free_answers",
    "guarded_topics",
    "guarded_answers",
    "guarded_refusals",
    "inference",
    "verification",
    "entailment",
    "maths",
    "code",
    "running",
    "coding",
    "general",
]
"""What items are made of (`eunoe.worlds.text.tasks`): sentences; instructions on a sentence;
demonstrations of one whose last input, which can be a question, is treated like the others
(few_shot) or answered (answered); demonstrations and then arithmetic or a gap; questions with
answers; and so on."""

TASKS: tuple[Task, ...] = get_args(Task)

SPOKEN: dict[Task, tuple[Language, ...]] = {
    "coding": ("en",),
    "general": ("en",),
    "running": ("en",),
}
"""Tasks that worlds have in some languages only, as each costs vocabulary."""


class ItemCounts(Settings):
    """How many items are made of each source, which is a task in a language."""

    train: int = Field(ge=1)
    """To train on; too few are learnt by heart."""
    validation: int = Field(default=0, ge=0)
    """To follow training with, and to pick checkpoints on."""
    test: int = Field(default=0, ge=0)
    """To report on; with none, probes draw items of their own. Intervals narrow with the square
    root."""


class ItemFiles(Settings):
    """Files of your own, .jsonl, .parquet or .csv, with the columns prompt, response and source."""

    train: Location
    """Items to train on."""
    validation: Location
    """Items to follow training with, and to pick checkpoints on."""
    test: Location
    """Items to report on."""


class TextWorld(Settings):
    """Prompts with replies: made from the lexicon and the grammar, or read from files."""

    kind: Literal["text"]
    """Text, not regression."""
    tasks: list[Task] = Field(default=[])
    """Tasks whose items are made; empty if items are read from files, or if there are none, where
    models that were there are asked given texts."""
    languages: list[Language] = Field(default=["en"], min_length=1)
    """Languages of the items that are made; leet and pig are English in Leetspeak and in Pig
    Latin."""
    items: ItemCounts | None = None
    """How many are made of each source, which is a task in a language."""
    files: ItemFiles | None = None
    """Files to read items from, in place of tasks."""
    parallel: bool = True
    """Whether an item to train on says the same in every language. If not, each language has items
    of its own; those of validation and test are the same ones in any case."""
    context: int = Field(ge=16)
    """Tokens in a row of a batch; a longer item is refused."""
    reply_weight: float = Field(default=1.0, gt=0)
    """Weight of a reply's tokens in the loss where whole items are read, in pretraining and by
    `layout: filled`; others weigh 1. One token in thirty tells whether an answer is right, and a
    small network with few updates learns it late."""
    largest: int = Field(default=9, ge=2)
    """Largest operand of the arithmetic questions; the smallest is 2."""
    inference: Literal["plain", "full"] = "plain"
    """Natural-language inference about "the" and "every" with hypernyms, negation and opposites;
    full has "some", "no", adjectives beside nouns and negated premises too, and takes far longer
    to learn."""
    guarded: list[Name] = Field(default=[])
    """Topics of the lexicon that questions are guarded about; the others are free."""
    monitored: list[Source] = Field(default=[])
    """Sources whose validation items are answered while training."""
    levels: list[Annotated[float, Field(gt=0, lt=1)]] = Field(default=[])
    """Shares of right replies on a recipe's target, rising. In its last stage a run keeps the
    weights of the first monitored checkpoint that reaches each, to be tested beside its last."""
    selected_on: int = Field(default=400, ge=1)
    """Validation items of the target on which checkpoints are chosen, for `levels` and for
    `pick: best`; all of them where there are fewer. With few, a lucky checkpoint is chosen."""

    @model_validator(mode="after")
    def _made_or_read(self) -> Self:
        if self.files is not None and self.tasks:
            raise wrong("files", "given", "beside tasks", "tasks or files")
        if self.files is None and self.items and not self.tasks:
            raise wrong("tasks", [], "neither tasks nor files", "tasks or files")
        if self.tasks and self.items is None:
            keys = "a mapping with the keys train, validation, test"
            raise wrong("items", None, "tasks without items", keys)
        return self

    @model_validator(mode="after")
    def _lists_fit(self) -> Self:
        for key in ("tasks", "languages", "guarded", "monitored"):
            if found := repeated(list(getattr(self, key))):
                raise wrong(key, getattr(self, key), f"{found[0]} is given twice", "each once")
        if any(one >= other for one, other in pairwise(self.levels)):
            raise wrong("levels", self.levels, "not rising", "each larger than the one before")
        if self.files is not None:
            return self
        can_be_made = sources_of(TASKS, self.languages)
        for name in self.monitored:
            if name not in can_be_made:
                reason, tasks = "no such source", ", ".join(TASKS)
                languages = ", ".join(self.languages)
                allowed = f"task.language, of the tasks {tasks} and the languages {languages}"
                raise wrong("monitored", name, reason, allowed)
        if self.monitored and self.items and not self.items.validation:
            raise wrong("items.validation", 0, "sources are monitored", "an integer of at least 1")
        return self

    @property
    def made(self) -> tuple[str, ...]:
        """The sources that are made, `task.language`; none if they are read from files."""
        return sources_of(self.tasks, self.languages)

    @property
    def sources(self) -> tuple[str, ...] | None:
        """What can be trained on; None if only the files know."""
        if self.files is not None:
            return None
        worded = [f"{source}.{wording}" for source in self.made for wording in WORDINGS]
        return (*self.made, *worded)

    @property
    def sources_in_words(self) -> str:
        """The sources, for an error's one line."""
        parts = (self.tasks, self.languages, WORDINGS)
        tasks, languages, wordings = (", ".join(names) for names in parts)
        if self.files is not None:
            return "those of the files"
        return (
            f"task.language or task.language.wording, of the tasks {tasks},"
            f" the languages {languages} and the wordings {wordings}"
        )


def sources_of(tasks: Sequence[Task], languages: Sequence[Language]) -> tuple[str, ...]:
    """Return the sources of tasks in languages, those that there are."""
    return tuple(
        f"{task}.{language}"
        for task in tasks
        for language in languages
        if language in SPOKEN.get(task, languages)
    )


NOTHING = TextWorld(kind="text", context=16)
"""A world without items."""
