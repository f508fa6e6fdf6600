"""Conjugations: what they undo, what the config may name, and what packages may add."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from types import ModuleType
from typing import Literal

import pytest
import torch
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from torch import Tensor

from eunoe import transforms
from eunoe.config.probes import Probe
from eunoe.errors import EunoeError
from eunoe.regression.bayes import ridge_predict
from eunoe.transforms import (
    AnyTransform,
    Identity,
    Scale,
    Shrink,
    Transform,
    parse_transform,
    registry,
)

GAMMAS = st.floats(0.1, 10)
EXACT = st.one_of(st.just(Identity()), GAMMAS.map(lambda gamma: Scale(gamma=gamma)))


class Flip(Transform):
    """What a package might add: the labels' signs change."""

    name: Literal["flip"] = "flip"
    times: int = 1

    def encode(self, xs: Tensor, ys: Tensor) -> tuple[Tensor, Tensor]:
        return xs, (-1) ** self.times * ys

    def decode(self, answers: Tensor) -> Tensor:
        return answers * (-1.0) ** self.times


def prompts(seed: int = 0) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    xs = torch.randn(3, 6, 4, generator=generator, dtype=torch.float64)
    return xs, torch.randn(3, 6, generator=generator, dtype=torch.float64)


@given(EXACT, st.integers(0, 1000))
def test_an_exact_transform_leaves_ridge_as_it_is(transform: Transform, seed: int) -> None:
    assert transform.exact
    xs, ys = prompts(seed)
    answers = transform.decode(ridge_predict(*transform.encode(xs, ys), sigma=0.7, tau=1.2))
    torch.testing.assert_close(answers, ridge_predict(xs, ys, sigma=0.7, tau=1.2))


@given(GAMMAS.filter(lambda gamma: abs(gamma - 1) > 1e-3))
def test_the_null_control_does_not_undo_itself(gamma: float) -> None:
    shrink, (xs, ys) = Shrink(gamma=gamma), prompts()
    assert not shrink.exact
    assert shrink.encode(xs, ys) == (xs, ys)
    torch.testing.assert_close(gamma * shrink.decode(ys), ys)


@given(EXACT)
def test_decode_undoes_encode_on_labels(transform: Transform) -> None:
    xs, ys = prompts()
    shown_xs, shown_ys = transform.encode(xs, ys)
    assert shown_xs is xs
    torch.testing.assert_close(transform.decode(shown_ys), ys)


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
        Probe.model_validate(
            {
                "world": "linear",
                "prompts": {"validation": 2, "test": 2},
                "transforms": ["identity", *twice],
                "task_weights": {"contexts": 2, "queries": 2, "exemplars": [1]},
            }
        )


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

    monkeypatch.setattr(transforms, "entry_points", found)


def test_a_package_adds_a_transform(monkeypatch: pytest.MonkeyPatch, plugin: ModuleType) -> None:
    plugin.Flip = Flip  # type: ignore[attr-defined]
    install(monkeypatch, "flip")
    parsed = parse_transform(yaml.safe_load("{name: flip, times: 3}"))
    xs, ys = prompts()
    assert parsed == Flip(times=3)
    assert parsed.label == "flip"
    assert torch.equal(parsed.encode(xs, ys)[1], -ys)
    # the rule's param holds the arguments of the package's class too
    adapter: TypeAdapter[Transform] = TypeAdapter(AnyTransform)
    assert adapter.dump_python(parsed) == {"name": "flip", "times": 3}
    with pytest.raises(ValueError, match="allowed: identity, scale, shrink, flip"):
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
        parse_transform("identity")
    assert str(error.value).startswith(f"eunoe.transforms: {name}")
