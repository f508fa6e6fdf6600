"""The page of an audit: complete, self-contained, and safe whatever a name says."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from eunoe.config.audits import Rule
from eunoe.labs.audit.page import page
from tests.labs.audit.planted import BASE, TUNED, judged

TEMPLATE = Path(__file__).parents[3] / "src/eunoe/report/audit.html"
EVIL = "<script>alert(1)</script>"


class Reader(HTMLParser):
    """Collects tags with their attributes, and checks that they close."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "img", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def made(side: str) -> dict[str, Any]:
    checkpoint: dict[str, Any] = {
        "model": f"models/{side}{EVIL}",
        "revision": None,
        "tokenizer": None,
    }
    checkpoint |= {"trust_remote_code": side == "tuned"}
    settings = {
        "checkpoint": checkpoint,
        "commit": None,
        "weights": "float32",
        "files": {f"models/{side}/config.json": "0123"},
        "new_tokens": 10,
        "chat_template": None,
        "asked": {"texts": {"prompts": [{"file": EVIL, "kind": "refusals", "keep_texts": False}]}},
    }
    known = {"versions": {"torch": "2"}, "python": "3", "commit": "abc"}
    return {**known, "settings": settings, "machine": "here", "device": "cpu"}


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> str:
    picture = tmp_path_factory.mktemp("page") / "h.svg"
    picture.write_text("<svg/>")
    return page(
        TEMPLATE.read_text(),
        audit="mine",
        home="en",
        rule=Rule(margin=0.07),
        level=0.9,
        verdicts=judged(BASE, TUNED),
        sides={side: made(side) for side in ("base", "tuned")},
        items=made("items"),
        picture=picture,
    )


def test_the_page_is_whole_and_needs_no_other_file(text: str) -> None:
    reader = Reader()
    reader.feed(text)
    assert reader.open == []
    ids = {attributes["id"] for _, attributes in reader.tags if "id" in attributes}
    for tag, attributes in reader.tags:
        for key in ("src", "href"):
            if value := attributes.get(key):
                assert value.startswith("data:") or value[1:] in ids, (tag, value)
    assert "script" not in {tag for tag, _ in reader.tags}


def test_names_are_escaped(text: str) -> None:
    assert EVIL not in text
    assert "&lt;script&gt;" in text


def test_code_of_one_model_that_was_allowed_is_said(text: str) -> None:
    assert "Foreign code was allowed." in " ".join(text.split())


def test_the_rule_is_the_one_that_was_used(text: str) -> None:
    assert "surely below 7 points" in text
    assert "with 90% intervals" in text


def test_every_verdict_is_there(text: str) -> None:
    verdicts = judged(BASE, TUNED)
    plain = verdicts[verdicts["transform"] == "identity"]
    assert text.count('<span class="verdict ') == len(plain)
    words = " ".join(text.split())
    assert "2 suppressed, 0 not recovered" in words
    assert "over items of these two fixed models" in words


def test_the_page_never_says_that_something_is_lost(text: str) -> None:
    assert "lost" not in text.split("<style>")[1]


def test_the_share_that_comes_back_is_shown(text: str) -> None:
    verdicts = judged(BASE, TUNED)
    best = verdicts.loc[verdicts["transform"] == "language(fr)", "share"].iloc[0]
    assert f"{100 * best:.0f}%" in text
