"""How long the workflow takes, and the most memory that a job of it takes.

Each scale runs in a fresh clone of the checkout, at each commit: from nothing to the report, then a
dry run with nothing to do. Times are of the whole command, from outside.
"""

import argparse
import csv
import os
import platform
import subprocess
import tempfile
import time
from itertools import product
from pathlib import Path

ROOT = Path(__file__).parent.parent
OVERLAYS = {"main": [], "smoke": ["--configfile", "workflow/presets/smoke.yaml"]}


def timed(command: list[str], folder: Path) -> float:
    """Run a command in a folder and return the seconds that it took."""
    begin = time.perf_counter()
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return time.perf_counter() - begin


def jobs_of(folder: Path) -> tuple[float, str, int, float]:
    """Return the largest resident memory of a job, in MB, and the job; how many jobs there were,
    and their CPU seconds together."""
    jobs, seconds = [], []
    for path in (folder / "data/benchmarks").rglob("*.tsv"):
        for row in csv.DictReader(path.open(), delimiter="\t"):
            seconds.append(0.0 if row["cpu_time"] in ("-", "NA") else float(row["cpu_time"]))
            if row["max_rss"] not in ("-", "NA"):
                name = str(path.relative_to(folder / "data/benchmarks").with_suffix(""))
                jobs.append((float(row["max_rss"]), name))
    return *max(jobs), len(seconds), sum(seconds)


def main() -> None:
    """Print a row for each scale."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scales", nargs="*", choices=list(OVERLAYS), default=list(OVERLAYS))
    parser.add_argument("--cores", default="2")
    parser.add_argument("--commits", nargs="+", default=["HEAD"])
    arguments = parser.parse_args()
    print(f"{platform.platform()}, {os.cpu_count()} cores, {arguments.cores} used\n")
    print("| commit | scale | whole run | jobs, CPU time | dry run, nothing to do | largest job |")
    print("|---|---|---|---|---|---|")
    for commit, scale in product(arguments.commits, arguments.scales):
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch) / "eunoe"
            subprocess.run(["git", "clone", "--quiet", ROOT, folder], check=True)
            subprocess.run(["git", "checkout", "--quiet", commit], cwd=folder, check=True)
            command = ["snakemake", "--cores", arguments.cores, *OVERLAYS[scale]]
            whole, dry = timed(command, folder), timed([*command, "--dry-run"], folder)
            memory, job, jobs, cpu = jobs_of(folder)
            print(
                f"| {commit} | {scale} | {whole:.0f} s | {jobs}, {cpu:.0f} s | {dry:.1f} s"
                f" | {memory:.0f} MB ({job}) |",
                flush=True,
            )


if __name__ == "__main__":
    main()
