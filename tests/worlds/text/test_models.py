"""Loading a stranger's model: what is read, and what is refused, each in one line."""

from __future__ import annotations

import json
import pickle
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import BertConfig, BertForMaskedLM, T5Config, T5ForConditionalGeneration

from eunoe.config.checkpoints import Checkpoint
from eunoe.errors import EunoeError
from eunoe.evaluation.engine import Engine
from eunoe.evaluation.templates import ChatEngine, template_in, template_of_model
from eunoe.worlds.text.checkpoints import files_of, is_folder
from eunoe.worlds.text.models import checkpoint_in, open_model, open_tokenizer, open_weights
from tests.labs.audit import pairs


@pytest.fixture(scope="module")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return pairs.save(tmp_path_factory.mktemp("models") / "llama")


@pytest.fixture
def broken(llama: Path, tmp_path: Path) -> Path:
    """A copy to be broken."""
    return Path(shutil.copytree(llama, tmp_path / "broken"))


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)


def load(folder: Path, **options: Any) -> tuple[Any, Any]:
    checkpoint = Checkpoint(model=str(folder), dtype="auto", **options)
    return open_model(checkpoint, "audits.mine.tuned")


def refused(folder: Path) -> str:
    """The one line with which a folder is refused."""
    with pytest.raises(EunoeError) as caught:
        load(folder)
    line = str(caught.value)
    assert "\n" not in line
    assert line.startswith(f"audits.mine.tuned = {folder}: ")
    assert "allowed: " in line
    return line


@pytest.mark.parametrize("architecture", pairs.ARCHITECTURES)
def test_weights_are_those_on_disk(architecture: str, tmp_path: Path) -> None:
    folder = pairs.save(tmp_path, architecture, seed=3)
    model, tokenizer = load(folder)
    kept = load_file(folder / "model.safetensors")
    assert kept
    for name, tensor in model.state_dict().items():
        if name in kept:
            assert torch.equal(tensor, kept[name])
    replies = Engine(model, tokenizer).generate({"a": "Input: x"}, new_tokens=3)
    assert set(replies) == {"a"}


def test_a_model_in_several_files(tmp_path: Path) -> None:
    folder = pairs.save(tmp_path, max_shard_size="20KB")
    files = files_of(Checkpoint(model=str(folder)), "here")
    shards = {Path(file) for file in files if file.endswith(".safetensors")}
    assert shards == set(folder.glob("*.safetensors"))
    assert len(shards) > 1
    load(folder)
    missing = sorted(folder.glob("*.safetensors"))[0]
    missing.unlink()
    with pytest.raises(EunoeError, match=rf"{missing.name} is missing"):
        open_model(Checkpoint(model=str(folder)), "here")


def test_bfloat16_is_as_asked(llama: Path) -> None:
    model, _ = open_model(Checkpoint(model=str(llama), dtype="bfloat16"), "here")
    assert model.dtype == torch.bfloat16


