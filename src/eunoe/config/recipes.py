"""`recipes:` how a base is tuned, and `runs:` the bases that recipes are applied to."""

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from eunoe.config.checkpoints import AnyCheckpoint
from eunoe.config.model import Name, Ratio, Settings, Source, repeated, wrong

Share = Annotated[float, Field(gt=0, le=1)]

Part = Literal["all", "soft_prompt", "lora"]
"""What can be trained: all weights of the network, a soft prompt, LoRA."""
Attached = Literal["soft_prompt", "lora", "random_prompt"]
"""What can be used without being trained; random_prompt is a soft prompt drawn at random."""


def parse_fraction(value: Any) -> Any:
    """Return a text such as "1/256" as a number, and any other value as it is."""
    try:
        return float(Fraction(value)) if isinstance(value, str) and "/" in value else value
    except (ValueError, ZeroDivisionError):
        return value


def widen_amount(value: Any) -> Any:
    """Return a plain number as the share that it stands for."""
    return value if isinstance(value, dict | Amount) else {"share": value}


class Amount(Settings):
    """How much of a source a stage takes: exactly one of share, tokens, fraction and count."""

    share: Share | None = None
    """Share of the items of a batch; adds up to 1 with the others."""
    tokens: Share | None = None
    """Share of the tokens (prompts and replies) of a batch; adds up to 1 with the others."""
    fraction: Annotated[
        Share | None, BeforeValidator(parse_fraction, json_schema_input_type=Share | Ratio | None)
    ] = None
    """Part of the source's training items, such as 0.25 or "1/256"; batches are drawn from the
    parts of all sources together."""
    count: int | None = Field(default=None, ge=1)
    """Number of the source's training items."""
    replies: Literal["given", "base"] = "given"
    """given: the replies of the items; base: the untuned model's own greedy replies in their place
    (self-generated replay)."""

    @model_validator(mode="after")
    def _one_measure(self) -> Self:
        if len(self._given) != 1:
            reason = "more than one amount" if self._given else "says no amount"
            value = self.model_dump(exclude_none=True, exclude={"replies"})
            raise wrong("", value, reason, "one of share, tokens, fraction and count")
        return self

    @property
    def _given(self) -> list[str]:
        names = ("share", "tokens", "fraction", "count")
        return [name for name in names if getattr(self, name) is not None]

    @property
    def measure(self) -> str:
        """The key that gives the amount: share, tokens, fraction or count."""
        return self._given[0]

    @property
    def value(self) -> float:
        """The amount itself."""
        return float(getattr(self, self.measure))


AnyAmount = Annotated[Amount, BeforeValidator(widen_amount, json_schema_input_type=Share | Amount)]
"""A share, as a plain number, or any amount."""


class SoftPrompt(Settings):
    """Trained vectors in front of the embedded prompt (Lester et al. 2021)."""

    vectors: int = Field(default=10, ge=1)
    """Number of vectors."""
    init: Literal["vocabulary", "random"] = "vocabulary"
    """vocabulary: embeddings of tokens drawn at random; random: normal with the standard deviation
    of the embeddings."""
    per: Literal["recipe", "source"] = "recipe"
    """recipe: one prompt; source: one for each source of the stage that trains it."""


class Lora(Settings):
    """Low-rank changes of the blocks' matrices (Hu et al. 2021)."""

    rank: int = Field(default=4, ge=1)
    """Rank of each change."""
    alpha: float = Field(default=8, gt=0)
    """Each change is scaled by alpha / rank."""


class Penalty(Settings):
    """A term that is added to the loss to keep the network near its base."""

    weight: float = Field(gt=0)
    """What the term is multiplied by."""


class KlPenalty(Penalty):
    """Divergence of the network's next-token distribution from the base's, KL(base || network)."""

    data: dict[Source, Share] | None = Field(default=None, min_length=1)
    """Share of each source in the batch on which it is computed; null: the training batch."""

    @model_validator(mode="after")
    def _shares_add_up(self) -> Self:
        check_shares("data", self.data)
        return self


