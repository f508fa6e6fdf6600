"""The metadata of every table and weight file: how it was made."""

import hashlib
import json
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

PACKAGES = ("eunoe", "torch", "transformers", "pyarrow", "pandas", "numpy")


def digest_of(settings: dict[str, Any]) -> str:
    """Return a digest of JSON-like settings that does not depend on the order of keys."""
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:16]


def version_of(package: str) -> str:
    """Return a package's version; eunoe itself may run from its checkout, not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def git_commit() -> str:
    """Return the commit of the checkout that holds the package, or "unknown" outside of one."""
    command = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty"]
    try:
        return subprocess.run(command, capture_output=True, check=True, text=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def processor() -> str:
    """Return the processor's name, which Python itself does not know on Linux."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or "unknown processor"
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else "unknown processor"


def provenance(settings: dict[str, Any], device: str = "cpu") -> dict[str, Any]:
    """Return settings and their digest, seed, versions, commit and device."""
    return {
        "settings": settings,
        "digest": digest_of(settings),
        "seed": settings.get("seed"),
        "versions": {name: version_of(name) for name in PACKAGES},
        "python": platform.python_version(),
        "commit": git_commit(),
        "device": device,
        "machine": f"{platform.system()} {platform.machine()}, {processor()}",
    }
