"""How large the program is."""

import subprocess

from harness.figures import Figure, at_most
from harness.ground import Ground


def run(ground: Ground) -> list[Figure]:
    stripped = ground.scratch / "stripped"
    subprocess.run(["strip", "-o", stripped, ground.raccord], check=True)
    return [Figure("the program, stripped", "MiB", at_most(8.0), [stripped.stat().st_size / 2**20])]
