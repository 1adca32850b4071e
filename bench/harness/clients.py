"""Thousands of clients of an echo server, in this process, which runs on the load's core: opened, asked, held."""

import random
import socket
import ssl
import time

from .processes import DEADLINE, Failed, Process

# The kernel may choose the port when it knows the other end: then each of our addresses has 28,000 for this server.
IP_BIND_ADDRESS_NO_PORT = 24
PER_ADDRESS = 8_000

_addresses = (f"127.{a}.{b}.{c}" for a in range(2, 255) for b in range(256) for c in range(1, 255))

# What is sent is a piece of this, another one on each connection, so that no answer is taken for another's.
_BYTES = random.Random(1).randbytes(2 << 20)


def piece(number: int, size: int) -> bytes:
    start = number * 37 % (len(_BYTES) - size)
    return _BYTES[start : start + size]


class Clients:
    """Each comes from an address of 127.0.0.0/8, with TLS or without."""

    def __init__(self, port: int, tls: bool = False) -> None:
        self._server = ("127.0.0.1", port)
        self._open: list[socket.socket] = []
        self._context: ssl.SSLContext | None = None
        if tls:
            self._context = ssl.create_default_context()
            self._context.check_hostname = False
            self._context.verify_mode = ssl.CERT_NONE  # the server made its certificate itself

    def __enter__(self) -> "Clients":
        return self

    def __exit__(self, *_: object) -> None:
        for client in self._open:
            client.close()

    def open(self, count: int) -> float:
        """So many more; returns the seconds it took until the server has accepted them all."""
        start = time.monotonic()
        for number in range(count):
            if number % PER_ADDRESS == 0:
                address = next(_addresses)
            self._open.append(self._connect(address))
            # never more in the server's backlog than it holds: a SYN that finds it full comes again only 1 s later
            if number % 100 == 99 or number == count - 1:
                self._exchange(len(self._open) - 1, 1)
        return time.monotonic() - start

    def _connect(self, address: str) -> socket.socket:
        client = socket.socket()
        client.settimeout(DEADLINE)
        client.setsockopt(socket.IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
        client.bind((address, 0))
        client.connect(self._server)
        return self._context.wrap_socket(client) if self._context else client

    def each_in_turn(self, size: int) -> None:
        """So many bytes and their echo over one, then over the next."""
        for number in range(len(self._open)):
            self._exchange(number, size)

    def all_at_once(self, size: int) -> None:
        """So many bytes are sent over every one before the first echo is read."""
        for number in range(len(self._open)):
            self._open[number].sendall(piece(number, size))
        for number in range(len(self._open)):
            self._expect(number, size)

    def _exchange(self, number: int, size: int) -> None:
        self._open[number].sendall(piece(number, size))
        self._expect(number, size)

    def _expect(self, number: int, size: int) -> None:
        came = bytearray()
        while len(came) < size:
            chunk = self._open[number].recv(size - len(came))
            if not chunk:
                raise Failed(f"the server closed connection {number} after {len(came)} of {size} bytes")
            came += chunk
        if came != piece(number, size):
            raise Failed(f"what came back on connection {number} is not what was sent")


def settled_memory(server: Process) -> int:
    """The server's own memory once it no longer changes, or after 5 s."""
    now = server.own_memory()
    for _ in range(10):
        time.sleep(0.5)
        before, now = now, server.own_memory()
        if before == now:
            break
    return now
