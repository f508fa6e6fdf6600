"""Atomic writing: a file is either complete or absent."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from eunoe.errors import EunoeError


@contextmanager
def atomic(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; at the end it becomes `path`, on an error it goes.

    The data are on the disk before the name is, so that a crash never leaves a named, torn file;
    what a killed process leaves under the temporary name, the next writer replaces. EunoeError if
    the file cannot be written, as on a full disk.
    """
    temporary = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        with temporary.open("rb") as written:
            os.fsync(written.fileno())
        temporary.chmod(0o666 & ~umask())  # some libraries create files that only the owner reads
        temporary.replace(path)
    except OSError as error:
        raise EunoeError(f"{path}: cannot be written ({error})") from error
    finally:
        with suppress(OSError):
            temporary.unlink()


def digest_of_file(path: Path) -> str:
    """Return a digest of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]


def umask() -> int:
    """Return the process's umask, which can only be read by setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
