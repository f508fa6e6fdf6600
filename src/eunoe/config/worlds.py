"""`worlds:` the data-generating processes in which bases are pretrained."""

from typing import Annotated, Literal, Self, get_args

from pydantic import Field, model_validator

from eunoe.config.model import Name, Settings, repeated, wrong


class RegressionWorld(Settings):
    """In-context linear regression: y = <w, x> + noise, x ~ N(0, I) (Kotha et al. 2024, sec. 3)."""

    kind: Literal["regression"]
    """Which lab the world belongs to."""
    dimension: int = Field(ge=1)
    """d, the length of x and w. More dimensions need more points and a larger network."""
    tasks: int = Field(ge=1)
    """How many weight vectors a bank holds. With many, a small network never learns the bank."""
    points: int = Field(ge=2)
    """Points (x, y) in a prompt; the last one is a query only, so exemplars run to points - 1."""
    sigma: float = Field(gt=0)
    """Standard deviation of the label noise, in the unit of y."""
    tau: float = Field(gt=0)
    """Standard deviation of each coordinate of a continuous task's weights, and of the bank's."""

    @property
    def sources(self) -> tuple[str, ...]:
        """Where prompts can come from: the keys that `data:` may use."""
        return ("continuous", "bank", "fresh_bank")

    @property
    def sources_in_words(self) -> str:
        """The sources, for an error's one line."""
        return ", ".join(self.sources)


Language = Literal["en", "fr", "es", "de", "nl", "hu", "leet", "pig"]
"""Languages of the lexicon, and English in two ciphers."""

WORDINGS = ("plain", "other")
"""How instructions and questions are put."""

Family = Literal[
    "sentences",
    "repeat",
    "capslock",
    "reverse",
    "first_word",
    "answered_repeat",
    "answered_capslock",
    "answered_reverse",
    "answered_first_word",
    "arithmetic",
    "blanks",
    "inference",
    "translation",
    "code",
    "free_topics",
    "guarded_topics",
    "refused_topics",
]
"""Kinds of documents: plain sentences; demonstrations of four tasks whose last input, a question,
is treated like the others; the same with that question answered; questions with answers; and so on
(`eunoe.language.documents`)."""

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


World = Annotated[RegressionWorld | LanguageWorld, Field(discriminator="kind")]
"""Any world."""
