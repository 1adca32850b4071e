"""Accept, one echo of 64 bytes, close: the server's CPU for a connection, and how many a second."""

from functools import partial

from harness.asking import ask
from harness.figures import Figure, at_least, at_most
from harness.ground import Ground

# fewer than the backlog of ncat holds, which is 10: a SYN that finds it full comes again only 1 s later
AT_A_TIME = 8


def run(ground: Ground) -> list[Figure]:
    many, few = ground.size(30_000, 1_000), ground.size(1_000, 50)
    servers = {
        "raccord": ([ground.raccord, "listen", "127.0.0.1:0", "--echo", "-q"], many),
        "C epoll": ([ground.tool("echo")], many),
        # a process for each connection
        "ncat -lk -e /bin/cat": (["ncat", "-lk", "-e", "/bin/cat", "127.0.0.1", "0"], few),
    }
    ran = ground.rounds(
        {name: partial(ask, ground, words, AT_A_TIME, count, "each") for name, (words, count) in servers.items()}
    )
    cpu = {name: [asked.cpu for asked in rounds] for name, rounds in ran.items()}
    rate = {name: [asked.rate for asked in rounds] for name, rounds in ran.items()}
    c, ncat = "C epoll", "ncat -lk -e /bin/cat"
    return [
        Figure("server CPU per connection", "µs", at_most(1.4), cpu["raccord"], c, cpu[c]),
        Figure("connections", "/s", at_least(), rate["raccord"], c, rate[c]),
        Figure("connections", "/s", at_least(15), rate["raccord"], ncat, rate[ncat]),
    ]
