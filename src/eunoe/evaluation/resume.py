"""A journal of finished work, one result per line, that survives a kill at any moment."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from eunoe.errors import EunoeError

LOG = logging.getLogger(__name__)


class Journal:
    """Results by name in a file: a line with a digest, then a line of JSON for each result.

    A result counts when its line is complete. An incomplete last line is cut off. A file of other
    settings, or one that is not a journal, is named in the log and replaced.
    """

    def __init__(self, path: Path, digest: str) -> None:
        self.path = path
        self.digest = digest
        self.done: dict[str, dict[str, Any]] = {}
        """What the file has."""
        try:
            self.open()
        except OSError as error:
            raise EunoeError(f"{path}: cannot be read or written ({error})") from None

    def open(self) -> None:
        """Read the complete lines and cut off the rest, or start a new file."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        content = self.path.read_bytes() if self.path.exists() else b""
        whole = 0
        for number, line in enumerate(content.splitlines(keepends=True)):
            entry = parse(line)
            if number == 0 and entry != {"digest": self.digest}:
                LOG.warning("resume file not used, starting anew: %s: other settings", self.path)
                break
            if entry is None or (number > 0 and not is_result(entry)):
                LOG.warning("resume file cut after %d results: %s: torn", number - 1, self.path)
                break
            whole += len(line)
            if number > 0:
                self.done[entry["name"]] = entry["result"]
        if whole == 0:
            self.write("wb", [{"digest": self.digest}])
        elif whole < len(content):
            os.truncate(self.path, whole)
        if self.done:
            LOG.info("going on after %d results", len(self.done))

    def append(self, results: Mapping[str, Mapping[str, Any]]) -> None:
        """Keep results; when this returns they are on the disk."""
        try:
            self.write("ab", [{"name": name, "result": row} for name, row in results.items()])
        except OSError as error:
            raise EunoeError(f"{self.path}: cannot be written ({error})") from None
        self.done.update({name: dict(row) for name, row in results.items()})

    def write(self, mode: str, entries: Iterable[Mapping[str, Any]]) -> None:
        """Write entries and wait until the disk has them."""
        lines = [f"{json.dumps(entry)}\n".encode() for entry in entries]
        with self.path.open(mode) as file:
            file.write(b"".join(lines))
            file.flush()
            os.fsync(file.fileno())


def parse(line: bytes) -> dict[str, Any] | None:
    """Return a line's JSON object, or None if the line is incomplete."""
    if not line.endswith(b"\n"):
        return None
    try:
        entry = json.loads(line)
    except ValueError:  # torn, or no UTF-8
        return None
    return entry if isinstance(entry, dict) else None


def is_result(entry: Mapping[str, Any]) -> bool:
    """Tell whether a line is one that `Journal.append` has written."""
    return isinstance(entry.get("name"), str) and isinstance(entry.get("result"), dict)
