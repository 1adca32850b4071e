"""A server on one core, `load` on the other, and what the server took for each request."""

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .ground import Ground


@dataclass(frozen=True)
class Asked:
    cpu: float  # microseconds of the server for a request
    rate: float  # requests a second


def ask(ground: Ground, server: Sequence[str | Path], connections: int, requests: int, use: str = "kept") -> Asked:
    """Starts the server, asks it, ends it. What `load` does before it is ready is not counted."""
    with ground.on_server_core(*server) as answering:
        words = [ground.tool("load"), str(answering.port()), str(connections), str(requests), use]
        with ground.on_load_core(*words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as asking:
            asking.line()
            before = answering.cpu()
            asking.go()
            answered, seconds = asking.line().split()
            cpu = answering.cpu() - before
            asking.wait()
    return Asked(cpu / int(answered) * 1e6, int(answered) / float(seconds))