class EwcPenalty(Penalty):
    """Squared distance from the base's weights, each weighted by its Fisher information
    (Kirkpatrick et al. 2017)."""

    data: dict[Source, Share] = Field(min_length=1)
    """Share of each source among the items that the information is estimated on."""
    examples: int = Field(default=256, ge=1)
    """Number of these items."""

    @model_validator(mode="after")
    def _shares_add_up(self) -> Self:
        check_shares("data", self.data)
        return self


class Penalties(Settings):
    """Terms that are added to the loss; null leaves one out."""

    kl: KlPenalty | None = None
    """Divergence from the base's next-token distribution."""
    l2_sp: Penalty | None = None
    """Squared distance from the base's weights (Li et al. 2018)."""
    ewc: EwcPenalty | None = None
    """Squared distance from the base's weights, weighted by Fisher information."""


def check_shares(key: str, shares: dict[str, float] | None) -> None:
    """Raise an error unless shares, if there are any, add up to 1."""
    if shares and not math.isclose(total := sum(shares.values()), 1, abs_tol=1e-6):
        raise wrong(key, shares, f"shares that add up to {total:g}", "a sum of 1")


class Stage(Settings):
    """One stage of a recipe: a training, or a merge of weights."""

    train: list[Part] = Field(default=["all"])
    """What is trained: all (weights), soft_prompt, lora, or several of them."""
    frozen: list[Attached] = Field(default=[])
    """What is used but not trained: a soft_prompt or lora that an earlier stage has trained, or a
    random_prompt. What is neither in `train` nor in `frozen` is not used in this stage."""
    frozen_layers: int = Field(default=0, ge=0)
    """Number of the lowest blocks that are not trained; nor are the embeddings, if it is not 0."""
    data: dict[Source, AnyAmount] = Field(default={})
    """How much of each source: shares of a batch, as plain numbers that add up to 1; or other
    amounts, all of one kind."""
    layout: Literal["padded", "packed", "filled"] = "padded"
    """How the items of a batch form rows. padded: one item per row; packed: several per row, none
    of which sees another; filled: items end to end in rows of the world's context, the last one cut
    off, with a loss on prompts too and replies weighted by `reply_weight`, as in pretraining."""
    demonstrations: int = Field(default=0, ge=0)
    """Number of items of the same source in front of each prompt."""
    loss: Literal["cross_entropy", "dft"] = "cross_entropy"
    """dft: each token's cross entropy times its own probability (Wu et al. 2025)."""
    penalties: Penalties = Penalties()
    """Terms that are added to the loss."""
    training: Name | None = None
    """Key of `trainings`."""
    pick: Literal["last", "best"] = "last"
    """last: the weights after the last update; best: those of the monitored checkpoint that does
    best on the target's validation items."""
    merge: dict[Name, float] | None = Field(default=None, min_length=1)
    """A mapping of recipe to weight, in place of all other keys. The result is the base's weights
    plus, for each recipe, weight times the change that a run of it on the same base has made
    (WiSE-FT, task arithmetic)."""

    @model_validator(mode="after")
    def _merges_or_trains(self) -> Self:
        if self.merge is None:
            self._check_training()
        elif beside := self.other_than("merge"):
            key, value = next(iter(beside.items()))
            raise wrong(key, value, "beside merge", "merge alone")
        return self

    def other_than(self, *usual: str) -> dict[str, Any]:
        """Return, but for the usual ones, the keys whose value is not the default."""
        values, default = self.model_dump(), Stage.model_construct().model_dump()
        return {
            key: value
            for key, value in values.items()
            if key not in usual and value != default[key]
        }

    def _check_training(self) -> None:
        parts = [*self.train, *self.frozen]
        for key, entries in (("train", self.train), ("frozen", self.frozen)):
            if found := repeated(list(entries)):
                raise wrong(key, entries, f"{found[0]} is given twice", "each once")
        if not self.train:
            raise wrong("train", [], "a stage that trains nothing", "all, soft_prompt or lora")
        if found := repeated(list(parts)):
            raise wrong("frozen", self.frozen, f"{found[0]} is trained", "parts not in train")
        if {"soft_prompt", "random_prompt"} <= set(parts):
            reason = "beside a soft_prompt"
            raise wrong("frozen", self.frozen, reason, "one prompt")
        if self.layout == "filled":
            self._check_filled(parts)
        if not self.data:
            reason = "nothing to train on"
            raise wrong("data", {}, reason, "a mapping with at least one name")
        if self.training is None:
            raise wrong("training", None, "missing", "a key of trainings")
        measures = list(dict.fromkeys(amount.measure for amount in self.data.values()))
        for kinds in (("share",), ("tokens",), ("fraction", "count")):
            if measures[0] in kinds and set(measures) - set(kinds):
                allowed = "shares, shares of tokens, or fractions and counts"
                raise wrong("data", measures, "kinds of amounts that do not mix", allowed)
        if measures[0] in ("share", "tokens"):
            check_shares("data", self.shares)

    def _check_filled(self, parts: Sequence[str]) -> None:
        """Raise an error for what belongs to a single item, where rows hold several end to end."""
        for part in ("soft_prompt", "random_prompt"):
            if part in parts:
                raise wrong("layout", self.layout, f"with a {part}", "padded or packed")
        if self.penalties.kl:
            raise wrong("layout", self.layout, "with penalties.kl", "padded or packed")

    @property
    def shares(self) -> dict[str, float]:
        """The value of each amount: a share of a batch where amounts are shares."""
        return {source: amount.value for source, amount in self.data.items()}

    @property
    def sources(self) -> list[str]:
        """Every source that the stage trains on or uses in a penalty."""
        kl, ewc = self.penalties.kl, self.penalties.ewc
        beside = [part.data or {} for part in (kl, ewc) if part]
        return list(dict.fromkeys([*self.data, *(name for data in beside for name in data)]))


