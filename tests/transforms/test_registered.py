"""What the config may name as a transform, and what packages may add."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from types import ModuleType
from typing import Any, Literal

import pytest
import torch
import yaml
from pydantic import TypeAdapter, ValidationError
from torch import Tensor

from eunoe.config.probes.regression import RegressionProbe
from eunoe.errors import EunoeError
from eunoe.transforms import (
    AnyTransform,
    Labels,
    TextTransform,
    Transform,
    modules_behind,
    parse_transform,
    registry,
)
from eunoe.transforms.labels import Scale, Shrink
from eunoe.transforms.plain import Identity


class Flip(Transform):
    """What a package might add: the labels' signs change."""

    name: Literal["flip"] = "flip"
    times: int = 1

    def encode(self, prompt: Labels) -> Labels:
        return Labels(prompt.xs, (-1) ** self.times * prompt.ys)

    def decode(self, answer: Tensor) -> Tensor:
        return answer * (-1.0) ** self.times


# Configuration


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("identity", Identity()),
        ("{name: identity}", Identity()),
        ("{name: scale, gamma: 2}", Scale(gamma=2)),
        ("{name: shrink, gamma: 1.5}", Shrink(gamma=1.5)),
    ],
)
def test_yaml_names_a_transform(text: str, expected: Transform) -> None:
    parsed = parse_transform(yaml.safe_load(text))
    assert parsed == expected
    assert type(parsed) is type(expected)
    adapter: TypeAdapter[Transform] = TypeAdapter(AnyTransform)
    assert adapter.validate_json(adapter.dump_json(parsed)) == expected


@pytest.mark.parametrize(
    "text", ["rotate", "{name: rotate}", "{name: [scale]}", "{gamma: 2}", "3", "[scale]", "{}"]
)
def test_an_unknown_transform_is_named_with_what_is_allowed(text: str) -> None:
    with pytest.raises(ValueError, match="no such transform; allowed: identity, scale, shrink"):
        parse_transform(yaml.safe_load(text))


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("scale", "gamma"),
        ("{name: scale, gamma: 0}", "gamma"),
        ("{name: scale, gamma: -1}", "gamma"),
        ("{name: scale, gamma: .inf}", "gamma"),
        ("{name: shrink, gamma: .nan}", "gamma"),
        ("{name: scale, gamma: 2, delta: 1}", "delta"),
        ("{name: identity, gamma: 2}", "gamma"),
    ],
)
def test_a_wrong_argument_is_an_error_at_its_key(text: str, where: str) -> None:
    with pytest.raises(ValidationError) as error:
        parse_transform(yaml.safe_load(text))
    assert error.value.errors()[0]["loc"] == (where,)


def test_labels_are_short_and_tell_transforms_apart() -> None:
    gammas = (0.5, 1, 1.5, 2, 10)
    found = [Identity(), *(kind(gamma=gamma) for kind in (Scale, Shrink) for gamma in gammas)]
    labels = [transform.label for transform in found]
    assert labels[:5] == ["identity", "scale(0.5)", "scale(1)", "scale(1.5)", "scale(2)"]
    assert len(set(labels)) == len(labels)


def test_a_probe_cannot_hold_two_transforms_of_one_label() -> None:
    # equal to the six digits of a label, so the tables could not tell them apart
    twice = [{"name": "scale", "gamma": gamma} for gamma in (2, 2.0000001)]
    with pytest.raises(ValidationError, match=r"scale\(2\) is given twice"):
        RegressionProbe.model_validate(
            {
                "kind": "regression",
                "world": "linear",
                "prompts": {"validation": 2, "test": 2},
                "transforms": ["identity", *twice],
                "task_weights": {"contexts": 2, "queries": 2, "exemplars": [1]},
            }
        )


TEXT = "The 3 old dogs,\n  in the  wall: Été!"
ARGUMENTS: dict[str, dict[str, Any]] = {
    "scale": {"gamma": 2},
    "shrink": {"gamma": 2},
    "chain": {"transforms": ["leetspeak", "reverse_words"]},
    "apertium": {"source": "en", "to": "es"},
    "marian": {"model": "there", "back": "again", "source": "en", "to": "fr"},
}


def every() -> Iterator[Transform]:
    for name, transform in registry().items():
        if transform.__module__.startswith("eunoe.transforms."):
            yield parse_transform({"name": name, **ARGUMENTS.get(name, {})})


