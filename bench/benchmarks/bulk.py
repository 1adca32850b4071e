"""One-way bulk: a file to a pipe, sender on one core, receiver and its sink on the other."""

import json
from functools import partial

from harness.figures import Figure, at_least, at_most
from harness.ground import Ground
from harness.transfer import Ran, Way, pattern, transfer

HOST = "127.0.0.1"


def run(ground: Ground) -> list[Figure]:
    size = ground.size(2 << 30, 16 << 20)
    source = pattern(ground, size)
    ways = programs(ground)
    for way in ways.values():
        transfer(ground, way, source, check="check-all")

    contenders = {name: partial(transfer, ground, way, source) for name, way in ways.items()}
    ran = ground.rounds(contenders | {"iperf3": partial(iperf3, ground, size)})
    rate = {name: [each.rate for each in rounds] for name, rounds in ran.items()}
    cpu = {name: [each.cpu for each in rounds] for name, rounds in ran.items()}

    def throughput(peer: str, bound: float | None) -> Figure:
        return Figure("throughput", "MiB/s", at_least(bound), rate["raccord"], peer, rate[peer])

    def cpu_time(peer: str, bound: float | None) -> Figure:
        return Figure("CPU of both ends", "s", at_most(bound), cpu["raccord"], peer, cpu[peer])

    return [
        throughput("socat -b 262144", 1.0),
        cpu_time("socat -b 262144", 1.0),
        throughput("C read/write", 0.95),
        cpu_time("C read/write", None),
        throughput("ncat", 3.0),
        throughput("nc", None),
        throughput("iperf3", None),  # which neither reads a file nor writes to a pipe
    ]


def programs(ground: Ground) -> dict[str, Way]:
    raccord, copy = ground.raccord, ground.tool("copy")
    socat = ["socat", "-u", "-b", "262144"]
    return {
        "raccord": Way(
            [raccord, "listen", f"{HOST}:0", "--once"], lambda port: [raccord, "connect", f"{HOST}:{port}"]
        ),
        "socat -b 262144": Way(
            [*socat, f"TCP-LISTEN:0,bind={HOST}", "STDOUT"], lambda port: [*socat, "STDIN", f"TCP:{HOST}:{port}"]
        ),
        "C read/write": Way([copy, "receive"], lambda port: [copy, "send", str(port)]),
        "ncat": Way(
            ["ncat", "--recv-only", "-l", HOST, "0"], lambda port: ["ncat", "--send-only", HOST, str(port)]
        ),
        "nc": Way(["nc", "-d", "-l", HOST, "0"], lambda port: ["nc", "-N", HOST, str(port)]),
    }


def iperf3(ground: Ground, size: int) -> Ran:
    """It has its own protocol; its port cannot be left to the system, so one is taken that was free just now."""
    port = str(ground.free_port())
    with ground.on_server_core("iperf3", "-s", "-1", "-B", HOST, "-p", port) as server:
        server.port()
        client = ground.on_load_core("iperf3", "-c", HOST, "-p", port, "-n", str(size), "-J", stdout=-1)
        with client:
            report = json.loads(client.output())
            cpu = client.wait().cpu + server.wait().cpu
    received = report["end"]["sum_received"]
    if not 0 < received["bytes"] <= report["end"]["sum_sent"]["bytes"]:
        raise ValueError(f"iperf3 received {received['bytes']} bytes")
    # it stops counting before the last blocks are there: its rate is that of those it counted
    return Ran(received["bits_per_second"] / 8 / 2**20, cpu)
