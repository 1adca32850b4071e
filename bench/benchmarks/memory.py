"""The server's own memory for an idle connection: after its opening, after 64 KiB over each in turn, and over all at once."""

from harness.clients import Clients, settled_memory
from harness.figures import Figure, Missing, at_most
from harness.ground import Ground

SIZE = 64 * 1024


def run(ground: Ground) -> list[Figure | Missing]:
    count = ground.size(10_000, 200)
    if missing := ground.too_many(count):
        return [missing]
    return kind(ground, "plain", False, count, 2.0) + kind(ground, "TLS", True, count, 16.0)


def kind(ground: Ground, name: str, tls: bool, count: int, bound: float) -> list[Figure]:
    measured = ground.rounds({name: lambda: memory(ground, tls, count)})[name]
    moments = ("idle", "idle after 64 KiB over each in turn", "idle after 64 KiB over all at once")
    return [
        Figure(f"{name}, {moment}", "KiB", at_most(bound), [one[index] for one in measured])
        for index, moment in enumerate(moments)
    ]


def memory(ground: Ground, tls: bool, count: int) -> list[float]:
    """KiB a connection, at the three moments."""
    server = [ground.raccord, "listen", "127.0.0.1:0", "--echo", "-q"] + (["--tls"] if tls else [])
    with ground.on_server_core(*server) as holding, Clients(holding.port(), tls) as clients:
        before = settled_memory(holding)

        def each() -> float:
            return (settled_memory(holding) - before) / count / 1024

        clients.open(count)
        idle = each()
        clients.each_in_turn(SIZE)
        in_turn = each()
        clients.all_at_once(SIZE)
        return [idle, in_turn, each()]
