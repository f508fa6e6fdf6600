"""Print the CPU seconds that a process spends on importing a stage or a library."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

ROUNDS = 3
LIBRARIES = {
    "torch": "import torch",
    "pandas": "import pandas",
    "transformers' LlamaForCausalLM": "from transformers import LlamaForCausalLM",
    "scipy.stats": "import scipy.stats",
    "seaborn": "import seaborn",
    "peft": "import peft",
}
STAGES = Path(__file__).parent.parent / "src/eunoe/stages"


def seconds_of(code: str) -> float:
    """Return the least CPU seconds of a fresh process that runs a line of code."""

    def used() -> float:
        found = resource.getrusage(resource.RUSAGE_CHILDREN)
        return found.ru_utime + found.ru_stime

    taken = []
    for _ in range(ROUNDS):
        before = used()
        subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
        taken.append(used() - before)
    return min(taken)


def main() -> None:
    """Print a table of libraries and stages."""
    stages = sorted(path.stem for path in STAGES.glob("[a-z]*.py") if path.stem != "command")
    lines = LIBRARIES | {f"stage {name}": f"import eunoe.stages.{name}" for name in stages}
    print("| import | CPU seconds |\n|---|---|")
    print(f"| nothing | {seconds_of('pass'):.2f} |")
    for name, code in lines.items():
        print(f"| {name} | {seconds_of(code):.2f} |", flush=True)


if __name__ == "__main__":
    main()
