"""`worlds:` of text: a corpus, or items in splits."""

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


Family = Literal[
    "prose",
    "few_shot_repeat",
    "few_shot_capslock",
    "few_shot_reverse",
    "few_shot_first_word",
    "answered_repeat",
    "answered_capslock",
    "answered_reverse",
    "answered_first_word",
    "arithmetic_quiz",
    "blanks_quiz",
    "inference",
    "translation_pairs",
    "code",
    "free_answers",
    "guarded_answers",
    "guarded_refusals",
]
"""Tasks of a corpus: plain sentences; demonstrations of four instructions whose last input, which
can be a question, is treated like the others; the same with that question answered; questions with
answers; and so on (`eunoe.worlds.text.tasks`)."""

FAMILIES: tuple[Family, ...] = get_args(Family)


class LanguageWorld(Settings):
    """A micro-world of text in several languages, built from a lexicon and a grammar."""

    kind: Literal["language"]
    """Which lab the world belongs to."""
    languages: list[Language] = Field(min_length=1)
    """Languages of the corpus; leet and pig are English in Leetspeak and in Pig Latin."""
    documents: int = Field(ge=1)
    """Documents of each family in each language; too few are learnt by heart."""
    context: int = Field(ge=16)
    """Tokens in a row of a batch; a longer document is refused."""
    reply_weight: float = Field(default=1.0, gt=0)
    """Weight of a reply's tokens in the loss; others weigh 1. One token in thirty tells whether an
    answer is right, and a small network with few updates learns it late."""
    largest: int = Field(default=9, ge=2)
    """Largest operand of the arithmetic questions; the smallest is 2."""
    inference: Literal["plain", "full"] = "plain"
    """Natural-language inference about "the" and "every" with hypernyms, negation and opposites;
    full has "some", "no", adjectives beside nouns and negated premises too, and takes far longer
    to learn."""
    guarded: list[Name] = Field(default=["lighthouse", "beehive"])
    """Topics of the lexicon that the refusal lab guards; the others are free."""

    @model_validator(mode="after")
    def _no_repeats(self) -> Self:
        if found := repeated(self.languages):
            raise wrong("languages", self.languages, f"{found[0]} is given twice", "each once")
        return self

    @property
    def sources(self) -> tuple[str, ...]:
        """Where documents can come from: `family.language`, or with a wording after it."""
        both = [f"{family}.{language}" for family in FAMILIES for language in self.languages]
        return tuple(both + [f"{source}.{wording}" for source in both for wording in WORDINGS])

    @property
    def sources_in_words(self) -> str:
        """The sources, for an error's one line: they are too many to list."""
        parts = (FAMILIES, self.languages, WORDINGS)
        family, language, wording = (", ".join(names) for names in parts)
        return (
            f"family.language or family.language.wording, of the families {family},"
            f" the languages {language} and the wordings {wording}"
        )


ExampleTask = Literal[
    "sentences",
    "repeat",
    "capslock",
    "reverse",
    "first_word",
    "arithmetic",
    "blanks",
    "free_topics",
    "inference",
    "translation",
    "verification",
    "entailment",
    "compression",
    "question_answering",
    "maths",
    "running",
    "coding",
    "general",
]
"""Tasks that examples are made of (`eunoe.worlds.text.tasks`)."""

EXAMPLE_TASKS: tuple[ExampleTask, ...] = get_args(ExampleTask)

SPOKEN: dict[ExampleTask, tuple[Language, ...]] = {
    "coding": ("en",),
    "general": ("en",),
    "running": ("en",),
}
"""Tasks that worlds have in some languages only, as each costs vocabulary."""


class ExampleCounts(Settings):
    """How many examples are made of each source."""

    train: int = Field(ge=1)
    """To train on."""
    validation: int = Field(ge=2)
    """To follow training with, and to pick checkpoints on."""
    test: int = Field(ge=2)
    """To report on. Intervals narrow with the square root."""


class ExampleFiles(Settings):
    """Files of your own, .jsonl, .parquet or .csv, with the columns prompt, response and source."""

    train: Location
    """Examples to train on."""
    validation: Location
    """Examples to follow training with, and to pick checkpoints on."""
    test: Location
    """Examples to report on."""


class ExamplesWorld(Settings):
    """Prompts with responses: made from the lexicon and the grammar, or read from files."""

    kind: Literal["examples"]
    """Which lab the world belongs to."""
    tasks: list[ExampleTask] = Field(default=[])
    """Tasks whose examples are made; empty if they are read from files."""
    languages: list[Language] = Field(default=["en"])
    """Languages of the examples that are made."""
    examples: ExampleCounts | None = None
    """How many are made of each source, which is a task in a language."""
    files: ExampleFiles | None = None
    """Files to read examples from, in place of tasks."""
    context: int = Field(ge=16)
    """Tokens in a row of a batch; a longer example is refused."""
    reply_weight: float = Field(default=1.0, gt=0)
    """Weight of a response's tokens in the loss of pretraining; others weigh 1. Tuning takes the
    loss on responses alone."""
    largest: int = Field(default=9, ge=2)
    """Largest operand of the arithmetic questions; the smallest is 2."""
    packed: bool = False
    """In tuning: several examples in a row, none of which sees another; or one, padded."""
    monitored: list[Source] = Field(default=[])
    """Sources whose validation examples are answered while training."""
    levels: list[Annotated[float, Field(gt=0, lt=1)]] = Field(default=[])
    """Shares of right replies on a recipe's target, rising. In its last stage a run keeps the
    weights of the first monitored checkpoint that reaches each, to be tested beside its last."""
    selected_on: int = Field(default=400, ge=1)
    """Validation examples of the target on which checkpoints are chosen, for `levels` and for
    `pick: best`; all of them where there are fewer. With few, a lucky checkpoint is chosen."""

    @model_validator(mode="after")
    def _made_or_read(self) -> Self:
        if self.files is not None and self.tasks:
            raise wrong("files", "given", "beside tasks", "tasks or files")
        if self.files is None and not self.tasks:
            raise wrong("tasks", [], "neither tasks nor files", "tasks or files")
        if self.files is None and self.examples is None:
            keys = "a mapping with the keys train, validation, test"
            raise wrong("examples", None, "tasks without examples", keys)
        for key, entries in (
            ("tasks", list(self.tasks)),
            ("languages", list(self.languages)),
            ("monitored", list(self.monitored)),
        ):
            if found := repeated(entries):
                raise wrong(key, entries, f"{found[0]} is given twice", "each once")
        if any(one >= other for one, other in pairwise(self.levels)):
            raise wrong("levels", self.levels, "not rising", "each larger than the one before")
        for name in self.monitored:
            if self.sources is not None and name not in self.sources:
                raise wrong("monitored", name, "no such source", self.sources_in_words)
        return self

    @property
    def made(self) -> tuple[str, ...]:
        """The sources that are made, `task.language`; none if they are read from files."""
        return tuple(
            f"{task}.{language}"
            for task in self.tasks
            for language in self.languages
            if language in SPOKEN.get(task, self.languages)
        )

    @property
    def sources(self) -> tuple[str, ...] | None:
        """Where examples can come from; None if only the files know."""
        if self.files is not None:
            return None
        worded = [f"{source}.{wording}" for source in self.made for wording in WORDINGS]
        return (*self.made, *worded)

    @property
    def sources_in_words(self) -> str:
        """The sources, for an error's one line."""
        names, wordings = ", ".join(self.made), ", ".join(WORDINGS)
        return f"{names or 'those of the files'}, or one with a wording ({wordings}) after it"
