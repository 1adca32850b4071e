"""A benchmark that does not check what came is worthless: bytes that are lost, swapped or wrong must be found."""

import subprocess

from .ground import Ground


def check_the_checks(ground: Ground) -> None:
    """Fails if the sink or the load takes what is not right."""
    size = 1 << 20
    right = subprocess.run([ground.tool("pattern"), "make", str(size)], capture_output=True, check=True).stdout
    page = 4096
    streams = {
        "what was sent": (right, True),
        "what lacks its end": (right[:-1], False),
        "what lacks a page": (right[:page] + right[2 * page :] + right[:page], False),
        "what has a word wrong": (right[:page] + b"!" + right[page + 1 :], False),
    }
    for check in ("check", "check-all"):
        for what, (stream, fine) in streams.items():
            ran = subprocess.run([ground.tool("pattern"), check, str(size)], input=stream, capture_output=True)
            if (ran.returncode == 0) != fine:
                raise AssertionError(f"pattern {check} {'refuses' if not fine else 'takes'} {what}: it should not")

    servers = {"an echo server": ("cat", True), "one that changes a byte": ("stdbuf -o0 tr '\\000' x", False)}
    for what, (answer, fine) in servers.items():
        _check_load(ground, what, answer, fine)


def _check_load(ground: Ground, what: str, answer: str, fine: bool) -> None:
    with ground.on_server_core("ncat", "-lk", "-c", answer, "127.0.0.1", "0") as server:
        words = [ground.tool("load"), str(server.port()), "1", "1", "each"]
        ran = subprocess.run(words, input=b"go\n", capture_output=True, timeout=30)
    if (ran.returncode == 0) != fine:
        raise AssertionError(f"load, asking {what}, ends with {ran.returncode}: {ran.stderr.decode()}")
