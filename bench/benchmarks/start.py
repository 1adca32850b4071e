"""How long raccord takes to start and say its help, beside a program that does nothing."""

import os
import time
from functools import partial
from statistics import median

from harness.figures import Figure, at_most
from harness.ground import Ground


def run(ground: Ground) -> list[Figure]:
    words = {"raccord": [str(ground.raccord), "--help"], "/bin/true": ["/bin/true"]}
    times = ground.size(200, 20)
    ran = ground.rounds({name: partial(typical, each, times) for name, each in words.items()})
    return [Figure("start to the end of --help", "ms", at_most(3.0), ran["raccord"], "/bin/true", ran["/bin/true"])]


def typical(words: list[str], times: int) -> float:
    """The median time, in milliseconds, from the start of the program to its end."""
    return median(once(words) for _ in range(times)) * 1e3


def once(words: list[str]) -> float:
    nowhere = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    start = time.perf_counter()
    pid = os.posix_spawn(words[0], words, os.environ, file_actions=nowhere)
    _, status = os.waitpid(pid, 0)
    seconds = time.perf_counter() - start
    if status != 0:
        raise ValueError(f"{' '.join(words)} failed")
    return seconds
