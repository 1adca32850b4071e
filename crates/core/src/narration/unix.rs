//! What a step means on a Unix socket, where it is not what it means for TCP: no handshake, no packets, no states.

use std::borrow::Cow;
use std::io::ErrorKind as Kind;

use super::{Meaning, Story};
use crate::address::{Address, UnixAddress};
use crate::lang::Lang;
use crate::step::{Call, Family, Step};

/// The meaning of a step on a Unix socket (unix(7)). The list grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UnixMeaning {
    /// A socket was made.
    Socket,
    /// The server's name, a file.
    Bind,
    /// The server's name in the abstract namespace.
    BindAbstract,
    /// The name is there already.
    NameTaken,
    /// Listening, with this backlog.
    Listen {
        /// The backlog.
        backlog: u32,
    },
    /// Connected.
    Connect,
    /// The name is nobody's (any longer).
    Refused,
    /// There is no such file.
    Missing,
    /// The server's backlog is full.
    Full,
    /// Who the other end is was asked for.
    PeerCredentials,
    /// Bytes were handed over.
    Send,
    /// No bytes were: too many are unread.
    SendFull,
    /// Bytes were taken.
    Receive,
    /// The peer's half ended first.
    PeerEnded,
    /// The peer's half ended after ours.
    PeerEndedToo,
    /// Our half ended first.
    EndOurHalf,
    /// Our half ended after the peer's.
    EndOurHalfToo,
    /// The peer closed with something unread.
    Reset,
    /// We wrote to a peer that was gone.
    BrokenPipe,
    /// A listening socket was closed.
    CloseListener,
    /// A conversation's socket was closed.
    Close,
}

impl UnixMeaning {
    pub(super) const ALL: [Self; 21] = [
        Self::Socket,
        Self::Bind,
        Self::BindAbstract,
        Self::NameTaken,
        Self::Listen { backlog: 128 },
        Self::Connect,
        Self::Refused,
        Self::Missing,
        Self::Full,
        Self::PeerCredentials,
        Self::Send,
        Self::SendFull,
        Self::Receive,
        Self::PeerEnded,
        Self::PeerEndedToo,
        Self::EndOurHalf,
        Self::EndOurHalfToo,
        Self::Reset,
        Self::BrokenPipe,
        Self::CloseListener,
        Self::Close,
    ];

