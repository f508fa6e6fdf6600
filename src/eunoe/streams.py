"""Random numbers as pure functions of a seed, a purpose and counters."""

from zlib import crc32

import numpy as np


def stream(seed: int, purpose: str, *counters: int) -> np.random.Generator:
    """Return the generator of one purpose, such as "pretrain/noise" at one step.

    Streams of different purposes are independent, so that, say, the noise can change and the tasks
    stay; the same arguments give the same numbers in any order of calls, on any device. A
    purpose always has the same number of counters: numpy cannot tell a last 0 from none.
    """
    return np.random.default_rng([seed, crc32(purpose.encode()), *counters])
