"""The device that a job computes on, and its name for the record."""

import os

import torch

from eunoe.errors import EunoeError


def find_device(gpus: int) -> torch.device:
    """Return the device for a job that was granted so many GPUs; EunoeError if there is none."""
    if gpus == 0:
        # as many threads as the rule has been granted
        torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
        return torch.device("cpu")
    if not torch.cuda.is_available():
        raise EunoeError(
            f"resources: gpu = {gpus}, but torch {torch.__version__} finds no CUDA device;"
            " allowed here: gpu = 0"
        )
    return torch.device("cuda")


def device_name(device: torch.device) -> str:
    """Return what a device is, for the record."""
    if device.type == "cpu":
        return f"cpu, {torch.get_num_threads()} thread(s)"
    return torch.cuda.get_device_name(device)