    pub(super) fn words(self, lang: Lang) -> Cow<'static, str> {
        let [english, french, chinese] = self.in_each();
        let text = match lang {
            Lang::English => english,
            Lang::French => french,
            Lang::Chinese => chinese,
        };
        match self {
            Self::Listen { backlog } => text
                .replace("{backlog}", &backlog.to_string())
                .replace("{waiting}", &(u64::from(backlog) + 1).to_string())
                .into(),
            _ => text.into(),
        }
    }

    #[expect(clippy::too_many_lines, reason = "a list: one entry for each meaning")]
    fn in_each(self) -> [&'static str; 3] {
        match self {
            Self::Socket => [
                "A socket is one end of a conversation to be; this one is for programs on this machine. It has no name and no peer yet.",
                "Une socket est une extrémité d'une conversation à venir ; celle-ci est pour les programmes de cette machine. Elle n'a encore ni nom ni correspondant.",
                "套接字是一次对话的一端；这一个用于本机程序之间。它现在还没有名字，也没有对方。",
            ],
            Self::Bind => [
                "The socket gets its name: bind makes a file, where clients will look for it. Who may write to the file may connect. It stays until somebody removes it.",
                "La socket reçoit son nom : bind crée un fichier, c'est là que les clients la chercheront. Qui peut écrire dans ce fichier peut se connecter. Il reste jusqu'à ce qu'on le supprime.",
                "给套接字一个名字：bind 建立一个文件，客户端就到那里找它。能写这个文件的才能连接。文件一直留着，直到有人删除。",
            ],
            Self::BindAbstract => [
                "The socket gets its name, which is no file (the abstract namespace of Linux): any program of this machine may connect, and the name goes when the socket does.",
                "La socket reçoit son nom, qui n'est pas un fichier (espace abstrait de Linux) : tout programme de cette machine peut se connecter, et le nom disparaît avec la socket.",
                "给套接字一个名字，但不是文件（Linux 的抽象命名空间）：本机任何程序都可以连接，套接字消失时名字也随之消失。",
            ],
            Self::NameTaken => [
                "Something has that name already: another socket, the file that one left behind, or a file of another kind.",
                "Ce nom existe déjà : une autre socket, le fichier que l'une a laissé, ou un fichier d'une autre sorte.",
                "这个名字已经有了：是另一个套接字，是它留下的文件，或者是别的文件。",
            ],
            Self::Listen { .. } => [
                "From now on clients may connect. With a backlog of {backlog}, {waiting} of them may wait for accept, fewer if net.core.somaxconn is lower; the connect of the next one waits, or fails with EAGAIN where it may not.",
                "Désormais des clients peuvent se connecter. Avec un backlog de {backlog}, {waiting} d'entre eux peuvent attendre accept, moins si net.core.somaxconn est plus bas ; le connect du suivant attend, ou échoue par EAGAIN s'il ne le peut pas.",
                "从现在起客户端可以连接。backlog 为 {backlog} 时，最多有 {waiting} 个等待 accept（net.core.somaxconn 更低时则更少）；再来的，connect 会等待，不能等待时以 EAGAIN 失败。",
            ],
            Self::Connect => [
                "Connected, at once: there is no handshake, the kernel puts us into the server's queue. Both ends may speak, even before the server has called accept.",
                "Connectée, tout de suite : pas de poignée de main, le noyau nous met dans la file du serveur. Les deux côtés peuvent parler, avant même que le serveur n'appelle accept.",
                "立刻连接成功：没有握手，内核把我们放进服务器的队列。即使服务器还没有调用 accept，双方也可以发送数据了。",
            ],
            Self::Refused => [
                "Refused: no socket has that name. A file of a server that has ended may still be there.",
                "Refusé : aucune socket ne porte ce nom. Le fichier d'un serveur terminé est peut-être encore là.",
                "被拒绝：没有套接字叫这个名字。可能还留着已结束的服务器的文件。",
            ],
            Self::Missing => [
                "There is no such file: no server has made it, or it was removed.",
                "Ce fichier n'existe pas : aucun serveur ne l'a créé, ou il a été supprimé.",
                "没有这个文件：还没有服务器建立它，或者已被删除。",
            ],
            Self::Full => [
                "The server's backlog is full. The system wakes nobody when there is room again, so we try again after a pause.",
                "Le backlog du serveur est plein. Le système ne réveille personne quand il y a de nouveau de la place : nous réessayons après une pause.",
                "服务器的 backlog 满了。有空位时系统不会通知，所以我们过一会儿再试。",
            ],
            Self::PeerCredentials => [
                "Asks the kernel which process is at the other end, as it was when it connected or listened.",
                "Demande au noyau quel processus est de l'autre côté, tel qu'il était quand il s'est connecté ou a écouté.",
                "问内核对方是哪个进程：以它连接或监听时为准。",
            ],
            Self::Send => [
                "The bytes are with the peer's socket now. That says nothing of whether the program has read them.",
                "Les octets sont maintenant dans la socket de l'autre côté. Cela ne dit pas si le programme les a lus.",
                "这些字节已经在对方的套接字里。这并不说明对方的程序已经读了它们。",
            ],
            Self::SendFull => [
                "As many bytes as may are waiting for the peer to read them. We wait until there is room.",
                "Autant d'octets qu'il est permis attendent d'être lus par l'autre côté. Nous attendons qu'il y ait de la place.",
                "等待对方读取的字节已经达到上限。我们等到有空间再发。",
            ],
            Self::Receive => [
                "Takes what has arrived. A stream keeps no message boundaries: it may be part of what the peer sent in one go, or more.",
                "Prend ce qui est arrivé. Un flux ne garde pas les limites des messages : ce peut être une partie d'un envoi, ou plusieurs.",
                "取走已经到达的字节。字节流不保留消息的边界：可能是对方一次发送的一部分，也可能更多。",
            ],
            Self::PeerEnded => [
                "0 bytes: the peer ended its half, or closed. It will send no more; whether it still reads shows when we write.",
                "0 octet : l'autre côté a terminé sa moitié, ou fermé. Il n'enverra plus rien ; s'il lit encore se verra à l'écriture.",
                "0 字节：对方结束了发送，或者已关闭。它不会再发来数据；是否还在接收，要写时才知道。",
            ],
            Self::PeerEndedToo => [
                "0 bytes: the peer ended its half too. Both directions are over.",
                "0 octet : l'autre côté a terminé sa moitié aussi. Les deux sens sont fermés.",
                "0 字节：对方也结束了发送。两个方向都已结束。",
            ],
            Self::EndOurHalf => [
                "A half-close: we send no more, and still read. A server that drops its answer when it sees that wants --no-shutdown.",
                "Une demi-fermeture : nous n'envoyons plus rien, mais lisons encore. Un serveur qui, en la voyant, n'envoie pas sa réponse demande --no-shutdown.",
                "半关闭：我们不再发送，但还继续接收。一见到它就不再回答的服务器，需要 --no-shutdown。",
            ],
            Self::EndOurHalfToo => [
                "We end our half too: both directions are over, in order.",
                "Nous terminons notre moitié aussi : les deux sens sont fermés, dans l'ordre.",
                "我们也结束发送：两个方向都正常结束了。",
            ],
            Self::Reset => [
                "The peer closed its socket before it had read all that we sent: what it had not read is lost.",
                "L'autre côté a fermé sa socket sans avoir lu tout ce que nous avons envoyé : ce qu'il n'a pas lu est perdu.",
                "对方没有读完我们发送的数据就关闭了套接字：没读的部分丢失了。",
            ],
            Self::BrokenPipe => [
                "We wrote to a peer that reads no more: it has closed its socket, or the half in which it reads.",
                "Nous avons écrit à un correspondant qui ne lit plus : il a fermé sa socket, ou la moitié dans laquelle il lit.",
                "我们向不再读取的对方写数据：它关闭了套接字，或者关闭了接收方向。",
            ],
            Self::CloseListener => [
                "Nobody listens here any more: a client that connects now is refused, and one that still waits for accept is reset. Conversations that were accepted go on.",
                "Plus personne n'écoute ici : un client qui se connecte maintenant est refusé, et celui qui attend encore accept est coupé. Les conversations acceptées continuent.",
                "这里不再监听：现在来连接的会被拒绝，还在等待 accept 的会被中断。已经接受的对话继续进行。",
            ],
            Self::Close => [
                "The socket is released, and nothing of it stays, no TIME-WAIT either. Had something arrived that we did not read, the peer would be told (ECONNRESET).",
                "La socket est libérée, il n'en reste rien, pas même un TIME-WAIT. S'il était arrivé quelque chose que nous n'avons pas lu, l'autre côté le saurait (ECONNRESET).",
                "释放套接字，什么也不留下，也没有 TIME-WAIT。如果有到达而没读的数据，对方会得知（ECONNRESET）。",
            ],
        }
    }
}

