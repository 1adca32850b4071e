//! The meanings in Chinese.

use std::borrow::Cow;

use super::Meaning;
use crate::lang::Lang;
use crate::step::seconds;

#[expect(clippy::too_many_lines, reason = "a list: one entry for each meaning")]
pub(super) fn words(meaning: &Meaning) -> Cow<'static, str> {
    let text = match *meaning {
        Meaning::LookUp => "向域名解析器询问这个名字的地址：TCP 本身只认地址。",
        Meaning::UnknownName => "域名解析器没有给出这个名字的地址：它不知道，或者无法查询。",
        Meaning::Socket => "套接字是一次对话的一端。它现在还没有地址，也没有对方。",
        Meaning::ReuseAddress => {
            "即使以前运行留下的连接还在这个端口上处于 TIME-WAIT，也可以立刻再用这个端口；条件是那次运行也设置了这个选项。"
        }
        Meaning::NoDelay => "关闭 Nagle 算法：小消息立刻发出，不必等前一个得到确认。",
        Meaning::DualStack => {
            "绑定到所有地址（[::]）时，这个 IPv6 套接字也接受 IPv4 客户端：一个监听套接字兼顾两者。"
        }
        Meaning::OnlyV6 => "这个套接字只接受 IPv6 客户端。",
        Meaning::ReusePort => {
            "同一用户的几个套接字可以在同一个地址和端口上监听，条件是每一个都设置了这个选项。Linux 把客户端分配给它们。"
        }
        Meaning::KeepAlive => {
            "一段时间没有收到对方的数据后，系统会询问对方是否还在（探测）。连续几次探测都没有回应，系统就放弃这个连接。"
        }
        Meaning::KeepAliveAfter { seconds } => {
            return format!("如果 {seconds}\u{a0}秒没有收到对方的任何数据，就发出第一次探测。").into();
        }
        Meaning::KeepAliveEvery { seconds } => {
            return format!("一次探测没有回应时，过 {seconds}\u{a0}秒再发下一次。").into();
        }
        Meaning::SendBuffer => {
            "系统发送缓冲区的大小，以字节为单位。Linux 先把它限制在 net.core.wmem_max 以内，再加倍，留出自己管理所需的空间，此后不再自动调整。"
        }
        Meaning::ReceiveBuffer => {
            "系统接收缓冲区的大小，以字节为单位；它限制接收窗口。Linux 先把它限制在 net.core.rmem_max 以内，再加倍，留出自己管理所需的空间，此后不再自动调整。"
        }
        Meaning::ResetOnClose => "从现在起 close 会发送复位（RST），而不是正常结束（FIN）。",
        Meaning::Option => "设置套接字的一个选项。",
        Meaning::Bind => "给套接字一个地址和端口：客户端就到这里找它。",
        Meaning::BindAnyPort => "给套接字一个地址。端口 0 表示由系统选一个空闲的端口。",
        Meaning::BindClient => {
            "在 connect 之前定下我们自己的地址和端口。多数客户端不这样做，由 connect 来选。"
        }
        Meaning::AddressTaken => {
            "另一个套接字占着这个端口，地址相同或者有重叠。`raccord port` 会告诉你是哪一个。"
        }
        Meaning::Listen { backlog } => {
            return format!(
                "从现在起系统为这个套接字建立连接。backlog 为 {backlog} 时，最多有 {} 个连接等待 accept（net.core.somaxconn 更低时则更少）；再来的在外面等，不会被拒绝。",
                u64::from(backlog) + 1
            )
            .into();
        }
        Meaning::Accept => {
            "来了一个客户端。accept 给出一个新的套接字，只用于这次对话；原来的套接字继续监听。"
        }
        Meaning::Connect => "三次握手完成（SYN、SYN-ACK、ACK）：双方都可以发送数据了。",
        Meaning::ConnectLater => {
            "三次握手完成（SYN、SYN-ACK、ACK）：双方都可以发送数据了。套接字是非阻塞的，所以 connect 没有等它（EINPROGRESS）。"
        }
        Meaning::Refused => {
            "被拒绝：没有程序监听那个端口（收到复位 RST），或者防火墙替它拒绝（RST 或 ICMP）。"
        }
        Meaning::NoAnswer => {
            "等待期间没有任何回应：可能是对方机器没开，地址不对，防火墙丢弃了数据包，或者服务器的 backlog 满了。"
        }
        Meaning::Overtaken => {
            "这个名字有几个地址，另一个先回应了：这次尝试就放弃了（Happy Eyeballs，RFC 8305）。"
        }
        Meaning::Unreachable => {
            "到不了那个地址：没有通往它的路由，它所在的网络上没有机器应答，或者被路由器或防火墙拒绝。"
        }
        Meaning::LocalAddress => "向系统查询套接字在本端的地址和端口。",
        Meaning::PeerAddress => "问对方的地址。有对方，说明连接已经建立。",
        Meaning::NoPeer => "没有对方：连接没有建立，或者已经结束。",
        Meaning::Peek => "看一眼已经到达的字节，但不取走；如果套接字上有等着的错误，就返回这个错误。",
        Meaning::WaitingError => "问套接字上有没有等着的错误。",
        Meaning::Send => "系统收下了这些字节，由它发送。这并不说明对方已经收到。",
        Meaning::SendPartly => "系统只收下了一部分字节：发送缓冲区满了。其余的等有空间再发。",
        Meaning::SendFull => "系统的发送缓冲区满了：里面的字节还没有得到对方确认。我们等到有空间再发。",
        Meaning::Receive => {
            "取走已经到达的字节。TCP 不保留消息的边界：可能是对方一次发送的一部分，也可能更多。"
        }
        Meaning::NothingYet => "现在还没有数据或连接到来。套接字是非阻塞的：到来时会唤醒我们。",
        Meaning::HandshakeFailed => {
            "TLS：双方没有谈妥，或者一方不信任另一方。没有密钥，什么也说不了，连接就此结束。"
        }
        Meaning::Handshake => {
            "TLS：双方商定了加密算法和别人没有的密钥，服务器出示了证书。此后传输的都是密文，其记录比所说的内容略长。"
        }
        Meaning::PeerEnded => "0 字节：对方结束了发送（FIN）。它不会再发来数据，但可能还在接收。",
        Meaning::PeerEndedToo => "0 字节：对方也结束了发送（FIN）。两个方向都已关闭。",
        Meaning::NothingMore => "0 字节：连接已经中断，不会再有数据到来。",
        Meaning::EndOurHalf => {
            "半关闭：我们不再发送（FIN），但还继续接收。有些服务器一见到它就不再回答：--no-shutdown 就是为它们准备的。"
        }
        Meaning::EndOurHalfAsServer => "半关闭：我们不再发送（FIN），但还继续接收客户端发来的数据。",
        Meaning::EndOurHalfToo => "我们也结束发送（FIN）：两个方向都正常关闭了。",
        Meaning::Reset => "对方发来复位（RST）：它中断了连接，还在途中的数据都丢失了。",
        Meaning::BrokenPipe => "我们向一个已经结束的连接写数据：对方已经复位了它（RST）。",
        Meaning::Lost => "对方不再回应，系统放弃了这个连接。",
        Meaning::CloseListener => {
            "这里不再监听：现在来连接的会被拒绝，还在等待 accept 的会被复位（RST）。已经接受的对话继续进行。"
        }
        Meaning::CloseUnconnected => "释放套接字。没有连接需要结束。",
        Meaning::CloseTimeWaitHere { left } => {
            return format!(
                "我们这一端先结束发送，所以系统让它在 TIME-WAIT 状态停留{}，以免迟到的数据包混进新的对话。这期间端口仍被占用。",
                for_so_long(left)
            )
            .into();
        }
        Meaning::CloseTimeWaitThere { left } => {
            return format!(
                "这一端什么也没留下。对方先结束发送，所以是对方那一端在 TIME-WAIT 状态停留{}。",
                for_so_long(left)
            )
            .into();
        }
        Meaning::CloseWaitsForPeer => "程序不再使用它了。系统还在等对方结束发送。",
        Meaning::CloseWaitsForAcknowledgement => "程序不再使用它了。系统还在等对方确认我们的 FIN。",
        Meaning::CloseReset => "发出了复位（RST）：这一端什么也没留下，也没有 TIME-WAIT。",
        Meaning::CloseBroken => "释放已中断的连接：这一端什么也没留下。",
        Meaning::CloseGone => "连接结束了：系统在这一端什么也没留下。",
        Meaning::Close => "释放套接字。",
        Meaning::Failed => "系统拒绝了这个调用。",
        Meaning::Unix(unix) => return unix.words(Lang::Chinese),
    };
    text.into()
}

fn for_so_long(left: Option<std::time::Duration>) -> String {
    left.map_or_else(String::new, |left| format!(" {}\u{a0}秒", seconds(left)))
}
