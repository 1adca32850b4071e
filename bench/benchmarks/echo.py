"""Echo of 64 bytes, nobody observing: the server's CPU for a request, beside the least that an epoll server needs."""

from functools import partial

from harness.asking import ask
from harness.figures import Figure, Missing, at_least, at_most
from harness.ground import Ground

REQUESTS = {1: 60_000, 64: 200_000, 1000: 200_000}


def run(ground: Ground) -> list[Figure | Missing]:
    return [figure for connections in REQUESTS for figure in with_connections(ground, connections)]


def with_connections(ground: Ground, connections: int) -> list[Figure | Missing]:
    if missing := ground.too_many(connections):
        return [missing]
    requests = ground.size(REQUESTS[connections], 5_000)
    servers = {
        "raccord": [ground.raccord, "listen", "127.0.0.1:0", "--echo", "-q"],
        "C epoll": [ground.tool("echo")],
    }
    ran = ground.rounds({name: partial(ask, ground, words, connections, requests) for name, words in servers.items()})

    def each(name: str, what: str) -> list[float]:
        return [getattr(asked, what) for asked in ran[name]]

    on = f"on {connections:,} connection{'s' if connections > 1 else ''}"
    return [
        Figure(f"server CPU per request {on}", "µs", at_most(1.15), each("raccord", "cpu"), "C epoll", each("C epoll", "cpu")),
        Figure(f"requests {on}", "/s", at_least(), each("raccord", "rate"), "C epoll", each("C epoll", "rate")),
    ]
