"""Numbers of weights, from the headers of files of weights."""

from collections.abc import Iterable
from math import prod
from pathlib import Path

from safetensors import SafetensorError, safe_open

from eunoe.errors import EunoeError


def parameters_of(weights: Iterable[Path]) -> dict[str, int]:
    """Return the number of weights by model, from `{model}/{seed}/model.safetensors` files.

    Nothing but the headers is read. EunoeError with the file if it is no such file.
    """
    return {path.parent.parent.name: count(path) for path in weights}


def count(path: Path) -> int:
    """Return the number of weights in a file; shared weights count once."""
    try:
        with safe_open(path, framework="np") as opened:
            shapes = [opened.get_slice(name).get_shape() for name in opened.keys()]  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise EunoeError(f"{path}: not a readable safetensors file ({error})") from None
    return sum(prod(shape) for shape in shapes)