def test_where_and_as_what_are_arguments(llama: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model, _ = open_model(checkpoint_in(llama), device=torch.device("meta"))
    assert (model.device.type, model.dtype, model.training) == ("meta", torch.float32, False)
    monkeypatch.chdir(llama.parent)
    near, _ = open_model(checkpoint_in(Path(llama.name)))
    far, _ = open_model(checkpoint_in(llama))
    for name, tensor in far.state_dict().items():
        assert torch.equal(tensor, near.state_dict()[name])


def test_files_are_those_that_are_read(llama: Path) -> None:
    names = [Path(file).name for file in files_of(Checkpoint(model=str(llama)), "here")]
    assert {"config.json", "model.safetensors", "tokenizer.json"} <= set(names)
    tokenizer = files_of(Checkpoint(model=str(llama)), "here", weights=False)
    assert "model.safetensors" not in [Path(file).name for file in tokenizer]


def test_files_of_a_model_to_be_made_and_of_one_on_the_hub() -> None:
    made = files_of(Checkpoint(model="data/runs/tongues_en/0"), "here")
    assert "data/runs/tongues_en/0/model.safetensors" in made
    assert files_of(Checkpoint(model="someone/some-model"), "here") == []
    assert is_folder("./some-model")
    assert not is_folder("someone/some-model")


def test_a_tokenizer_of_its_own(llama: Path, tmp_path: Path) -> None:
    pairs.model("opt").save_pretrained(tmp_path / "opt")
    checkpoint = Checkpoint(model=str(tmp_path / "opt"), tokenizer=str(llama))
    assert open_tokenizer(checkpoint, "here")("ab")["input_ids"]
    assert str(llama / "tokenizer.json") in files_of(checkpoint, "here")


# Refused


def test_no_such_folder(tmp_path: Path) -> None:
    assert "no such folder" in refused(tmp_path / "nowhere")


def test_a_hub_id_that_cannot_be_had() -> None:
    with pytest.raises(EunoeError) as caught:
        open_weights(Checkpoint(model="someone/some-model"), "audits.mine.base")
    line = str(caught.value)
    assert line.startswith("audits.mine.base = someone/some-model: no folder here, and the hub")
    assert "\n" not in line


class Trap:
    """Writes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return (Path.write_text, (self.path, "run"))


def test_a_pickle_is_not_read(broken: Path, tmp_path: Path) -> None:
    sprung = tmp_path / "sprung"
    (broken / "model.safetensors").unlink()
    (broken / "pytorch_model.bin").write_bytes(pickle.dumps(Trap(sprung)))
    assert "pytorch_model.bin only, a pickle" in refused(broken)
    assert not sprung.exists()
    with pytest.raises(EunoeError, match="a pickle"):
        files_of(Checkpoint(model=str(broken)), "here")
    pickle.loads((broken / "pytorch_model.bin").read_bytes())
    assert sprung.exists(), "the trap is none"


def edit(folder: Path, name: str, **values: Any) -> None:
    path = folder / name
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("config.json", {"model_type": "novel", "auto_map": {"AutoConfig": "novel.Novel"}}),
        (
            "tokenizer_config.json",
            {"tokenizer_class": "Novel", "auto_map": {"AutoTokenizer": [None, "novel.Novel"]}},
        ),
    ],
    ids=["model", "tokenizer"],
)
def test_code_of_others_runs_only_if_allowed(
    broken: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    values: dict[str, Any],
) -> None:
    monkeypatch.setattr("transformers.dynamic_module_utils.HF_MODULES_CACHE", str(tmp_path / "m"))
    monkeypatch.setattr("sys.path", [*sys.path])
    sprung = tmp_path / "sprung"
    (broken / "novel.py").write_text(f"open({str(sprung)!r}, 'w')\nclass Novel: pass\n")
    edit(broken, name, **values)
    assert "trust_remote_code: true" in refused(broken)
    assert not sprung.exists()
    with pytest.raises(EunoeError):  # as that code is no model
        load(broken, trust_remote_code=True)
    assert sprung.exists()


def test_attention_from_elsewhere(broken: Path) -> None:
    edit(broken, "config.json", attn_implementation="someone/kernel")
    assert "someone/kernel" in refused(broken)


@pytest.mark.parametrize("kind", ["bert", "t5"])
def test_no_causal_model(broken: Path, kind: str) -> None:
    shutil.rmtree(broken)
    model: Any
    if kind == "bert":
        shape: dict[str, Any] = {"hidden_size": 8, "intermediate_size": 8, "vocab_size": 300}
        model = BertForMaskedLM(BertConfig(**shape, num_hidden_layers=1, num_attention_heads=2))
    else:
        model = T5ForConditionalGeneration(
            T5Config(vocab_size=300, d_model=8, d_kv=4, d_ff=8, num_layers=1, num_heads=2)
        )
    model.save_pretrained(broken)
    pairs.tokenizer().save_pretrained(broken)
    assert "is no causal language model" in refused(broken)


def test_a_head_that_is_missing(broken: Path) -> None:
    weights = load_file(broken / "model.safetensors")
    del weights["lm_head.weight"]
    save_file(weights, broken / "model.safetensors", metadata={"format": "pt"})
    assert "lm_head.weight is not among the weights" in refused(broken)


def test_weights_of_another_shape(broken: Path, capfd: pytest.CaptureFixture[str]) -> None:
    edit(broken, "config.json", intermediate_size=48)
    line = "down_proj.weight has the shape (32, 64); allowed: (32, 48), as config.json says"
    assert line in refused(broken)
    assert capfd.readouterr().err == ""


def test_torn_weights(broken: Path) -> None:
    whole = (broken / "model.safetensors").read_bytes()
    (broken / "model.safetensors").write_bytes(whole[: len(whole) // 2])
    assert "does not load" in refused(broken)


def test_a_config_that_is_none(broken: Path) -> None:
    (broken / "config.json").write_text("{")
    refused(broken)
    (broken / "config.json").unlink()
    assert "has no config.json" in refused(broken)


def test_no_tokenizer(broken: Path) -> None:
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (broken / name).unlink()
    assert "has no tokenizer" in refused(broken)


def test_an_adapter(broken: Path) -> None:
    (broken / "adapter_config.json").write_text('{"base_model_name_or_path": "someone/else"}')
    assert "merge" in refused(broken)


def test_a_run_whose_changes_are_in_an_adapter(broken: Path) -> None:
    """Its weights are the base's: asked as a stranger's model, it would seem to have kept all."""
    (broken / "adapters" / "lora").mkdir(parents=True)
    with pytest.raises(EunoeError, match=r"^x = .*: what the run has learnt is in adapters/lora"):
        open_model(Checkpoint(model=str(broken)), "x")
    open_model(Checkpoint(model=str(broken)))  # as the workflow opens its own, to attach it


def test_a_tokenizer_of_another_model(tmp_path: Path) -> None:
    tokenizer = pairs.tokenizer()
    model = pairs.model("llama")
    model.resize_token_embeddings(200)
    model.save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    assert "258 words, the model has embeddings for 200" in refused(tmp_path)


# Chat templates


def test_an_unknown_chat_template(tmp_path: Path) -> None:
    with pytest.raises(EunoeError, match=r"mine = chatml: no chat template has that name; allowed"):
        template_in("chatml", "mine")
    with pytest.raises(EunoeError, match="that model has no chat template"):
        template_of_model(pairs.tokenizer(), "tuned", "mine")


def test_a_chat_template_wraps_what_the_model_is_shown() -> None:
    model, tokenizer = pairs.model("llama"), pairs.tokenizer()
    template = "<s>{{ messages[0].content }}!{% if add_generation_prompt %} so{% endif %}"
    chat = ChatEngine(model, tokenizer, template=template)
    plain = Engine(model, tokenizer)
    asked = {"a": "one", "b": "three"}
    shown = {name: f"<s>{prompt}! so" for name, prompt in asked.items()}
    assert chat.generate(asked, 4) == plain.generate(shown, 4)
    options = {"a": ["1", "2"], "b": ["3", "4"]}
    assert chat.log_likelihoods(asked, options) == plain.log_likelihoods(shown, options)
    assert chat.batches(asked, 4) == plain.batches(shown, 4)


def test_a_chat_template_stands_behind_a_soft_prompt() -> None:
    template = "{% for m in messages %}<{{ m.content }}>{% endfor %}"
    model, tokenizer, prefix = pairs.model("llama"), pairs.tokenizer(), [40, 50, 60]
    chat = ChatEngine(model, tokenizer, prefix=prefix, template=template)
    plain = Engine(model, tokenizer, prefix=prefix)
    prompts = {"a": "one", "b": "two and two"}
    found = chat.prompt_log_likelihoods(prompts)
    assert found == plain.prompt_log_likelihoods(chat.wrapped(prompts))
    assert found != ChatEngine(model, tokenizer, template=template).prompt_log_likelihoods(prompts)


def test_a_chat_template_that_fails_names_the_item() -> None:
    template = "{{ raise_exception('no system') }}"
    chat = ChatEngine(pairs.model("llama"), pairs.tokenizer(), template=template)
    with pytest.raises(EunoeError, match=r"item a: the chat template fails \(no system\)"):
        chat.generate({"a": "one"}, 1)
