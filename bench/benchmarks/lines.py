"""64-byte lines cut and shown, `listen -o text --frame line` and `-o json`, stdout a pipe to wc."""

import json
import re
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path

from harness.figures import Figure, at_least
from harness.ground import Ground

DIGITS = 63  # and a newline


def run(ground: Ground) -> list[Figure]:
    return [
        figure(ground, "text", 1_000_000, numbers_in_text),
        figure(ground, "json", 400_000, numbers_in_json),
    ]


def figure(ground: Ground, output: str, bound: float, numbers: Callable[[bytes], list[int]]) -> Figure:
    few, many = ground.size(100_000, 2_000), ground.size(3_000_000, 20_000)
    source = lines(ground, few)
    around = check_content(ground, output, source, few, numbers)
    source = lines(ground, many)
    rates = ground.rounds({"raccord": partial(shown, ground, output, source, many, around)})
    return Figure(f"lines shown, -o {output}, a second of its CPU", "/s", at_least(bound), rates["raccord"])


def lines(ground: Ground, count: int) -> Path:
    path = ground.scratch / "lines"
    with path.open("w") as file:
        file.writelines(f"{number:0{DIGITS}}\n" for number in range(count))
    return path


def server(ground: Ground, output: str) -> list[str | Path]:
    return [ground.raccord, "listen", "127.0.0.1:0", "--once", "-o", output, "--frame", "line", "--color", "never"]


def send(ground: Ground, port: int, source: Path) -> None:
    with source.open("rb") as file, ground.on_load_core(ground.tool("copy"), "send", str(port), stdin=file) as sender:
        sender.wait()


def check_content(
    ground: Ground, output: str, source: Path, count: int, numbers: Callable[[bytes], list[int]]
) -> int:
    """Each line must be shown once, in order. Returns how many lines are shown around them (listening, closed, …)."""
    path = ground.scratch / "shown"
    with path.open("wb") as out, ground.on_server_core(*server(ground, output), stdout=out) as showing:
        send(ground, showing.port(), source)
        showing.wait()
    everything = path.read_bytes()
    if numbers(everything) != list(range(count)):
        raise ValueError(f"-o {output} does not show each of the {count:,} lines once, in order")
    return everything.count(b"\n") - count


def numbers_in_text(everything: bytes) -> list[int]:
    return [int(digits) for digits in re.findall(rb"\d{%d}" % DIGITS, everything)]


def numbers_in_json(everything: bytes) -> list[int]:
    events = (json.loads(line) for line in everything.splitlines())
    return [int(event["text"]) for event in events if event["event"] == "received"]


def shown(ground: Ground, output: str, source: Path, count: int, around: int) -> float:
    """Lines a second of the server's CPU; wc must have counted them all."""
    with ground.on_server_core(*server(ground, output), stdout=subprocess.PIPE) as showing:
        with ground.on_load_core("wc", "-l", stdin=showing.stdout, stdout=subprocess.PIPE) as counting:
            send(ground, showing.port(), source)
            cpu = showing.wait().cpu
            came = int(counting.output()) - around
    if came != count:
        raise ValueError(f"-o {output} showed {came:,} lines of {count:,}")
    return count / cpu
