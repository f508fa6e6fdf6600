"""The transform that changes nothing."""

from typing import Any, ClassVar, Literal

from eunoe.transforms.interface import LANGUAGE, REGRESSION, TextTransform


class Identity(TextTransform):
    """No change, of labels or of text: what every other transform is compared to."""

    name: Literal["identity"] = "identity"
    takes: ClassVar[frozenset[str]] = frozenset({REGRESSION, LANGUAGE})

    def encode(self, prompt: Any) -> Any:
        """Return the prompt as it is."""
        return prompt

    def decode(self, answer: Any) -> Any:
        """Return the answer as it is."""
        return answer
