"""As many connections as the limit of open files allows, up to 100,000, accepted and held by one server."""

from dataclasses import dataclass

from harness.clients import Clients, settled_memory
from harness.figures import Figure, Missing, at_least, at_most
from harness.ground import Ground

SPARE = 200  # descriptors for everything else


def run(ground: Ground) -> list[Figure | Missing]:
    was, allowed = ground.open_files_were, ground.open_files
    count = min(ground.size(100_000, 500), allowed - SPARE) // 2 * 2
    if count < 100:
        return [Missing("connections held", f"the hard limit of open files is {allowed:,}")]
    limit = f"the hard limit of open files is {was:,}" + (f", raised to {allowed:,} as root" if allowed > was else "")
    print(f"   {limit}: {count:,} connections")

    held = ground.rounds({"raccord": lambda: hold(ground, count)})["raccord"]
    return [
        Figure(f"connections held ({limit})", "", at_least(float(count)), [float(count) for _ in held]),
        Figure(
            "accepted in the second half", "/s", at_least(0.95),
            [one.rates[1] for one in held], "in the first half", [one.rates[0] for one in held],
        ),
        Figure(
            "server CPU per connection in the second half", "µs", at_most(),
            [one.cpu[1] for one in held], "in the first half", [one.cpu[0] for one in held],
        ),
        Figure("memory of each", "KiB", at_most(2.0), [one.memory for one in held]),
    ]  # fmt: skip


@dataclass(frozen=True)
class Held:
    rates: list[float]  # connections a second, for each half
    cpu: list[float]  # the server's microseconds for a connection, for each half
    memory: float  # KiB a connection


def hold(ground: Ground, count: int) -> Held:
    """Opens so many, and asks each at the end whether it is still there."""
    half = count // 2
    rates, cpu = [], []
    with ground.on_server_core(ground.raccord, "listen", "127.0.0.1:0", "--echo", "-q") as holding:
        empty = settled_memory(holding)
        with Clients(holding.port()) as early:
            early.open(count // 10)  # so that the first half is not the slower for being the first
        with Clients(holding.port()) as clients:
            for _ in range(2):
                before = holding.cpu()
                rates.append(half / clients.open(half))
                cpu.append((holding.cpu() - before) / half * 1e6)
            memory = (settled_memory(holding) - empty) / count / 1024
            clients.each_in_turn(64)
    return Held(rates, cpu, memory)
