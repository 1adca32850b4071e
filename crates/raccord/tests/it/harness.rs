//! Runs the real binary against real peers: every wait has a deadline, every process ends with its test.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use rustix::pty::{OpenptFlags, ioctl_tiocgptpeer, openpt, unlockpt};
use socket2::{Domain, SockRef, Socket, Type};

/// How long anything may take: far more than it needs on a busy machine, for no test waits it out.
pub const DEADLINE: Duration = Duration::from_secs(30);

/// The program under test.
pub fn binary() -> &'static str {
    env!("CARGO_BIN_EXE_raccord")
}

/// `raccord` with these words; nothing on stdin unless told otherwise.
pub fn raccord<S: AsRef<OsStr>>(words: impl IntoIterator<Item = S>) -> Run {
    let mut command = Command::new(binary());
    command.args(words);
    Run::of(command)
}

/// A peer that is not raccord: `nc`, `ncat`, `socat`, `python3`, … A missing one fails the test by name.
pub fn peer<S: AsRef<OsStr>>(program: &str, words: impl IntoIterator<Item = S>) -> Run {
    let mut command = Command::new(program);
    command.args(words);
    Run::of(command)
}

/// What is to be run.
pub struct Run {
    command: Command,
    stdin: Input,
    change: Option<Change>,
}

type Change = Box<dyn FnOnce(&mut Command)>;

enum Input {
    Null,
    Bytes(Vec<u8>),
    Open,
}

impl Run {
    fn of(mut command: Command) -> Self {
        command.env_remove("NO_COLOR").env("LC_ALL", "C.UTF-8");
        Self { command, stdin: Input::Null, change: None }
    }

    /// These words as well.
    pub fn with_words<S: AsRef<OsStr>>(mut self, words: impl IntoIterator<Item = S>) -> Self {
        self.command.args(words);
        self
    }

    /// These bytes on stdin, then its end.
    pub fn input(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.stdin = Input::Bytes(bytes.into());
        self
    }

    /// A stdin that stays open: [`Running::stdin`] writes to it.
    pub fn open_stdin(mut self) -> Self {
        self.stdin = Input::Open;
        self
    }

    /// Sets an environment variable.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// Changes the command last as the test likes: another stdin or stdout, a working directory, …
    pub fn with(mut self, change: impl FnOnce(&mut Command) + 'static) -> Self {
        self.change = Some(Box::new(change));
        self
    }

    /// Starts it. What it prints is collected unless the test gave it another place.
    pub fn start(mut self) -> Running {
        let stdin = match &self.stdin {
            Input::Null => Stdio::null(),
            _ => Stdio::piped(),
        };
        self.command.stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped());
        if let Some(change) = self.change.take() {
            change(&mut self.command);
        }
        let mut child = self.command.spawn().unwrap_or_else(|error| {
            let program = self.command.get_program().display();
            panic!("cannot start {program}: {error} (./test installs what it needs)")
        });
        let stdout = child.stdout.take().map_or_else(Collected::nothing, Collected::from_reader);
        let stderr = child.stderr.take().map_or_else(Collected::nothing, Collected::from_reader);
        let mut stdin = child.stdin.take();
        if let Input::Bytes(bytes) = self.stdin {
            let mut pipe = stdin.take();
            std::thread::spawn(move || {
                // the program may end before it has read everything
                let _ = pipe.as_mut().map(|pipe| pipe.write_all(&bytes));
            });
        }
        Running { child, stdin, stdout, stderr }
    }

    /// Runs it to its end.
    pub fn run(self) -> Ran {
        self.start().ended()
    }
}

/// A process that runs; killed when the test drops it.
pub struct Running {
    pub child: Child,
    /// Open only after [`Run::open_stdin`]; drop it to end the input.
    pub stdin: Option<ChildStdin>,
    pub stdout: Collected,
    pub stderr: Collected,
}

impl Running {
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The address on which it listens, as the system says it; of several the one with the lowest number.
    pub fn address(&self) -> SocketAddr {
        let pid = self.pid();
        SocketAddr::from(([127, 0, 0, 1], until("it listens", || listening_port(pid))))
    }

