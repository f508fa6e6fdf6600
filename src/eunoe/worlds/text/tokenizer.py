"""The micro-world's tokenizer: one token per word, one per character of an unknown word."""

import re
from collections import Counter
from collections.abc import Iterable
from string import ascii_letters, digits, punctuation

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, processors
from transformers import PreTrainedTokenizerFast

END = "<|end|>"
"""Stands between documents, and at the start of every prompt."""

PIECE = r" ?[^\s.,?!¿¡:]+:?| ?[.,?!¿¡:]|\s"
"""A word or a mark with the space before it, "Input:" being one; or a line break."""

WORD_SCORE, CHARACTER_SCORE = -1.0, -10.0
"""Log-scores of the unigram model: any whole word beats spelling it."""


def pieces_of(text: str) -> list[str]:
    """Return the pieces that a text is cut into, which add up to it."""
    return re.findall(PIECE, text)


def build_tokenizer(texts: Iterable[str]) -> PreTrainedTokenizerFast:
    """Return a tokenizer whose words are those of the texts; any other word is spelt.

    Characters that no text has are spelt as bytes, so that decoding gives any text back exactly,
    unless it holds the name of a special token or a byte's, such as "<unk>" or "<0x41>".
    Every text starts with the token `END`.
    """
    words = Counter(piece for text in texts for piece in set(pieces_of(text)))
    characters = sorted({*ascii_letters, *digits, *punctuation, " ", "\n", *"".join(words)})
    known = [word for word in sorted(words) if len(word) > 1]
    vocabulary = [
        (END, 0.0),
        ("<unk>", 0.0),
        *((f"<0x{byte:02X}>", CHARACTER_SCORE) for byte in range(256)),
        *((character, CHARACTER_SCORE) for character in characters),
        *((word, WORD_SCORE) for word in known),
    ]
    tokenizer = Tokenizer(models.Unigram(vocabulary, unk_id=1, byte_fallback=True))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(PIECE), "isolated")
    tokenizer.decoder = decoders.Sequence([decoders.ByteFallback(), decoders.Fuse()])
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{END} $A", special_tokens=[(END, 0)]
    )
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer,
        bos_token=END,
        eos_token=END,
        pad_token=END,
        unk_token="<unk>",
        clean_up_tokenization_spaces=False,
    )
