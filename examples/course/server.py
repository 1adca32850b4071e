#!/usr/bin/env python3
"""The course's server: serve one client, in GBK, and end.

    python3 server.py [PORT] [--host HOST] [--text TEXT]
"""

import argparse
import socket
import sys

ANSWER = "ok,  Le problème est en cours ..."


def main():
    parser = argparse.ArgumentParser(description="Answer one client in GBK.")
    parser.add_argument("port", nargs="?", type=int, default=8989, help="the port, 0 for any free one (%(default)s)")
    parser.add_argument("--host", default="", help="the address to listen on (every IPv4 address of the machine)")
    parser.add_argument("--text", default=ANSWER, help="what to answer instead of the course's sentence")
    options = parser.parse_args()

    # The text may hold any character, whatever the locale says; each line is shown at once.
    sys.stdout.reconfigure(encoding="utf-8", line_buffering=True)

    # Step 1: create the server's socket. SO_REUSEADDR comes before bind: with it the port can be
    # bound again at once after this program ends; without it, only one or two minutes later.
    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    server = socket.socket(family, socket.SOCK_STREAM)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)

    # Step 2: bind the port. An empty host means every address of the machine.
    server.bind((options.host, options.port))

    # Step 3: listen. At most 128 connections wait to be accepted. From here on this socket only
    # accepts; it never sends or receives.
    server.listen(128)
    print("listening on port", server.getsockname()[1])

    # Step 4: wait for a client's request and accept it: a new socket, for this client alone.
    client, address = server.accept()
    print("client", address[0], "port", address[1])

    # Step 5: receive data, at most 1024 bytes, and decode them. A byte that is not GBK shows as \xHH.
    data = client.recv(1024)
    print("received", len(data), "bytes:", data.decode("gbk", errors="backslashreplace"))

    # Step 6: send data, encoded.
    client.sendall(options.text.encode("gbk"))

    # Step 7: close: the client's socket, then the server's own.
    client.close()
    server.close()


if __name__ == "__main__":
    main()