    /// The same; nothing where it has ended before.
    pub fn address_unless_over(&mut self) -> Option<SocketAddr> {
        until("it listens or has ended", || {
            let is_over = !self.is_running();
            let port = listening_port(self.pid());
            (is_over || port.is_some()).then_some(port)
        })
        .map(|port| SocketAddr::from(([127, 0, 0, 1], port)))
    }

    /// A client of it.
    pub fn dial(&self) -> TcpStream {
        dial(self.address())
    }

    pub fn signal(&self, signal: &str) {
        let status = Command::new("kill").args([&format!("-{signal}"), &self.pid().to_string()]).status();
        assert!(status.unwrap().success(), "kill -{signal}");
    }

    /// Waits for its end and gives what it printed.
    pub fn ended(mut self) -> Ran {
        drop(self.stdin.take());
        let status = self.wait();
        let (stdout, stderr) = (self.stdout.all(), self.stderr.all());
        Ran { stdout, stderr, status }
    }

    /// Waits for its end; its stdin stays as it is.
    pub fn wait(&mut self) -> ExitStatus {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            if start.elapsed() > DEADLINE {
                let (out, err) = (self.stdout.text(), self.stderr.text());
                let _ = self.child.kill();
                panic!("still running after {DEADLINE:?}\nstdout: {out}\nstderr: {err}");
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Whether it has done all it has to do for now: each thread sleeps, or it has ended (`stat` of proc(5)).
    pub fn rests(&self) -> bool {
        let Ok(threads) = std::fs::read_dir(format!("/proc/{}/task", self.pid())) else { return true };
        let states =
            threads.flatten().filter_map(|thread| std::fs::read_to_string(thread.path().join("stat")).ok());
        states
            .map(|stat| stat.rsplit(") ").next().and_then(|rest| rest.chars().next()))
            .all(|state| state != Some('R'))
    }

    /// Resident memory in bytes (`VmRSS`).
    pub fn rss(&self) -> u64 {
        self.status("VmRSS") * 1024
    }

    /// How often its first thread, which serves every connection, has gone to sleep.
    pub fn sleeps(&self) -> u64 {
        self.status("voluntary_ctxt_switches")
    }

    /// A number of `status` of proc(5).
    fn status(&self, name: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).unwrap();
        line.split_whitespace().next().unwrap().parse().unwrap()
    }

    /// Processor time that it used so far, in the unit of the kernel's clock ticks: hundredths of a second (proc(5)).
    pub fn cpu(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.pid())).unwrap();
        // the name before it is in parentheses, and may hold blanks
        let after_name = stat.rsplit_once(") ").unwrap().1;
        let ticks: u64 =
            after_name.split(' ').skip(11).take(2).map(|field| field.parse::<u64>().unwrap()).sum();
        Duration::from_millis(10 * ticks)
    }

    /// How many descriptors it has open.
    pub fn descriptors(&self) -> usize {
        std::fs::read_dir(format!("/proc/{}/fd", self.pid())).unwrap().count()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a process printed, and how it ended.
pub struct Ran {
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
    pub status: ExitStatus,
}

impl Ran {
    /// The exit code; 128 + N for signal N, as a shell says it.
    pub fn code(&self) -> i32 {
        self.status.code().unwrap_or_else(|| 128 + self.status.signal().unwrap_or_default())
    }

    pub fn out(&self) -> String {
        String::from_utf8(self.stdout.clone()).expect("stdout is UTF-8")
    }

    pub fn err(&self) -> String {
        String::from_utf8(self.stderr.clone()).expect("stderr is UTF-8")
    }

    /// Asserts the exit code and shows both outputs where it is another.
    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        let (out, err) = (String::from_utf8_lossy(&self.stdout), String::from_utf8_lossy(&self.stderr));
        assert_eq!(self.code(), code, "\nstdout: {out}\nstderr: {err}");
        self
    }

    /// The lines of `-o json`.
    pub fn events(&self) -> Vec<serde_json::Value> {
        events(&self.stdout)
    }

    /// Why the last connection ended, from `-o json`.
    #[track_caller]
    pub fn reason(&self) -> String {
        let events = self.events();
        let closed =
            events.iter().rfind(|event| event["event"] == "closed").expect("a connection was closed");
        closed["reason"].as_str().expect("it has a reason").to_owned()
    }
}

