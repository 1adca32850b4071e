#!/usr/bin/env python3
"""The course's client: say one sentence in GBK, show the answer, end.

    python3 client.py [HOST] PORT [--text TEXT]
"""

import argparse
import socket
import sys

SENTENCE = " Bonjour serveur , Je suis le client little black !"


def main():
    parser = argparse.ArgumentParser(description="Say one sentence in GBK and show the answer.")
    parser.add_argument("host", nargs="?", default="127.0.0.1", help="the server's address (%(default)s)")
    parser.add_argument("port", type=int, help="the server's port")
    parser.add_argument("--text", default=SENTENCE, help="what to say instead of the course's sentence")
    options = parser.parse_args()

    # The text may hold any character, whatever the locale says; each line is shown at once.
    sys.stdout.reconfigure(encoding="utf-8", line_buffering=True)

    # Step 1: create the client's socket: an address family, and a stream, which is TCP.
    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    client = socket.socket(family, socket.SOCK_STREAM)

    # Step 2: connect to the server's socket. When this returns, the connection is established.
    client.connect((options.host, options.port))

    # Step 3: send data. A socket carries bytes, so the text is encoded first; nothing is appended.
    client.sendall(options.text.encode("gbk"))

    # Step 4: receive data, at most 1024 bytes, and decode them; no bytes at all means that the
    # server has closed. A byte that is not GBK shows as \xHH.
    data = client.recv(1024)
    print(data)
    print(data.decode("gbk", errors="backslashreplace"))

    # Step 5: close the socket.
    client.close()


if __name__ == "__main__":
    main()
