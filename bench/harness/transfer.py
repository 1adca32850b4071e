"""One way: a file to a sender, over loopback, a receiver, a pipe, and a sink that checks what comes."""

import os
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .ground import Ground


@dataclass(frozen=True)
class Way:
    """A pair of programs. The receiver listens on a port that the system chooses."""

    receiver: list[str | Path]
    sender: Callable[[int], list[str | Path]]
    open_stdin: bool = False  # the receiver ends with its stdin: let it be a pipe that nobody writes to


@dataclass(frozen=True)
class Ran:
    rate: float  # MiB a second, from the start of the sender to the end of the sink
    cpu: float  # seconds, of sender and receiver


def pattern(ground: Ground, size: int) -> Path:
    """A file in which each word says where it is, so that the sink knows what must come."""
    return ground.file("pattern", [ground.tool("pattern"), "make", str(size)])


def transfer(ground: Ground, way: Way, source: Path, check: str = "check") -> Ran:
    """Sender on one core, receiver and sink on the other. `check-all` looks at every word, and is not for timing."""
    size = source.stat().st_size
    read_end, write_end = os.pipe()
    sink = ground.on_server_core(ground.tool("pattern"), check, str(size), stdin=read_end)
    os.close(read_end)
    stdin = subprocess.PIPE if way.open_stdin else subprocess.DEVNULL
    receiver = ground.on_server_core(*way.receiver, stdin=stdin, stdout=write_end)
    os.close(write_end)
    with sink, receiver, source.open("rb") as file:
        port = receiver.port()
        start = time.monotonic()
        with ground.on_load_core(*way.sender(port), stdin=file) as sender:
            sink.wait()
            seconds = time.monotonic() - start
            cpu = sender.wait().cpu + receiver.wait().cpu
    return Ran(size / 2**20 / seconds, cpu)