/// The objects of `-o json`; an unfinished last line is left out.
pub fn events(stdout: &[u8]) -> Vec<serde_json::Value> {
    let whole = stdout.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    let lines = stdout[..whole].split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    lines.map(|line| serde_json::from_slice(line).expect("a line of JSON")).collect()
}

/// Output that arrives while the test goes on.
#[derive(Clone, Default)]
pub struct Collected(Arc<(Mutex<Collection>, Condvar)>);

#[derive(Default)]
struct Collection {
    bytes: Vec<u8>,
    ended: bool,
}

impl Collected {
    /// Of an output that has another place.
    fn nothing() -> Self {
        Self::from_reader(std::io::empty())
    }

    pub fn from_reader(mut reader: impl Read + Send + 'static) -> Self {
        let collected = Self::default();
        let into = collected.clone();
        std::thread::spawn(move || {
            let mut piece = vec![0; 64 * 1024];
            loop {
                let count = reader.read(&mut piece).unwrap_or(0);
                let mut collection = into.0.0.lock().unwrap();
                collection.bytes.extend_from_slice(&piece[..count]);
                collection.ended = count == 0;
                into.0.1.notify_all();
                if count == 0 {
                    return;
                }
            }
        });
        collected
    }

    /// What came so far.
    pub fn bytes(&self) -> Vec<u8> {
        self.0.0.lock().unwrap().bytes.clone()
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes()).into_owned()
    }

    /// Waits until what came satisfies the test, and gives it.
    #[track_caller]
    pub fn wait_for(&self, enough: impl Fn(&[u8]) -> bool) -> Vec<u8> {
        let (lock, changed) = &*self.0;
        let start = Instant::now();
        let mut collection = lock.lock().unwrap();
        while !enough(&collection.bytes) {
            let left = DEADLINE.checked_sub(start.elapsed());
            let shown = || {
                String::from_utf8_lossy(&collection.bytes[..collection.bytes.len().min(4096)]).into_owned()
            };
            assert!(left.is_some() && !collection.ended, "this never came to be enough: {}", shown());
            collection = changed.wait_timeout(collection, left.unwrap_or_default()).unwrap().0;
        }
        collection.bytes.clone()
    }

    /// Waits until this text came.
    #[track_caller]
    pub fn wait_for_text(&self, text: &str) {
        self.wait_for(|bytes| String::from_utf8_lossy(bytes).contains(text));
    }

    /// Waits for the end and gives everything.
    pub fn all(&self) -> Vec<u8> {
        let (lock, changed) = &*self.0;
        let collection = lock.lock().unwrap();
        // a process in the background may hold the pipe
        let (collection, _) = changed.wait_timeout_while(collection, DEADLINE, |now| !now.ended).unwrap();
        collection.bytes.clone()
    }
}

/// Polls until something is there.
#[track_caller]
pub fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(start.elapsed() < DEADLINE, "it never came to be that {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// A peer's listening socket on a port that the system chose.
pub fn server() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// A port on which another socket with `SO_REUSEADDR` can listen, and which the system gives to nobody else.
pub fn kept_port() -> (Socket, u16) {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.set_reuse_address(true).unwrap();
    socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
    let port = socket.local_addr().unwrap().as_socket().unwrap().port();
    (socket, port)
}

/// A peer's connection, with a deadline on its reads and writes.
pub fn dial(address: SocketAddr) -> TcpStream {
    patient(TcpStream::connect(address).unwrap())
}

/// Accepts one connection, with a deadline on its reads and writes.
pub fn accept(listener: &TcpListener) -> TcpStream {
    patient(listener.accept().unwrap().0)
}

/// Accepts one connection of a program, unless it has ended before.
pub fn accept_unless_over(listener: &TcpListener, program: &mut Running) -> Option<TcpStream> {
    listener.set_nonblocking(true).unwrap();
    let stream = until("it connects or has ended", || {
        let is_over = !program.is_running();
        match listener.accept() {
            Ok((stream, _)) => Some(Some(stream)),
            Err(_) => is_over.then_some(None),
        }
    });
    stream.map(patient)
}

fn patient(stream: TcpStream) -> TcpStream {
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    stream.set_write_timeout(Some(DEADLINE)).unwrap();
    stream
}

/// Closes a connection with a reset (RST), as a peer that crashes does.
pub fn reset(stream: TcpStream) {
    SockRef::from(&stream).set_linger(Some(Duration::ZERO)).unwrap();
    drop(stream);
}

/// Asserts that nothing comes for a while, neither bytes nor the end: longer than any rule of thumb of a netcat.
#[track_caller]
pub fn stays_open(stream: &TcpStream) {
    let patience = stream.read_timeout().unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(150))).unwrap();
    let peek = || stream.peek(&mut [0]).expect_err("it should have stayed open and silent");
    // a signal may end the system call, and nothing came all the same
    let error = std::iter::repeat_with(peek).find(|error| error.kind() != std::io::ErrorKind::Interrupted);
    let error = error.unwrap();
    assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock, "{error}");
    stream.set_read_timeout(patience).unwrap();
}

