"""The benchmarks, in the order of the table. One is a file here: a sentence that says what it measures, and `run`."""

from importlib import import_module
from types import ModuleType

ORDER = ["bulk", "echo", "accept", "memory", "held", "lines", "tls", "start", "size"]


def named(name: str) -> ModuleType:
    return import_module(f"benchmarks.{name}")
