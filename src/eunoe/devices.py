"""The device that a job computes on, and its name for the record."""

import os

import torch

from eunoe.errors import EunoeError


def find_device(gpus: int, long_prompts: bool = False) -> torch.device:
    """Return the device for a job that was granted so many GPUs; EunoeError if there is none.

    On a CPU, attention over `long_prompts` is computed piece by piece, which saves memory.
    """
    if gpus == 0:
        # as many threads as the rule has been granted
        torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
        if not long_prompts:
            prefer_onednn()
        return torch.device("cpu")
    if not torch.cuda.is_available():
        raise EunoeError(
            f"resources: gpu = {gpus}, but torch {torch.__version__} finds no CUDA device;"
            " allowed here: gpu = 0"
        )
    return torch.device("cuda")


def prefer_onednn() -> None:
    """Have oneDNN multiply float32 matrices, where the CPU has AVX-512 but no AMX.

    There it is twice as fast as torch's default, MKL, which uses AVX2 on processors that are not
    Intel's. torch chooses oneDNN if products may be rounded to bfloat16; measured on such a CPU,
    with AVX-512's bfloat16 instructions too, they are not (a test checks the machine it runs on).
    With AMX they may be, so processors that have it are left out. Flash attention, with one small
    product per head, is slow with oneDNN; attention written out takes all heads in one product.
    """
    processor = torch.cpu.get_capabilities()
    if processor.get("avx512_bw") and not processor.get("amx_tile"):
        torch.set_float32_matmul_precision("medium")
        torch.backends.cuda.enable_flash_sdp(False)  # on a CPU, too


def device_name(device: torch.device) -> str:
    """Return what a device is, for the record."""
    if device.type == "cpu":
        return f"cpu, {torch.get_num_threads()} thread(s)"
    return torch.cuda.get_device_name(device)
