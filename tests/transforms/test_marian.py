"""Translation by Marian models: tiny ones with random weights, made here."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
import torch

from eunoe.errors import EunoeError
from eunoe.transforms import parse_transform
from eunoe.transforms.marian import Marian, load_translator

pytest.importorskip("sentencepiece", reason="Marian needs sentencepiece")
SENTENCES = ["the cat sleeps in the house", "a red dog eats", "le chat dort dans la maison"]
LONGEST = 32


def save_model(folder: Path, seed: int) -> Path:
    """Save a Marian model of some thousand weights with a tokenizer of a few dozen pieces."""
    from sentencepiece import SentencePieceProcessor, SentencePieceTrainer
    from transformers import MarianConfig, MarianMTModel, MarianTokenizer

    folder.mkdir()
    trained = io.BytesIO()
    SentencePieceTrainer.train(
        sentence_iterator=iter(SENTENCES * 5),
        model_writer=trained,
        vocab_size=40,
        hard_vocab_limit=False,
        minloglevel=2,
    )
    pieces = SentencePieceProcessor(model_proto=trained.getvalue())
    vocabulary = {"</s>": 0, "<unk>": 1}
    for number in range(pieces.get_piece_size()):
        vocabulary.setdefault(pieces.id_to_piece(number), len(vocabulary))
    vocabulary["<pad>"] = pad = len(vocabulary)
    for name in ("source.spm", "target.spm"):
        (folder / name).write_bytes(trained.getvalue())
    (folder / "vocab.json").write_text(json.dumps(vocabulary))
    MarianTokenizer.from_pretrained(folder).save_pretrained(folder)
    torch.manual_seed(seed)
    config = MarianConfig(
        vocab_size=len(vocabulary),
        d_model=16,
        encoder_layers=1,
        decoder_layers=1,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=16,
        decoder_ffn_dim=16,
        max_position_embeddings=LONGEST,
        init_std=1.0,
        pad_token_id=pad,
        eos_token_id=0,
        decoder_start_token_id=pad,
        forced_eos_token_id=0,
    )
    MarianMTModel(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def marian(tmp_path_factory: pytest.TempPathFactory) -> Marian:
    root = tmp_path_factory.mktemp("marian")
    there, back = save_model(root / "there", 0), save_model(root / "back", 1)
    return Marian(model=str(there), back=str(back), source="en", to="fr")


def greedy(folder: str, line: str) -> str:
    """Translate a line on its own, token by token."""
    from transformers import MarianMTModel, MarianTokenizer

    tokenizer = MarianTokenizer.from_pretrained(folder)
    model: Any = MarianMTModel.from_pretrained(folder)  # in evaluation mode
    shown = tokenizer(line, return_tensors="pt")
    tokens = torch.tensor([[model.config.decoder_start_token_id]])
    while tokens.shape[1] < LONGEST - 1 and tokens[0, -1] != model.config.eos_token_id:
        logits = model(**shown, decoder_input_ids=tokens).logits[:, -1]
        tokens = torch.cat([tokens, logits.argmax(-1, keepdim=True)], dim=1)
    return str(tokenizer.decode(tokens[0], skip_special_tokens=True)).strip()


def test_a_batch_is_translated_as_one_at_a_time(marian: Marian) -> None:
    lines = ["the cat", "a red dog eats the cat", "dog", "the house sleeps in"]
    want = {line: " ".join(greedy(marian.model, line).split()) for line in lines}
    found = marian.encode_all(["\n".join(lines[:2]), f" {lines[2]}\n\n", lines[3]])
    assert found[0].split("\n") == [want[line] for line in lines[:2]]
    assert found[1] == f" {want['dog']}\n\n"
    assert found[2] == want[lines[3]]
    assert len(set(want.values())) > 1


def test_answers_go_back_through_the_other_model(marian: Marian) -> None:
    line = "le chat dort"
    assert marian.decode(line) == " ".join(greedy(marian.back, line).split())
    assert marian.decode(line) != marian.encode(line)
    assert marian.decode_all([line, "", "\n"]) == [marian.decode(line), "", "\n"]


def test_models_are_loaded_once(marian: Marian) -> None:
    assert load_translator(marian.model) is load_translator(marian.model)


def test_a_line_that_is_too_long(marian: Marian) -> None:
    long = "cat " * LONGEST
    with pytest.raises(EunoeError, match=r"line 2 of a text has \d+ tokens; allowed: at most 32"):
        marian.encode(f"dog\n{long}")
    assert marian.decode(long) == long


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    where = str(tmp_path / "none")
    missing = Marian(model=where, back=where, source="en", to="fr")
    with pytest.raises(EunoeError) as error:
        missing.encode("dog")
    assert str(error.value) == f"marian: {where}: no such folder; allowed: a folder or a hub id"


def test_a_checkpoint_of_pickles_is_refused(tmp_path: Path, marian: Marian) -> None:
    folder = save_model(tmp_path / "pickled", 0)
    torch.save(load_translator(marian.model).model.state_dict(), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    pickled = marian.model_copy(update={"back": str(folder)})
    with pytest.raises(EunoeError) as error:
        pickled.decode("dog")
    message = str(error.value)
    assert message.startswith(f"marian: {folder} does not load: ")
    assert "safetensors" in message
    assert "\n" not in message


def test_an_empty_folder_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(EunoeError) as error:
        load_translator(str(tmp_path))
    assert str(error.value).startswith(f"marian: {tmp_path} does not load: ")
    assert "\n" not in str(error.value)


def test_yaml_names_two_models() -> None:
    fields = {"model": "Helsinki-NLP/opus-mt-en-fr@refs/pr/9", "back": "./back"}
    parsed = parse_transform({"name": "marian", **fields, "source": "en", "to": "fr"})
    assert parsed.label == "marian(en-fr)"
    assert parsed.languages == ("en",)
