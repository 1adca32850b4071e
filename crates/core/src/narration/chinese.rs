//! The meanings in Chinese.

use std::borrow::Cow;

use super::Meaning;
use crate::step::seconds;

pub(super) fn words(meaning: &Meaning) -> Cow<'static, str> {
    let text = match *meaning {
        Meaning::LookUp => "向域名解析器询问这个名字的地址：TCP 本身只认地址。",
        Meaning::UnknownName => "域名解析器不知道这个名字的地址。",
        Meaning::Socket => "套接字是一次对话的一端。它现在还没有地址，也没有对方。",
        Meaning::ReuseAddress => {
            "即使上次运行留下的连接还在 TIME-WAIT 中占着端口，服务器也可以立刻再用它；条件是上次运行也设置了这个选项。"
        }
        Meaning::NoDelay => "关闭 Nagle 算法：小消息立刻发出，不必等前一个得到确认。",
        Meaning::DualStack => "这个 IPv6 套接字也接受 IPv4 客户端：一个监听两者兼用。",
        Meaning::OnlyV6 => "这个套接字只接受 IPv6 客户端。",
        Meaning::ResetOnClose => "从现在起 close 会发送复位（RST），而不是正常结束（FIN）。",
        Meaning::Option => "设置套接字的一个选项。",
        Meaning::Bind => "给套接字一个地址和端口：客户端就到这里找它。",
        Meaning::BindAnyPort => "给套接字一个地址。端口 0 表示由系统选一个空闲的端口。",
        Meaning::BindClient => {
            "在 connect 之前定下我们自己的地址和端口。多数客户端不这样做，由 connect 来选。"
        }
        Meaning::AddressTaken => "另一个套接字占着这个地址和端口。`raccord port` 会告诉你是谁。",
        Meaning::Listen { backlog } => {
            return format!(
                "从现在起系统为这个套接字建立连接。backlog 为 {backlog} 时，最多有 {} 个连接等待 accept；再来的在外面等，不会被拒绝。",
                u64::from(backlog) + 1
            )
            .into();
        }
        Meaning::Accept => {
            "来了一个客户端。accept 给出一个新的套接字，只用于这次对话；原来的套接字继续监听。"
        }
        Meaning::Connect => "三次握手完成（SYN、SYN-ACK、ACK）：双方都可以说话了。",
        Meaning::ConnectLater => {
            "三次握手完成（SYN、SYN-ACK、ACK）：双方都可以说话了。套接字是非阻塞的，所以 connect 没有等它（EINPROGRESS）。"
        }
        Meaning::Refused => "对方机器拒绝了（RST）：没有程序监听那个端口，或者防火墙替它拒绝。",
        Meaning::NoAnswer => "没有任何回应：机器关着，地址不对，或者防火墙丢掉了数据包。",
        Meaning::Overtaken => {
            "这个名字有几个地址，另一个先回应了：这次尝试就放弃了（Happy Eyeballs，RFC 8305）。"
        }
        Meaning::Unreachable => "从这里没有路通往那个地址。",
        Meaning::LocalAddress => "问系统：套接字在这一边的地址和端口是什么。",
        Meaning::PeerAddress => "问对方的地址。有对方，说明连接已经建立。",
        Meaning::NoPeer => "没有对方：连接没有建立。",
        Meaning::Peek => "看一眼套接字，什么也不取走：等在那里的错误会显现出来。",
        Meaning::WaitingError => "问套接字上有没有等着的错误。",
        Meaning::Send => "系统收下了这些字节，由它发送。这并不说明对方已经收到。",
        Meaning::SendPartly => "系统只收下了一部分字节：它的缓冲区满了。其余的等有空位再发。",
        Meaning::SendFull => "系统的缓冲区满了：对方还没有取走里面的内容。我们等到有空位再发。",
        Meaning::Receive => {
            "取走已经到达的字节。TCP 不保留消息的边界：可能是对方一次发送的一部分，也可能更多。"
        }
        Meaning::NothingYet => "还没有东西。套接字是非阻塞的：有东西来时会叫醒我们。",
        Meaning::PeerEnded => "0 字节：对方结束了它的一半（FIN）。它不再发送，但可能还在读。",
        Meaning::PeerEndedToo => "0 字节：对方也结束了它的一半（FIN）。两个方向都结束了。",
        Meaning::NothingMore => "0 字节：中断的连接不会再有东西来。",
        Meaning::EndOurHalf => {
            "半关闭：我们不再发送（FIN），但还在读。有些服务器看到它就丢掉回答：--no-shutdown 就是为它们准备的。"
        }
        Meaning::EndOurHalfAsServer => "半关闭：我们不再发送（FIN），但还读客户端发来的东西。",
        Meaning::EndOurHalfToo => "我们也结束自己的一半（FIN）：两个方向都正常结束了。",
        Meaning::Reset => "对方发来复位（RST）：它中断了连接，还在路上的东西都丢了。",
        Meaning::BrokenPipe => "我们向一个已经结束的连接写：对方早已复位（RST）。",
        Meaning::Lost => "对方不再回应，系统放弃了这个连接。",
        Meaning::CloseListener => "不再监听：现在来连接的会被拒绝。已经接受的对话继续进行。",
        Meaning::CloseUnconnected => "把套接字还给系统。没有连接需要结束。",
        Meaning::CloseTimeWaitHere { left } => {
            return format!(
                "我们这一半先结束，所以系统让我们这一端留在 TIME-WAIT{}：迟到的数据包不能混进新的对话。它占着端口。",
                for_so_long(left)
            )
            .into();
        }
        Meaning::CloseTimeWaitThere { left } => {
            return format!(
                "这一边什么也不剩。对方那一半先结束，所以是对方那一端留在 TIME-WAIT{}。",
                for_so_long(left)
            )
            .into();
        }
        Meaning::CloseWaitsForPeer => "程序用完了它。系统还在等对方结束它的一半。",
        Meaning::CloseWaitsForAcknowledgement => "程序用完了它。系统还在等对方确认我们的结束。",
        Meaning::CloseReset => "发出了复位（RST）：这一边什么也不剩，也没有 TIME-WAIT。",
        Meaning::CloseBroken => "把中断的连接还给系统：这一边什么也不剩。",
        Meaning::CloseGone => "连接结束了：系统在这一边什么也没留下。",
        Meaning::Close => "把套接字还给系统。",
        Meaning::Failed => "系统拒绝了这个调用。",
    };
    text.into()
}

fn for_so_long(left: Option<std::time::Duration>) -> String {
    left.map_or_else(String::new, |left| format!(" {} 秒", seconds(left)))
}