class Recipe(Settings):
    """A list of training stages, each starting from the weights of the one before."""

    target: Source | None = None
    """The source to tune for. Replies to other sources are checked for its format, its validation
    items select checkpoints, and the soft prompt and LoRA are used on it."""
    adapter_scope: Literal["target", "everywhere"] = "target"
    """The sources on which the soft prompt or LoRA is used: the target (or, without a target or
    with a prompt per source, those that it was trained on), or all."""
    soft_prompt: SoftPrompt = SoftPrompt()
    """The soft prompt of the stages that use one."""
    lora: Lora = Lora()
    """The LoRA of the stages that use one."""
    stages: list[Stage] = Field(min_length=1)
    """The stages, in order."""

    @model_validator(mode="after")
    def _stages_fit(self) -> Self:
        trained: set[str] = set()
        for index, stage in enumerate(self.stages):
            where = f"stages.{index}"
            if stage.merge and index:
                raise wrong(f"{where}.merge", stage.merge, "not the first stage", "stage 0")
            if stage.pick == "best" and self.target is None:
                raise wrong(f"{where}.pick", "best", "without a target", "last, or a target")
            for part in stage.frozen:
                if part != "random_prompt" and part not in trained:
                    reason = f"no earlier stage trains {part}"
                    allowed = ", ".join([*sorted(trained - {"all"}), "random_prompt"])
                    raise wrong(f"{where}.frozen", stage.frozen, reason, allowed)
            trained |= set(stage.train)
        return self

    @property
    def merged(self) -> list[str]:
        """The recipes whose runs the first stage merges."""
        return [recipe for stage in self.stages[:1] for recipe in stage.merge or {}]


UNKNOWN = Recipe.model_construct(stages=[])
"""The recipe of an existing run, whose stages are not known."""


class Run(Settings):
    """A base tuned by a recipe; or, of text, an existing model that was tuned from the base."""

    base: Name
    """Key of `bases`."""
    recipe: Name | None = None
    """Key of `recipes`; null if the run is an existing model."""
    model: AnyCheckpoint | None = None
    """An existing causal language model, in place of a recipe: a folder, a hub id, or a mapping
    with model and revision. Of text only."""

    @model_validator(mode="after")
    def _tuned_or_there(self) -> Self:
        if (self.recipe is None) == (self.model is None):
            reason = "neither recipe nor model" if self.recipe is None else "beside a model"
            raise wrong("recipe", self.recipe, reason, "a key of recipes, or a model")
        return self