/// Whether a step is one of a Unix socket, of which so much was known before it.
pub(super) fn is_of_unix(step: &Step, before: Story) -> bool {
    before.unix
        || match &step.call {
            Call::Socket { family } => *family == Family::Unix,
            Call::Bind { to } | Call::Connect { to } => matches!(to, Address::Unix(_)),
            _ => false,
        }
}

/// What a step on a Unix socket means, where for TCP it would mean this.
pub(super) fn instead_of(meaning: Meaning, step: &Step) -> Meaning {
    use UnixMeaning as Unix;
    let error = step.outcome.error().map(|error| error.kind);
    Meaning::Unix(match meaning {
        Meaning::Socket => Unix::Socket,
        Meaning::Bind if matches!(&step.call, Call::Bind { to: Address::Unix(UnixAddress::Abstract(_)) }) => {
            Unix::BindAbstract
        }
        Meaning::Bind => Unix::Bind,
        Meaning::AddressTaken => Unix::NameTaken,
        Meaning::Listen { backlog } => Unix::Listen { backlog },
        Meaning::Connect => Unix::Connect,
        Meaning::Refused => Unix::Refused,
        Meaning::Failed if matches!(step.call, Call::Connect { .. }) && error == Some(Kind::NotFound) => {
            Unix::Missing
        }
        Meaning::Failed if matches!(step.call, Call::Connect { .. }) && error == Some(Kind::WouldBlock) => {
            Unix::Full
        }
        Meaning::WaitingError if step.call == (Call::GetOption { option: "SO_PEERCRED" }) => {
            Unix::PeerCredentials
        }
        Meaning::Send => Unix::Send,
        Meaning::SendFull => Unix::SendFull,
        Meaning::Receive => Unix::Receive,
        Meaning::PeerEnded => Unix::PeerEnded,
        Meaning::PeerEndedToo => Unix::PeerEndedToo,
        Meaning::EndOurHalf | Meaning::EndOurHalfAsServer => Unix::EndOurHalf,
        Meaning::EndOurHalfToo => Unix::EndOurHalfToo,
        Meaning::Reset => Unix::Reset,
        Meaning::BrokenPipe => Unix::BrokenPipe,
        Meaning::CloseListener => Unix::CloseListener,
        Meaning::Close => Unix::Close,
        other => return other,
    })
}