/// A terminal: the first is its far end, where a person types and reads; the second is what a program gets.
pub fn terminal() -> (File, File) {
    let person = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
    unlockpt(&person).unwrap();
    let program = ioctl_tiocgptpeer(&person, OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC);
    (person.into(), program.unwrap().into())
}

/// Whether what one end of a connection over IPv4 sends waits because the other end reads nothing: all that was sent has
/// been acknowledged, and only the window is asked for (`tr` of /proc/net/tcp, proc(5)).
pub fn is_held_back(from: SocketAddr, to: SocketAddr) -> bool {
    const ASKS_FOR_THE_WINDOW: &str = "04:";
    row(from, to).is_some_and(|row| row[5].starts_with(ASKS_FOR_THE_WINDOW))
}

/// Whether the kernel still has this end of a connection over IPv4.
pub fn is_connected(from: SocketAddr, to: SocketAddr) -> bool {
    row(from, to).is_some()
}

fn row(from: SocketAddr, to: SocketAddr) -> Option<Vec<String>> {
    let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
    let is_at = |word: &str, address: SocketAddr| word.ends_with(&format!(":{:04X}", address.port()));
    let rows = table.lines().map(|line| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
    rows.skip(1).find(|row| is_at(&row[1], from) && is_at(&row[2], to))
}

/// Everything that comes until the end.
pub fn read_all(mut stream: &TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).expect("the end in order");
    bytes
}

/// Exactly so many bytes.
pub fn read_exact(mut stream: &TcpStream, count: usize) -> Vec<u8> {
    let mut bytes = vec![0; count];
    stream.read_exact(&mut bytes).unwrap();
    bytes
}

/// Bytes that look like noise, the same for the same seed (xorshift64*, Vigna 2016).
pub fn noise(count: usize, seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        state.wrapping_mul(0x2545_f491_4f6c_dd1d)
    };
    let mut bytes = Vec::with_capacity(count + 8);
    while bytes.len() < count {
        bytes.extend_from_slice(&next().to_le_bytes());
    }
    bytes.truncate(count);
    bytes
}

/// The port on which a process listens, from its sockets in /proc.
fn listening_port(pid: u32) -> Option<u16> {
    let entries = std::fs::read_dir(format!("/proc/{pid}/fd")).ok()?;
    let links = entries.filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok());
    let inodes: Vec<String> = links
        .filter_map(|link| Some(link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned()))
        .collect();
    let tables = ["tcp", "tcp6"].map(|table| std::fs::read_to_string(format!("/proc/{pid}/net/{table}")));
    let ports = tables.iter().flatten().flat_map(|table| table.lines().skip(1)).filter_map(|line| {
        let words: Vec<_> = line.split_whitespace().collect();
        let listens =
            words.get(3) == Some(&"0A") && inodes.iter().any(|inode| Some(&inode.as_str()) == words.get(9));
        let port = words.get(1)?.rsplit(':').next()?;
        listens.then(|| u16::from_str_radix(port, 16).ok()).flatten()
    });
    ports.min()
}
