"""The programs: peers installed from Debian, the references compiled, raccord built."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

BENCH = Path(__file__).resolve().parents[1]
ROOT = BENCH.parent

# A command, the Debian package that brings it, and how it tells its version.
PEERS = {
    "cc": (["gcc", "libc6-dev"], ["--version"]),
    "strip": (["binutils"], ["--version"]),
    "socat": (["socat"], ["-V"]),
    "ncat": (["ncat"], ["--version"]),
    "nc": (["netcat-openbsd"], ["-h"]),
    "iperf3": (["iperf3"], ["--version"]),
    "openssl": (["openssl"], ["version"]),
}


def install_missing() -> None:
    missing = [package for command, (packages, _) in PEERS.items() if not shutil.which(command) for package in packages]
    if not missing:
        return
    print(f"missing: {' '.join(missing)}", file=sys.stderr)
    as_root = [] if os.geteuid() == 0 else ["sudo"]
    environment = [*as_root, "env", "DEBIAN_FRONTEND=noninteractive"]
    # one broken source of packages must not keep the others from being used; what counts is what is there afterwards
    try:
        subprocess.run([*environment, "apt-get", "-qq", "update"], stdout=subprocess.DEVNULL)
        install = ["apt-get", "-qq", "install", "-y", "--no-install-recommends", *missing]
        subprocess.run([*environment, *install], stdout=subprocess.DEVNULL)
    except FileNotFoundError as error:
        print(f"cannot install them: {error}", file=sys.stderr)
    if still := [command for command in PEERS if not shutil.which(command)]:
        sys.exit(f"bench/run: {', '.join(still)} missing: as root: apt-get update && apt-get install {' '.join(missing)}")


def compile_references(into: Path) -> None:
    into.mkdir()
    for source in sorted((BENCH / "c").glob("*.c")):
        subprocess.run(["cc", "-O2", "-Wall", "-Wextra", "-Werror", "-o", into / source.stem, source], check=True)


def build_raccord() -> Path:
    """The release build, as people keep it."""
    build = ["cargo", "build", "--release", "--locked", "-p", "raccord"]
    print(" ".join(build), file=sys.stderr)
    if subprocess.run(build, cwd=ROOT, stdin=subprocess.DEVNULL).returncode != 0:
        sys.exit("bench/run: raccord cannot be built")
    return ROOT / os.environ.get("CARGO_TARGET_DIR", "target") / "release" / "raccord"


def versions() -> dict[str, str]:
    """The line in which each peer names itself."""
    return {command: _version(command, ask) for command, (_, ask) in PEERS.items() if command != "strip"}


def _version(command: str, ask: list[str]) -> str:
    ran = subprocess.run([command, *ask], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    lines = [line.strip() for line in (ran.stdout + ran.stderr).splitlines() if line.strip()]
    return next((line for line in lines if "ersion" in line), lines[0] if lines else "unknown")
