"""The tokenizer: exact on any text, one token a known word, and readable by transformers."""

import re
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from transformers import AutoTokenizer, PreTrainedTokenizerBase

from eunoe.worlds.text.tokenizer import END, build_tokenizer, pieces_of

CORPUS = ["Input: The red dog sees 42 houses.\nOutput: ¿Cuánto es 4 más 7? ____ 7h3 \\4"]
TOKENIZER = build_tokenizer(CORPUS)


def decoded(tokenizer: PreTrainedTokenizerBase, text: str) -> str:
    return str(tokenizer.decode(tokenizer(text)["input_ids"], skip_special_tokens=True))


@given(st.text())
def test_any_text_comes_back(text: str) -> None:
    assume(not re.search(r"<unk>|<\|end\|>|<0x[0-9A-F]{2}>", text))  # tokens' own names
    assert decoded(TOKENIZER, text) == text


@given(st.text())
def test_pieces_add_up(text: str) -> None:
    assert "".join(pieces_of(text)) == text


def test_a_known_word_is_one_token_and_an_unknown_one_is_spelt() -> None:
    assert len(TOKENIZER(" dog")["input_ids"]) == 2  # with the token that starts every text
    assert len(TOKENIZER(" god")["input_ids"]) == 5
    assert TOKENIZER.convert_ids_to_tokens(TOKENIZER(CORPUS[0])["input_ids"])[:4] == [
        END,
        "Input:",
        " The",
        " red",
    ]


def test_a_reply_is_tokenized_the_same_alone_and_after_its_prompt() -> None:
    prompt, reply = "Input: The red dog", " sees 42"
    alone = TOKENIZER(reply, add_special_tokens=False)["input_ids"]
    assert TOKENIZER(prompt + reply)["input_ids"] == TOKENIZER(prompt)["input_ids"] + alone


def test_transformers_opens_what_is_saved(tmp_path: Path) -> None:
    TOKENIZER.save_pretrained(tmp_path)
    opened = AutoTokenizer.from_pretrained(tmp_path)
    for text in [*CORPUS, "unknown wörds 漢"]:
        assert opened(text)["input_ids"] == TOKENIZER(text)["input_ids"]
        assert decoded(opened, text) == text


@pytest.mark.parametrize("order", [[*CORPUS, "a b"], ["a b", *CORPUS]])
def test_the_order_of_texts_does_not_matter(order: list[str]) -> None:
    assert build_tokenizer(order).get_vocab() == build_tokenizer(order[::-1]).get_vocab()
