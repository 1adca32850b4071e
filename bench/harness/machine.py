"""The machine that was measured on, and how quiet it was meanwhile."""

import os
import platform
import resource
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .programs import ROOT, versions


def description(raccord: Path) -> list[tuple[str, str]]:
    rows = [
        ("processor", f"{_row('/proc/cpuinfo', 'model name')}, {os.cpu_count()} cores{_virtual()}"),
        ("memory", f"{int(_row('/proc/meminfo', 'MemTotal').split()[0]) / 2**20:.0f} GiB"),
        ("system", f"{_row('/etc/os-release', 'PRETTY_NAME', '=')}, Linux {platform.release()}"),
        ("raccord", f"{_says(raccord, '--version')}, commit {_commit()}"),
        ("rustc", _says("rustc", "--version")),
    ]
    return rows + list(versions().items())


def _row(file: str, name: str, separator: str = ":") -> str:
    for line in Path(file).read_text().splitlines():
        key, _, value = line.partition(separator)
        if key.strip() == name:
            return value.strip().strip('"')
    return "unknown"


def _virtual() -> str:
    return ", a virtual machine" if " hypervisor" in _row("/proc/cpuinfo", "flags") else ""


def _commit() -> str:
    # the results themselves, which every run changes, are no change of what was measured
    changed = _says("git", "status", "--porcelain", "--", ".", ":!bench/RESULTS.md", ":!bench/results.svg")
    return _says("git", "rev-parse", "--short", "HEAD") + (" with changes" if changed else "")


def _says(*words: str | Path) -> str:
    try:
        return subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


@dataclass(frozen=True)
class Quiet:
    """Where the machine's time went during the run."""

    others: float  # the share of all cores' time that programs took which are not ours
    stolen: float  # the share that the machine below took for other machines

    @property
    def enough(self) -> bool:
        return self.others + self.stolen < 0.05

    def __str__(self) -> str:
        return f"other programs took {self.others:.0%} of the processor's time, the host {self.stolen:.0%}"


class Watch:
    """From its making on."""

    def __init__(self) -> None:
        self._start = self._now()

    def quiet(self) -> Quiet:
        total, busy, stolen, ours = (now - start for now, start in zip(self._now(), self._start))
        return Quiet(max(0.0, busy - ours) / total, stolen / total)

    @staticmethod
    def _now() -> tuple[float, float, float, float]:
        """Seconds of all cores: all of them, busy ones, stolen ones, and those of this process and its ended children."""
        ticks = [int(word) for word in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
        user, nice, system, idle, iowait, irq, softirq, steal = (count / os.sysconf("SC_CLK_TCK") for count in ticks)
        usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        ours = sum(usage.ru_utime + usage.ru_stime for usage in usages)
        busy = user + nice + system + irq + softirq
        return busy + idle + iowait + steal, busy, steal, ours
