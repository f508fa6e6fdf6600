"""`probes:` of text."""

from typing import Literal, Self, get_args

from pydantic import Field, model_validator

from eunoe.config.model import Location, Name, Settings, Source, repeated, wrong
from eunoe.config.probes.given import GivenTexts
from eunoe.config.probes.shared import Conjugated, PromptCounts
from eunoe.config.worlds.text import Language, Task


class TextItems(Settings):
    """What a probe of text asks.

    Items are those that the world holds out, the first ones of each split; where it has none of a
    source, they are drawn anew, unlike any that the world has.
    """

    kind: Literal["text"]
    """Text, not regression, as its world."""
    sources: list[Source] = Field(default=[])
    """What is asked: sources of the world, or tasks in languages that it does not train on."""
    tasks: list[Task] = Field(default=[])
    """What is asked, in place of sources: each of these tasks in each of `languages`."""
    languages: list[Language] = Field(default=[])
    """Languages of the items, which line up across them."""
    texts: GivenTexts | None = None
    """What is asked, in place of sources or tasks: texts that were there."""
    items: PromptCounts | None = None
    """Items of each source, for each seed; null with texts."""
    demonstrations: int = Field(default=0, ge=0)
    """Training items of the same source in front of each prompt."""
    format: Literal["option"] | None = None
    """What makes a reply right: null, what the task says; option, that it begins with the right one
    of the item's options (Kotha et al. 2024, section 3)."""

    @model_validator(mode="after")
    def _sources_or_tasks(self) -> Self:
        if self.texts is not None:
            return self._texts_alone()
        if self.items is None:
            keys = "a mapping with the keys validation, test"
            raise wrong("items", None, "missing", keys)
        if bool(self.sources) == bool(self.tasks):
            reason = "beside tasks" if self.sources else "neither sources nor tasks"
            raise wrong("sources", self.sources, reason, "sources, or tasks and languages")
        if bool(self.tasks) != bool(self.languages):
            reason = "tasks without languages" if self.tasks else "beside sources"
            raise wrong("languages", self.languages, reason, "tasks and languages, or sources")
        for key in ("sources", "tasks", "languages"):
            if found := repeated(list(getattr(self, key))):
                raise wrong(key, getattr(self, key), f"{found[0]} is given twice", "each once")
        return self

    def _texts_alone(self) -> Self:
        for key in ("sources", "tasks", "languages", "items", "demonstrations", "format"):
            if value := getattr(self, key):
                shown = value.model_dump() if isinstance(value, Settings) else value
                raise wrong(key, shown, "beside texts", "texts alone, which say what is asked")
        return self

    @property
    def asked(self) -> list[Source]:
        """Every source that is asked, but for those of given texts."""
        crossed = [f"{task}.{language}" for task in self.tasks for language in self.languages]
        return [*self.sources, *crossed]


class TextProbe(Conjugated, TextItems):
    """A measurement, made on every base and on some runs of a world of text."""

    target: Source | None = None
    """The source whose format counts as specialised; one of those that are asked."""
    home: Name | None = "en"
    """Items in this language go through every transform, the others through identity alone; null:
    all go through every one that takes their language."""
    runs: list[Name] | None = None
    """Keys of `runs` to measure beside the bases; null measures every run of the world whose recipe
    has the probe's target (with null, every run whose recipe has none, or that was there)."""
    new_tokens: int = Field(default=24, ge=1)
    """Longest reply."""
    likelihood: bool = False
    """Whether to score by the likelihood of the options too, beside the generated reply, and to
    measure that of the prompts."""
    batch_size: int = Field(default=64, ge=1)
    """Prompts that go through a model together; less where memory is short."""
    chat_template: Location | None = None
    """null: prompts as they are; the name of a base or a run that was there: through that model's
    chat template, for all; or the path of a file with a Jinja template."""
    keep_texts: bool = True
    """Whether results keep prompts and replies; of files of prompts, each file says so."""
    crossed: bool = False
    """Whether results tell wordings apart and pair items across languages, which say the same in
    each. If not, each source has items of its own, whatever their wording."""
    pools: dict[Name, list[Task]] = Field(default={})
    """Tasks over which results are given together too, by the name of the pool."""
    same_format: list[Source] = Field(default=[])
    """Sources whose replies have the target's format: they are not held out from it."""
    rehearsed: list[Source] = Field(default=[])
    """Held-out sources that recipes may train on, to keep them: what recipes keep is told apart on
    them and on the other held-out sources."""

    @model_validator(mode="after")
    def _of_those_asked(self) -> Self:
        for key in ("target", "same_format", "rehearsed"):
            given = getattr(self, key)
            for source in given if isinstance(given, list) else [given] if given else []:
                if source not in self.asked:
                    raise wrong(key, source, "is not asked", ", ".join(self.asked))
        known = self.languages or get_args(Language)
        if not self.texts and self.home and self.home not in known:
            raise wrong("home", self.home, "no language of the probe", ", ".join(known))
        return self