def test_every_transform_says_what_it_takes() -> None:
    takes = {transform.name: transform.takes for transform in every()}
    assert takes.pop("identity") == {"regression", "language"}
    assert takes.pop("scale") == takes.pop("shrink") == {"regression"}
    assert set(takes) >= {"leetspeak", "pig_latin", "reverse_words", "rot13", "upper_case"}
    assert set(takes) >= {"chain", "apertium", "marian"}
    assert all(kinds == {"language"} for kinds in takes.values())


def test_languages_and_exactness() -> None:
    found = {transform.label: (transform.languages, transform.exact) for transform in every()}
    assert found.pop("apertium(en-es)") == (("en",), False)
    assert found.pop("marian(en-fr)") == (("en",), False)
    assert {languages for languages, _ in found.values()} == {None}
    assert [label for label, (_, exact) in found.items() if not exact] == [
        "shrink(2)",
        "upper_case",
    ]


def test_every_transform_of_text_takes_many_at_once() -> None:
    for transform in every():
        if "language" not in transform.takes or transform.languages:
            continue  # engines: their own tests
        assert isinstance(transform, TextTransform)
        assert transform.encode_all([TEXT, ""]) == [transform.encode(TEXT), ""]
        shown = transform.encode(TEXT)
        assert transform.decode_all([shown, "", "x"]) == [
            transform.decode(answer) for answer in (shown, "", "x")
        ]
        assert (transform.decode(shown) == TEXT) == transform.exact


def test_reading_a_config_imports_neither_torch_nor_transformers() -> None:
    script = """if True:
        import sys
        from eunoe.transforms import parse_transform, registry
        known = registry()
        parse_transform("pig_latin")
        assert not {"torch", "transformers"} & set(sys.modules), "too much"
        """
    subprocess.run([sys.executable, "-c", script], check=True)


def test_the_modules_behind_transforms() -> None:
    chain = parse_transform({"name": "chain", "transforms": ["rot13", "identity"]})
    assert modules_behind([Scale(gamma=2), chain]) == [
        "eunoe.transforms.chain",
        "eunoe.transforms.ciphers",
        "eunoe.transforms.labels",
        "eunoe.transforms.plain",
    ]
    assert modules_behind([Flip()]) == []


# Packages' own


@pytest.fixture
def plugin(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """A module beside the package, whose entry points the tests choose."""
    module = ModuleType("a_package")
    monkeypatch.setitem(sys.modules, "a_package", module)
    registry.cache_clear()
    yield module
    registry.cache_clear()


def install(monkeypatch: pytest.MonkeyPatch, name: str, value: str = "a_package:Flip") -> None:
    entry = EntryPoint(name=name, value=value, group="eunoe.transforms")

    def found(group: str) -> list[EntryPoint]:
        return [entry] if group == entry.group else []

    monkeypatch.setattr("eunoe.transforms.registered.entry_points", found)


def test_a_package_adds_a_transform(monkeypatch: pytest.MonkeyPatch, plugin: ModuleType) -> None:
    plugin.Flip = Flip  # type: ignore[attr-defined]
    install(monkeypatch, "flip")
    parsed = parse_transform(yaml.safe_load("{name: flip, times: 3}"))
    labels = Labels(torch.ones(2, 3, 1), torch.ones(2, 3))
    assert parsed == Flip(times=3)
    assert parsed.label == "flip"
    assert torch.equal(parsed.encode(labels).ys, -labels.ys)
    # the rule's param holds the arguments of the package's class too
    adapter: TypeAdapter[Transform] = TypeAdapter(AnyTransform)
    assert adapter.dump_python(parsed) == {"name": "flip", "times": 3}
    with pytest.raises(ValueError, match=r"allowed: identity, scale, shrink, .*, flip"):
        parse_transform("rotate")


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("flip", "no_such_package:Flip", "fails to load: No module named 'no_such_package'"),
        ("flip", "a_package:Flop", "fails to load"),
        ("flip", "a_package:other", "is no subclass of Transform"),
        ("scale", "a_package:other", "scale is taken"),
    ],
)
def test_a_broken_package_is_named(
    monkeypatch: pytest.MonkeyPatch, plugin: ModuleType, name: str, value: str, reason: str
) -> None:
    plugin.other = dict  # type: ignore[attr-defined]
    install(monkeypatch, name, value)
    with pytest.raises(EunoeError, match=reason) as error:
        parse_transform("flip")
    assert str(error.value).startswith(f"eunoe.transforms: {name}")
    assert parse_transform("identity").label == "identity"  # which needs no package
