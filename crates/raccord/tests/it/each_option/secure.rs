//! What Python sees of TLS at the other end.

use std::net::TcpStream;

use super::looks::wire;
use super::{Asked, End};
use crate::harness::{Running, peer};

/// The beginning of what the peer got.
pub fn first_bytes(asked: &Asked) -> String {
    wire(asked).chars().take(r"\x16\x03".len()).collect()
}

/// What both ends agreed on, or why not.
pub fn agreement(asked: &Asked) -> String {
    match asked.end {
        End::Connect => seen_by_server(asked),
        End::Listen => seen_by_client(asked),
    }
}

/// A server in Python: the name that it is asked for, the protocol, and who the client is; and the exit code.
fn seen_by_server(asked: &Asked) -> String {
    const SERVER: &str = "
import socket, ssl, sys
c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
c.load_cert_chain('server.pem', 'server.key')
c.load_verify_locations('ca.pem')
c.verify_mode = ssl.CERT_OPTIONAL
c.set_alpn_protocols(['h2'])
names = []
c.sni_callback = lambda connection, name, context: names.append(name)
s = socket.create_server(('127.0.0.1', 0))
try:
    t = c.wrap_socket(s.accept()[0], server_side=True)
    t.recv(1)
    certificate = t.getpeercert()
    subject = certificate and dict(*certificate['subject'])['commonName']
    print(names[0] or 'no name', t.selected_alpn_protocol() or 'no protocol', subject or 'no certificate', sep=', ')
except OSError:
    print('refused')
";
    let server = python(asked, SERVER, &[]);
    let address = server.address();
    let ran = asked.raccord(&address.to_string()).run();
    // one that never connected leaves the server waiting
    drop(TcpStream::connect(address));
    format!("{}, exit {}", server.ended().expect(0).out().trim(), ran.code())
}

/// A client in Python that believes the authority: the answer to `ping` and the protocol, or the error.
fn seen_by_client(asked: &Asked) -> String {
    const CLIENT: &str = "
import socket, ssl, sys
c = ssl.create_default_context(cafile='ca.pem')
c.set_alpn_protocols(['h2'])
try:
    t = c.wrap_socket(socket.create_connection(('127.0.0.1', int(sys.argv[1]))), server_hostname='localhost')
    t.sendall(b'ping')
    print(t.recv(9).decode(), t.selected_alpn_protocol() or 'no protocol', sep=', ')
except ssl.SSLError as error:
    print(error.reason)
";
    let mut server = asked.raccord("127.0.0.1:0").start();
    let Some(address) = server.address_unless_over() else {
        return format!("exit {}", server.ended().code());
    };
    python(asked, CLIENT, &[&address.port().to_string()]).ended().expect(0).out().trim().to_owned()
}

/// A script that runs where the certificates are.
fn python(asked: &Asked, script: &str, words: &[&str]) -> Running {
    let dir = asked.place.made.path("");
    let python = peer("python3", ["-c", script]).with_words(words);
    python
        .with(move |command| {
            command.current_dir(dir);
        })
        .start()
}
