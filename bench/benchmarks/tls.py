"""One-way bulk over TLS, raccord to raccord, beside openssl s_client to s_server with the same cipher."""

import json
import subprocess
from functools import partial
from pathlib import Path

from harness.figures import Figure, at_least, at_most
from harness.ground import Ground
from harness.transfer import Way, pattern, transfer

HOST = "127.0.0.1"


def run(ground: Ground) -> list[Figure]:
    source = pattern(ground, ground.size(2 << 30, 8 << 20))
    certificate, key = self_signed(ground)
    cipher = agreed(ground, certificate, key)
    raccord = ground.raccord
    ways = {
        "raccord": Way(
            [raccord, "listen", f"tls://{HOST}:0", "--once", "--tls-cert", certificate, "--tls-key", key],
            lambda port: [raccord, "connect", f"tls://{HOST}:{port}", "--tls-insecure"],
        ),
        "openssl": Way(
            ["openssl", "s_server", "-quiet", "-naccept", "1", "-accept", f"{HOST}:0", "-cert", certificate]
            + ["-key", key, "-ciphersuites", cipher],
            lambda port: ["openssl", "s_client", "-quiet", "-no_ign_eof", "-nocommands"]
            + ["-connect", f"{HOST}:{port}", "-ciphersuites", cipher],
            open_stdin=True,
        ),
    }
    for way in ways.values():
        transfer(ground, way, source, check="check-all")
    ran = ground.rounds({name: partial(transfer, ground, way, source) for name, way in ways.items()})
    ours, theirs = ran["raccord"], ran["openssl"]
    return [
        Figure(
            f"throughput ({cipher})", "MiB/s", at_least(1.0),
            [each.rate for each in ours], "openssl s_client, s_server", [each.rate for each in theirs],
        ),
        Figure(
            "CPU of both ends", "s", at_most(),
            [each.cpu for each in ours], "openssl s_client, s_server", [each.cpu for each in theirs],
        ),
    ]  # fmt: skip


def self_signed(ground: Ground) -> tuple[Path, Path]:
    certificate, key = ground.scratch / "certificate.pem", ground.scratch / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        + ["-subj", "/CN=localhost", "-days", "2", "-keyout", key, "-out", certificate],
        check=True,
        capture_output=True,
    )
    return certificate, key


def agreed(ground: Ground, certificate: Path, key: Path) -> str:
    """The cipher suite that two raccords choose: openssl is told to take the same."""
    server = [ground.raccord, "listen", f"tls://{HOST}:0", "--tls-cert", certificate, "--tls-key", key]
    with ground.on_server_core(*server) as listening:
        client = [ground.raccord, "connect", f"tls://{HOST}:{listening.port()}", "--tls-insecure", "--check"]
        with ground.on_load_core(*client, "-o", "json", stdout=subprocess.PIPE) as connecting:
            events = [json.loads(line) for line in connecting.output().splitlines()]
    return next(event["tls"]["cipher"] for event in events if event["event"] == "opened")
