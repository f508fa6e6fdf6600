"""Transforms one after the other."""

from __future__ import annotations

import pytest
import torch
import yaml
from pydantic import TypeAdapter, ValidationError

from eunoe.errors import EunoeError
from eunoe.transforms import AnyTransform, Labels, Transform, parse_transform
from eunoe.transforms.chain import Chain
from eunoe.transforms.ciphers import Leetspeak, ReverseWords


def chain(*links: object) -> Transform:
    return parse_transform({"name": "chain", "transforms": list(links)})


def test_encode_goes_in_order_and_decode_back() -> None:
    both = chain("pig_latin", "leetspeak")
    assert both.encode("The old dog") == "^3-7h4y 0ldw4y 0g-d4y"
    assert both.decode("^3-7h4y 0ldw4y 0g-d4y") == "The old dog"
    assert chain("leetspeak", "pig_latin").encode("The old dog") != both.encode("The old dog")
    assert both.encode_all(["a", "The"]) == ["4w4y", "^3-7h4y"]
    assert both.decode_all(["4w4y", "^3-7h4y"]) == ["a", "The"]


def test_yaml_names_a_chain() -> None:
    parsed = parse_transform(
        yaml.safe_load("{name: chain, transforms: [leetspeak, reverse_words]}")
    )
    assert parsed == Chain(transforms=[Leetspeak(), ReverseWords()])
    assert parsed.label == "leetspeak+reverse_words"
    adapter: TypeAdapter[Transform] = TypeAdapter(AnyTransform)
    assert adapter.validate_json(adapter.dump_json(parsed)) == parsed


def test_a_chain_is_exact_if_all_are() -> None:
    assert chain("leetspeak", "rot13").exact
    assert not chain("leetspeak", "upper_case").exact


def test_a_chain_takes_what_all_take() -> None:
    assert chain("identity").takes == {"regression", "language"}
    assert chain("identity", "rot13").takes == {"language"}
    assert chain("leetspeak", "rot13").languages is None
    apertium = {"name": "apertium", "source": "en", "to": "es"}
    assert chain("identity", apertium, "rot13").languages == ("en",)


def test_a_chain_over_labels() -> None:
    twice = chain({"name": "scale", "gamma": 2}, {"name": "scale", "gamma": 4}, "identity")
    assert twice.takes == {"regression"}
    assert twice.label == "scale(2)+scale(4)+identity"
    asked = Labels(torch.ones(2, 3, 1), torch.ones(2, 3))
    assert twice.encode(asked).xs is asked.xs
    assert torch.equal(twice.encode(asked).ys, 8 * asked.ys)
    assert torch.equal(twice.decode(8 * asked.ys), asked.ys)


@pytest.mark.parametrize(
    ("links", "reason"),
    [
        ([], "at least 1"),
        (["leetspeak", {"name": "scale", "gamma": 2}], "they take different prompts"),
        (
            [
                {"name": "apertium", "source": "en", "to": "es"},
                {"name": "apertium", "source": "es", "to": "en"},
            ],
            r"no language that all take; allowed: apertium\(en-es\) ",
        ),
        (["twist"], "no such transform; allowed: identity, "),
        ([{"name": "scale", "gamma": 0}], "greater than 0"),
        ([{"name": "chain", "transforms": ["rot13"]}], "a chain within a chain"),
    ],
)
def test_a_chain_that_does_not_hold(links: list[object], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        chain(*links)


def test_an_error_names_the_transform_within() -> None:
    with pytest.raises(EunoeError, match=r"^leetspeak: 'я' \(U\+044F\) at position 1 of 'aя'"):
        chain("reverse_words", "leetspeak").encode("aя")
