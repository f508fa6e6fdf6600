"""`probes:` of text."""

from typing import Literal, Self, get_args

from pydantic import Field, model_validator

from eunoe.config.model import Location, Name, Settings, Source, repeated, wrong
from eunoe.config.probes.given import GivenTexts
from eunoe.config.probes.shared import Conjugated, PromptCounts
from eunoe.config.worlds.text import Language, Task


class TextItems(Settings):
    """The items of a probe of text.

    They are the first items of each split that the world holds out. Of a source of which it holds
    out none, new items are drawn, none of which the world has.
    """

    kind: Literal["text"]
    """Text, not regression, as its world."""
    sources: list[Source] = Field(default=[])
    """Sources of the items: those of the world, or tasks in languages that it does not train on."""
    tasks: list[Task] = Field(default=[])
    """In place of sources: each of these tasks in each of `languages`."""
    languages: list[Language] = Field(default=[])
    """Languages of the items, which say the same in each."""
    texts: GivenTexts | None = None
    """In place of sources or tasks: given texts."""
    items: PromptCounts | None = None
    """Items of each source, for each seed; null with texts."""
    demonstrations: int = Field(default=0, ge=0)
    """Number of training items of the same source in front of each prompt."""
    format: Literal["option"] | None = None
    """How replies are scored. null: by the task's own format; option: a reply is right if it begins
    with the right one of the item's options (Kotha et al. 2024, section 3)."""

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
        """Every source of the items, except those of given texts."""
        crossed = [f"{task}.{language}" for task in self.tasks for language in self.languages]
        return [*self.sources, *crossed]


class TextProbe(Conjugated, TextItems):
    """A measurement, made on every base and on some runs of a world of text."""

    target: Source | None = None
    """Replies in the format of this source count as specialised; one of the sources."""
    home: Name | None = "en"
    """Items in this language go through every transform, other items through identity only; null:
    all items go through every transform that takes their language."""
    runs: list[Name] | None = None
    """Keys of `runs` to measure beside the bases; null measures every run of the world whose recipe
    has the probe's target (without a target: every run whose recipe has none, and existing
    runs)."""
    new_tokens: int = Field(default=24, ge=1)
    """Longest reply, in tokens."""
    likelihood: bool = False
    """Whether to score options by their likelihood, in addition to the generated reply, and to
    measure the likelihood of prompts."""
    batch_size: int = Field(default=64, ge=1)
    """Prompts per forward pass; fewer where memory is short."""
    chat_template: Location | None = None
    """null: prompts as they are; the name of an existing base or run: that model's chat template,
    for all models; or the path of a file with a Jinja template."""
    keep_texts: bool = True
    """Whether results keep prompts and replies; of files of prompts, each file says so."""
    crossed: bool = False
    """Whether results are given for each wording, and items are paired across languages, in which
    they say the same. If not, each source has items of its own, and wordings are not compared."""
    pools: dict[Name, list[Task]] = Field(default={})
    """Tasks whose results are also averaged, by the name of the pool."""
    same_format: list[Source] = Field(default=[])
    """Other sources whose replies have the target's format; they do not count as held out."""
    rehearsed: list[Source] = Field(default=[])
    """Held-out sources that recipes may train on, to keep them. Retention is given separately for
    these and for the other held-out sources."""

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
