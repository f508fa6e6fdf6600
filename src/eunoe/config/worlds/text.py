"""`worlds:` of text: items of tasks in languages, made or read from files."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated, Literal, Self, get_args

from pydantic import Field, model_validator

from eunoe.config.model import Location, Name, Settings, Source, repeated, wrong

Language = Literal["en", "fr", "es", "de", "nl", "hu", "leet", "pig"]
"""Languages of the lexicon, and English in two ciphers."""

WORDINGS = ("plain", "other")
"""Wordings of instructions and questions."""


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
    """Number of items of each source, which is a task in a language."""

    train: int = Field(ge=1)
    """Training items; too few are memorized."""
    validation: int = Field(default=0, ge=0)
    """Items to monitor training and to select checkpoints."""
    test: int = Field(default=0, ge=0)
    """Items for the results; with none, probes draw items of their own. Intervals narrow with the
    square root of their number."""


class ItemFiles(Settings):
    """Files of your own, .jsonl, .parquet or .csv, with the columns prompt, response and source."""

    train: Location
    """Items to train on."""
    validation: Location
    """Items to monitor training and to select checkpoints."""
    test: Location
    """Items for the results."""


class TextWorld(Settings):
    """Prompts with replies: made from the lexicon and the grammar, or read from files."""

    kind: Literal["text"]
    """Text, not regression."""
    tasks: list[Task] = Field(default=[])
    """Tasks whose items are made; empty if items are read from files, or if the world has no items
    because its models are evaluated on given texts."""
    languages: list[Language] = Field(default=["en"], min_length=1)
    """Languages of the items that are made; leet and pig are English in Leetspeak and in Pig
    Latin."""
    items: ItemCounts | None = None
    """Number of items of each source, which is a task in a language."""
    files: ItemFiles | None = None
    """Files to read items from, in place of tasks."""
    parallel: bool = True
    """Whether a training item says the same in every language. If not, each language has training
    items of its own. Validation and test items say the same in every language in any case."""
    context: int = Field(ge=16)
    """Tokens in a row of a batch; a longer item is an error."""
    reply_weight: float = Field(default=1.0, gt=0)
    """Weight of a reply's tokens in the loss, in pretraining and with `layout: filled`; all other
    tokens have weight 1. Only one token in thirty decides an answer, so that without the weight a
    small network learns answers late."""
    largest: int = Field(default=9, ge=2)
    """Largest operand of the arithmetic questions; the smallest is 2."""
    inference: Literal["plain", "full"] = "plain"
    """Natural-language inference about "the" and "every" with hypernyms, negation and opposites;
    full also has "some", "no", adjectives beside nouns and negated premises, and takes far longer
    to learn."""
    guarded: list[Name] = Field(default=[])
    """Topics of the lexicon that are guarded: a model can be tuned to refuse questions about them.
    The other topics are free."""
    monitored: list[Source] = Field(default=[])
    """Sources whose validation items are evaluated during training."""
    levels: list[Annotated[float, Field(gt=0, lt=1)]] = Field(default=[])
    """Shares of right replies on a recipe's target, in rising order. A run keeps the first
    monitored checkpoint of its last stage that reaches each level, and it is evaluated like the
    final one."""
    selected_on: int = Field(default=400, ge=1)
    """Number of validation items of the target on which checkpoints are selected, for `levels` and
    for `pick: best`; all of them if there are fewer. With few items a lucky checkpoint is
    selected."""

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
        """The sources whose items are made, `task.language`; none if items are read from files."""
        return sources_of(self.tasks, self.languages)

    @property
    def sources(self) -> tuple[str, ...] | None:
        """The sources that can be trained on; None if they are known from files only."""
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
    """Return the sources of tasks in languages, without those that do not exist."""
    return tuple(
        f"{task}.{language}"
        for task in tasks
        for language in languages
        if language in SPOKEN.get(task, languages)
    )


NOTHING = TextWorld(kind="text", context=16)
"""A world without items."""
