//! The other end: a certificate authority, programs that speak TLS, and raccord's own two ends by name.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use bytes::BytesMut;
use raccord_core::endpoint::Host;
use raccord_core::secured::Secured;
use raccord_net::tls::{Acceptor, ClientTls, Connector, Identity, Refused, ServerTls, Tls, Trust};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Interest};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::Instant;

/// Longer than anything here takes.
pub const PATIENCE: Duration = Duration::from_secs(30);

pub fn patience() -> Instant {
    Instant::now() + PATIENCE
}

pub fn localhost() -> Host {
    Host::Name("localhost".to_owned())
}

/// A directory with a certificate authority, `ca.pem`.
pub struct Authority {
    pub dir: TempDir,
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl Authority {
    pub fn new() -> Self {
        Self::named("an authority")
    }

    pub fn named(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("ca.pem"), issuer.pem()).unwrap();
        Self { dir, issuer }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn ca(&self) -> PathBuf {
        self.path("ca.pem")
    }

    /// A certificate of the authority and its key, in one file.
    pub fn issue(&self, file: &str, params: &CertificateParams) -> Identity {
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let cert = self.path(file);
        std::fs::write(&cert, certificate.pem() + &key.serialize_pem()).unwrap();
        Identity { cert, key: None }
    }

    /// A server that has a certificate for localhost and this machine's address.
    pub fn server(&self) -> ServerTls {
        let identity = self.issue("server.pem", &names(&["localhost", "127.0.0.1"]));
        ServerTls { identity: Some(identity), ..ServerTls::default() }
    }

    /// A client that believes the authority.
    pub fn client(&self) -> ClientTls {
        ClientTls { trust: Trust::File(self.ca()), ..ClientTls::default() }
    }
}

pub fn names(names: &[&str]) -> CertificateParams {
    let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
    let mut params = CertificateParams::new(names).unwrap();
    params.distinguished_name.push(DnType::CommonName, "a leaf");
    params
}

/// Runs openssl in `dir`, as `openssl req -x509 …`; what it printed.
pub fn openssl(dir: &TempDir, arguments: &str) -> String {
    let words = arguments.split_whitespace();
    let done = std::process::Command::new("openssl").args(words).current_dir(dir.path()).output();
    let done = done.unwrap_or_else(|error| panic!("openssl is needed: {error}"));
    assert!(done.status.success(), "openssl {arguments}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap()
}

/// A program at the other end. It ends with this value.
pub struct Program {
    child: Child,
    output: BufReader<ChildStdout>,
}

impl Program {
    pub fn start(command: &str, arguments: &[&str]) -> Self {
        let child = Command::new(command)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn();
        let mut child = child.unwrap_or_else(|error| panic!("{command} is needed: {error}"));
        let output = BufReader::new(child.stdout.take().unwrap());
        Self { child, output }
    }

    /// A program in Python: `ssl`, `socket`, `sys` and `threading` are imported, and a listening socket is `s`, whose port it tells.
    pub async fn python_server(script: &str, arguments: &[&str]) -> (Self, SocketAddr) {
        let script = format!(
            "{PYTHON}s = socket.create_server(('127.0.0.1', 0))\nprint(s.getsockname()[1], flush=True)\n{script}"
        );
        let mut program = Self::start("python3", &[&["-c", &script], arguments].concat());
        let port = program.line().await.trim().parse().unwrap();
        (program, SocketAddr::from(([127, 0, 0, 1], port)))
    }

    /// The same, connected to `address` as `s`.
    pub fn python_client(address: SocketAddr, script: &str, arguments: &[&str]) -> Self {
        let port = address.port();
        let script = format!("{PYTHON}s = socket.create_connection(('127.0.0.1', {port}))\n{script}");
        Self::start("python3", &[&["-c", &script], arguments].concat())
    }

    /// The next line that it prints; empty at its end.
    pub async fn line(&mut self) -> String {
        let mut line = String::new();
        tokio::time::timeout(PATIENCE, self.output.read_line(&mut line)).await.unwrap().unwrap();
        line
    }

    /// Prints lines until one holds `part`.
    pub async fn line_with(&mut self, part: &str) -> String {
        loop {
            let line = self.line().await;
            assert!(!line.is_empty(), "no line with {part:?}");
            if line.contains(part) {
                return line;
            }
        }
    }

    pub async fn type_in(&mut self, text: &str) {
        self.child.stdin.as_mut().unwrap().write_all(text.as_bytes()).await.unwrap();
    }

    pub fn end_input(&mut self) {
        self.child.stdin = None;
    }

    /// What it still prints, to its end.
    pub async fn rest(mut self) -> String {
        let mut text = Vec::new();
        tokio::time::timeout(PATIENCE, self.output.read_to_end(&mut text)).await.unwrap().unwrap();
        String::from_utf8_lossy(&text).into_owned()
    }

    /// The port that it listens on, for one that does not tell; looked for until it is there.
    pub async fn listening_port(&self) -> SocketAddr {
        let pid = self.child.id().unwrap();
        let looking = async {
            loop {
                let sockets = raccord_sys::sockets::sockets().unwrap().sockets;
                let listeners = sockets.iter().filter(|socket| socket.queue.is_some());
                let listeners: Vec<_> =
                    listeners.filter_map(|socket| Some((socket.inode?.get(), socket.local))).collect();
                let inodes: Vec<_> = listeners.iter().map(|(inode, _)| *inode).collect();
                let owners = raccord_sys::owners::owners(&inodes).unwrap().found;
                let own = owners.iter().find(|(_, process)| process.pid == pid);
                if let Some((_, local)) =
                    own.and_then(|(own, _)| listeners.iter().find(|(inode, _)| inode == own))
                {
                    return *local;
                }
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, looking).await.unwrap()
    }
}

const PYTHON: &str = "import socket, ssl, sys, threading\n";

/// A listening socket of this test.
pub async fn listener() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

pub async fn dial(address: SocketAddr, connector: &Connector) -> Result<(Tls, Secured), Refused> {
    let stream = TcpStream::connect(address).await.unwrap();
    connector.handshake(stream, patience()).await
}

pub async fn accept(listener: &TcpListener, acceptor: &Acceptor) -> Result<(Tls, Secured), Refused> {
    let (stream, _) = listener.accept().await.unwrap();
    acceptor.handshake(stream, patience()).await
}

type Shaken = Result<(Tls, Secured), Refused>;

/// Both ends are raccord's: the client's outcome, and the server's.
pub async fn both(client: &ClientTls, server: &ServerTls) -> (Shaken, Shaken) {
    let (connector, acceptor) =
        (client.connector(&localhost()).unwrap(), server.acceptor(&localhost()).unwrap());
    let (listener, address) = listener().await;
    tokio::join!(dial(address, &connector), accept(&listener, &acceptor))
}

/// Both ends of a connection that succeeds.
pub async fn pair() -> (Tls, Tls) {
    let authority = Authority::new();
    let (client, server) = both(&authority.client(), &authority.server()).await;
    (client.unwrap().0, server.unwrap().0)
}

/// Reads to the end of the peer's half.
pub async fn read_all(tls: &mut Tls) -> io::Result<Vec<u8>> {
    let mut buffer = BytesMut::new();
    while read_some(tls, &mut buffer, 64 * 1024).await? > 0 {}
    Ok(buffer.to_vec())
}

/// Reads one chunk.
pub async fn read_some(tls: &mut Tls, buffer: &mut BytesMut, most: usize) -> io::Result<usize> {
    loop {
        match tls.try_read(buffer, most) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                tokio::time::timeout(PATIENCE, tls.ready(Interest::READABLE)).await.unwrap()?;
            }
            read => return read,
        }
    }
}

/// Writes everything, and waits until all of it has left.
pub async fn write_all(tls: &mut Tls, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() || tls.is_writing() {
        match tls.try_write(bytes) {
            Ok(count) => bytes = &bytes[count..],
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                tokio::time::timeout(PATIENCE, tls.ready(Interest::WRITABLE)).await.unwrap()?;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Ends our half, and waits until that is out.
pub async fn end_half(tls: &mut Tls) -> io::Result<()> {
    loop {
        match tls.end_half() {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                tokio::time::timeout(PATIENCE, tls.ready(Interest::WRITABLE)).await.unwrap()?;
            }
            ended => return ended,
        }
    }
}
