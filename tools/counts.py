"""Print how large the workflow and the package are, and fail where one has outgrown its house.

python tools/counts.py

The limits keep each rule readable on its own and each file readable in one sitting. What comes near
one wants a simpler design, not a larger number.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parent.parent
LIMITS = {
    "rules": 16,
    "lines of rules": 1000,
    "stages": 14,
    "lines of the longest module": 400,
    "lines of the package": 18000,
}


def main() -> None:
    """Print each count with its limit."""
    found = counts()
    for name, count in found.items():
        over = "  over the limit" if count > LIMITS[name] else ""
        print(f"{name:28} {count:6,} of {LIMITS[name]:6,}{over}")
    sys.exit(any(count > LIMITS[name] for name, count in found.items()))


def counts() -> dict[str, int]:
    """Return every count by its name."""
    rules = [ROOT / "Snakefile", *(ROOT / "workflow/rules").glob("*.smk")]
    package = [*(ROOT / "src/eunoe").rglob("*.py")]
    stages = (ROOT / "src/eunoe/stages").glob("[a-z]*.py")
    texts = [path.read_text() for path in rules]
    return {
        "rules": sum(len(re.findall(r"^ *(?:use )?rule\b", text, re.M)) for text in texts),
        "lines of rules": lines(rules),
        "stages": len([path for path in stages if path.stem != "command"]),
        "lines of the longest module": max(lines([path]) for path in package),
        "lines of the package": lines(package),
    }


def lines(paths: Iterable[Path]) -> int:
    """Return how many lines files have together."""
    return sum(len(path.read_text().splitlines()) for path in paths)


if __name__ == "__main__":
    main()
