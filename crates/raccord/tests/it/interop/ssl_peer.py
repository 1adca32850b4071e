"""Standard input to a TLS connection and back. What ends its half is the first word: unwrap, or shutdown (FIN alone)."""

import os
import select
import socket
import ssl
import sys


def main():
    how, role = sys.argv[1:3]
    tls = connect(int(sys.argv[3])) if role == "connect" else listen()
    open_ends = {sys.stdin.fileno(), tls}
    while open_ends:
        for end in select.select(open_ends, [], [])[0]:
            if end is tls:
                if not receive(tls):
                    open_ends.remove(tls)
            elif piece := os.read(end, 65536):
                tls.sendall(piece)
            else:
                open_ends.remove(end)
                tls.unwrap() if how == "unwrap" else tls.shutdown(socket.SHUT_WR)


def connect(port):
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context.wrap_socket(socket.create_connection(("127.0.0.1", port)))


def listen():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain("server.pem", "server.key")
    with socket.create_server(("127.0.0.1", 0)) as server:
        return context.wrap_socket(server.accept()[0], server_side=True)


def receive(tls):
    """Prints what is there; false at the end."""
    while piece := tls.recv(65536):
        os.write(sys.stdout.fileno(), piece)
        if not tls.pending():
            return True
    return False


main()
