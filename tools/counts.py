"""Print how large the workflow and the package are, and fail where one has outgrown its house.

python tools/counts.py

The limits keep each rule readable on its own and each file readable in one sitting. What comes near
one wants a simpler design, not a larger number. The package is counted by kind of line.
"""

from __future__ import annotations

import ast
import re
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parent.parent
LIMITS = {
    "rules": 16,
    "lines of rules": 1000,
    "stages": 14,
    "lines of the longest module": 400,
}


def main() -> None:
    """Print each count with its limit, and the lines of the package."""
    found = counts()
    for name, count in found.items():
        over = "  over the limit" if count > LIMITS[name] else ""
        print(f"{name:28} {count:6,} of {LIMITS[name]:6,}{over}")
    kinds = sum((kinds_of_lines(path.read_text()) for path in package()), Counter[str]())
    words = ", ".join(f"{count:,} {kind}" for kind, count in kinds.most_common())
    print(f"{'lines of the package':28} {kinds.total():6,}: {words}")
    sys.exit(any(count > LIMITS[name] for name, count in found.items()))


def counts() -> dict[str, int]:
    """Return every count by its name."""
    rules = [ROOT / "Snakefile", *(ROOT / "workflow/rules").glob("*.smk")]
    stages = (ROOT / "src/eunoe/stages").glob("[a-z]*.py")
    texts = [path.read_text() for path in rules]
    return {
        "rules": sum(len(re.findall(r"^ *(?:use )?rule\b", text, re.M)) for text in texts),
        "lines of rules": lines(rules),
        "stages": len([path for path in stages if path.stem != "command"]),
        "lines of the longest module": max(lines([path]) for path in package()),
    }


def package() -> list[Path]:
    """Return the modules of the package."""
    return [*(ROOT / "src/eunoe").rglob("*.py")]


def kinds_of_lines(text: str) -> Counter[str]:
    """Return how many lines of a module are code, docstrings, comments, imports and empty."""
    lines = text.splitlines()
    kinds = ["code"] * len(lines)
    for number, line in enumerate(lines):
        if not line.strip() or line.lstrip().startswith("#"):
            kinds[number] = "comments" if line.strip() else "empty"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            kind = "imports"
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            kind = "docstrings"
        else:
            continue
        end = node.end_lineno or node.lineno
        kinds[node.lineno - 1 : end] = [kind] * (end - node.lineno + 1)
    return Counter(kinds)


def lines(paths: Iterable[Path]) -> int:
    """Return how many lines files have together."""
    return sum(len(path.read_text().splitlines()) for path in paths)


if __name__ == "__main__":
    main()
