//! Certificates that openssl makes, and TLS in Python at the other end.

use std::net::SocketAddr;

use tempfile::TempDir;

use crate::harness::{Run, Running, peer, raccord};

/// An authority (`ca.pem`), and certificates of it with their keys: `server.pem` for localhost, `client.pem` for Ann;
/// `both.pem` and `ann.pem` have the key in the same file.
pub struct Certificates(TempDir);

impl Certificates {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        // without the defaults of the machine
        std::fs::write(dir.path().join("config"), "[req]\ndistinguished_name=dn\n[dn]\n").unwrap();
        let made = Self(dir);
        made.make("ca", "CA:TRUE", "/CN=an authority", &[]);
        let names = ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
        made.make("server", "CA:FALSE", "/CN=a server", &[&ISSUED[..], &names].concat());
        made.make("client", "CA:FALSE", "/CN=Ann", &ISSUED);
        for (name, both) in [("client", "ann.pem"), ("server", "both.pem")] {
            let read = |name: String| std::fs::read_to_string(made.path(&name)).unwrap();
            std::fs::write(made.path(both), read(format!("{name}.pem")) + &read(format!("{name}.key")))
                .unwrap();
        }
        made
    }

    pub fn make(&self, name: &str, kind: &str, subject: &str, more: &[&str]) {
        let (key, cert) = (format!("{name}.key"), format!("{name}.pem"));
        let kind = format!("basicConstraints=critical,{kind}");
        let words = ["req", "-x509", "-config", "config", "-newkey", "ec", "-pkeyopt"];
        let words = [&words[..], &["ec_paramgen_curve:P-256", "-nodes", "-days", "2"]].concat();
        let own = ["-keyout", &key, "-out", &cert, "-subj", subject, "-addext", &kind];
        let dir = self.0.path().to_owned();
        peer("openssl", [&words[..], &own, more].concat())
            .with(move |command| {
                command.current_dir(dir);
            })
            .run()
            .expect(0);
    }

    /// A certificate of the authority for localhost, `NAME.pem`, that is valid between these times (`YYMMDDHHMMSSZ`).
    pub fn make_valid_between(&self, name: &str, begin: &str, end: &str) {
        let config = "[ca]\ndefault_ca=d\n[d]\ndatabase=index\nserial=serial\nnew_certs_dir=.\ndefault_md=sha256\npolicy=p\n\
                      x509_extensions=e\n[p]\ncommonName=supplied\n[e]\nbasicConstraints=CA:FALSE\n\
                      subjectAltName=DNS:localhost,IP:127.0.0.1\n[req]\ndistinguished_name=dn\n[dn]\n";
        std::fs::write(self.path("issuing"), config).unwrap();
        std::fs::write(self.path("index"), "").unwrap();
        std::fs::write(self.path("serial"), "1000\n").unwrap();
        let (request, cert) = (format!("{name}.csr"), format!("{name}.pem"));
        let asked = [
            "req",
            "-new",
            "-config",
            "issuing",
            "-key",
            "server.key",
            "-subj",
            "/CN=a server",
            "-out",
            &request,
        ];
        let issued =
            ["ca", "-batch", "-notext", "-config", "issuing", "-cert", "ca.pem", "-keyfile", "ca.key"];
        let valid = ["-startdate", begin, "-enddate", end, "-in", &request, "-out", &cert];
        for words in [&asked[..], &[&issued[..], &valid].concat()] {
            let dir = self.0.path().to_owned();
            peer("openssl", words.iter().copied())
                .with(move |command| {
                    command.current_dir(dir);
                })
                .run()
                .expect(0);
        }
    }

    pub fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_str().unwrap().to_owned()
    }

    /// The server's certificate, for raccord.
    pub fn of_server(&self) -> [String; 4] {
        let (cert, key) = (self.path("server.pem"), self.path("server.key"));
        ["--tls-cert".to_owned(), cert, "--tls-key".to_owned(), key]
    }

    /// raccord's server with that certificate, as JSON.
    pub fn listen(&self, words: &[&str]) -> Running {
        raccord(["listen", "127.0.0.1:0", "--tls", "-o", "json"])
            .with_words(self.of_server())
            .with_words(words)
            .start()
    }

    /// raccord's client that believes the authority.
    pub fn connect(&self, address: SocketAddr, words: &[&str]) -> Run {
        raccord(["connect", &format!("tls://{address}"), "--tls-ca", &self.path("ca.pem")]).with_words(words)
    }

    /// A server in Python: `t` is the connection with its first client, after the handshake.
    pub fn python_server(&self, script: &str) -> Running {
        let script = format!(
            "{PYTHON}c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)\nc.load_cert_chain(*sys.argv[1:3])\n\
             s = socket.create_server(('127.0.0.1', 0))\nt = c.wrap_socket(s.accept()[0], server_side=True)\n{script}"
        );
        peer("python3", ["-c", &script, &self.path("server.pem"), &self.path("server.key")]).start()
    }

    /// A client in Python, which believes the authority: `t` is its connection.
    pub fn python_client(&self, address: SocketAddr, script: &str) -> Running {
        let script = format!(
            "{PYTHON}c = ssl.create_default_context(cafile=sys.argv[1])\n\
             t = c.wrap_socket(socket.create_connection(('127.0.0.1', {})), server_hostname='localhost')\n{script}",
            address.port()
        );
        peer("python3", ["-c", &script, &self.path("ca.pem")]).start()
    }
}

const ISSUED: [&str; 4] = ["-CA", "ca.pem", "-CAkey", "ca.key"];
const PYTHON: &str = "import socket, ssl, sys\n";
