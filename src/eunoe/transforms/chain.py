"""Transforms one after the other."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, SerializeAsAny, model_validator

from eunoe.config.model import shown, wrong
from eunoe.transforms.interface import TextTransform, Transform
from eunoe.transforms.registered import RegisteredTransforms, parse_transform


def parse_link(value: Any) -> Transform:
    """Return the transform that a piece of configuration names, unless it is a chain."""
    link = parse_transform(value)
    if isinstance(link, Chain):
        raise wrong("", value, "a chain within a chain", "its transforms in its place")
    return link


class RegisteredLinks(RegisteredTransforms):
    """Gives a field of transforms the JSON schema of those that are no chains."""

    without = frozenset({"chain"})


Link = Annotated[SerializeAsAny[Transform], BeforeValidator(parse_link), RegisteredLinks]
"""A field that holds any transform but a chain."""


class Chain(TextTransform):
    """Encode by each transform in order, decode in reverse: `leetspeak+reverse_words`."""

    name: Literal["chain"] = "chain"
    transforms: list[Link] = Field(min_length=1)
    """What is chained, in the order of encoding; all take the same kind of prompts."""

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        labels = [link.label for link in self.transforms]
        if not self.takes:
            kinds = [f"{link.label} {' and '.join(sorted(link.takes))}" for link in self.transforms]
            raise wrong("transforms", labels, "they take different prompts", "; ".join(kinds))
        if self.languages == ():
            known = [f"{link.label} {shown(link.languages)}" for link in self.transforms]
            raise wrong("transforms", labels, "no language that all take", "; ".join(known))
        return self

    @property
    def label(self) -> str:
        """`leetspeak+reverse_words`."""
        return "+".join(link.label for link in self.transforms)

    @property
    def exact(self) -> bool:  # type: ignore[override]  # what is fixed for others depends on links
        """Whether every transform is exact."""
        return all(link.exact for link in self.transforms)

    @property
    def takes(self) -> frozenset[str]:  # type: ignore[override]
        """What every transform takes."""
        return frozenset.intersection(*(link.takes for link in self.transforms))

    @property
    def languages(self) -> tuple[str, ...] | None:
        """Languages that every transform takes, in the first one's order."""
        known = [link.languages for link in self.transforms if link.languages is not None]
        if not known:
            return None
        return tuple(each for each in known[0] if all(each in others for others in known))

    def encode(self, prompt: Any) -> Any:
        """Return the prompt through all transforms."""
        for link in self.transforms:
            prompt = link.encode(prompt)
        return prompt

    def decode(self, answer: Any) -> Any:
        """Return the answer back through all transforms, the last one first."""
        for link in reversed(self.transforms):
            answer = link.decode(answer)
        return answer

    def encode_all(self, prompts: Sequence[Any]) -> list[Any]:
        """Return all prompts, through each transform at once."""
        for link in self.transforms:
            prompts = link.encode_all(prompts)
        return list(prompts)

    def decode_all(self, answers: Sequence[Any]) -> list[Any]:
        """Return all answers back, through each transform at once."""
        for link in reversed(self.transforms):
            answers = link.decode_all(answers)
        return list(answers)
