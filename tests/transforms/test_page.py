"""docs/transforms.md lists every transform as it is, and its examples work."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from eunoe.transforms import GROUP, TextTransform, parse_transform, registry
from eunoe.transforms.registered import BUILT_IN

PAGE = (Path(__file__).parents[2] / "docs/transforms.md").read_text()
ROWS = {
    cells[0].strip("`"): cells[1:]
    for line in re.findall(r"^\| (`.+) \|$", PAGE, re.MULTILINE)
    for cells in [[cell.strip() for cell in line.split("|")]]
}
KINDS = {"labels": "regression", "text": "language"}


def block(language: str, number: int = 0) -> str:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)[number]


def test_every_transform_has_a_row() -> None:
    assert list(ROWS) == list(BUILT_IN)


@pytest.mark.parametrize("name", [name for name in BUILT_IN if name != "chain"])
def test_a_row_says_what_the_class_does(name: str) -> None:
    takes, exact, _, shown = ROWS[name]
    transform = registry()[name]
    assert {KINDS[kind] for kind in takes.split(", ")} == transform.takes
    assert exact == ("yes" if transform.exact else "no")
    if found := re.fullmatch(r"`(.+)` as `(.+)`", shown):
        assert parse_transform(name).encode(found[1]) == found[2]


def test_the_ciphers_codes_are_those_of_the_page() -> None:
    section = PAGE.split("## The ciphers")[1]
    for name, wanted in (("leetspeak", 1), ("pig_latin", 3)):
        line = section.split(f"**{name}**")[1].split("\n- ")[0]
        pairs = re.findall(r"`(\S+)`\s+is\s+`(\S+)`", line)
        pairs += re.findall(r"`(\S+)` \(`(\S+)`\)", line)
        assert len(pairs) >= wanted
        assert all(parse_transform(name).encode(plain) == code for plain, code in pairs)


def test_the_examples_in_yaml_are_read() -> None:
    examples = yaml.safe_load(block("yaml"))["transforms"] + yaml.safe_load(block("yaml", 1))
    labels = [parse_transform(example).label for example in examples]
    assert labels == [
        "identity",
        "leetspeak",
        "pig_latin+rot13",
        "apertium(en-es)",
        "marian(en-fr)",
    ]


def test_the_example_of_a_class_works() -> None:
    names: dict[str, Any] = {"__name__": "your_package"}
    exec(compile(block("python"), "docs/transforms.md", "exec", dont_inherit=True), names)
    spaced = names["Spaced"](separator="·")
    assert isinstance(spaced, TextTransform)
    assert spaced.encode("The dog") == "T·h·e d·o·g"
    assert spaced.decode_all(["d·o·g", ""]) == ["dog", ""]
    entries = tomllib.loads(block("toml"))["project"]["entry-points"][GROUP]
    assert entries == {spaced.name: "your_package:Spaced"}
