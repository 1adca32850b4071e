//! The tour in Chinese.

use std::time::Duration;

use raccord_core::event::End;

use super::words::Words;

pub(super) struct Chinese;

impl Words for Chinese {
    fn title(&self) -> &'static str {
        "TCP 导览"
    }

    fn opening(&self) -> &'static str {
        "一个服务器和一个客户端在这台机器上对话，随后的四个实验展示 TCP 在这前后做了什么。每个套接字都是真的，都在环回地址（127.0.0.1）\
         上。没有任何数据离开这台机器，你读到的就是刚刚发生的事。"
    }

    fn chapters(&self) -> [&'static str; 5] {
        [
            "客户端与服务器的一次对话",
            "TIME-WAIT 留在哪一端",
            "SO_REUSEADDR：怎样马上重新用上端口",
            "backlog 满了会怎样",
            "半关闭有什么用",
        ]
    }

    fn openings(&self) -> [&'static str; 5] {
        [
            "服务器在左，客户端在右，每一步排在它完成的时刻：所以 accept 可能出现在它所对应的 connect 之前。一步就是一次系统调用，附有参数和结果；两端的状态有变化时，写在它下面。\
             文本和课程里一样用 GBK 传输；文本下面是它的字节，ASCII 以外的字节写成 \\xHH。",
            "连接关闭之后并不会立刻消失。这里有两个连接：一个由服务器先调用 close()，另一个由客户端先调用。\
             状态取自内核自己的套接字表，名称依照 RFC 9293 和 ss（netstat 写作 TIME_WAIT）。",
            "旧服务器先关闭了连接，然后退出：它的端口上留下了 TIME-WAIT。新服务器想要这个端口。bind() 之前由谁设置 SO_REUSEADDR？\
             都不设置，只有其中一个设置，或者两者都设置：四种情况，每一种都是刚刚实际做的。",
            "服务器以 1 为 backlog 调用 listen()，却不调用 accept()。客户端一个接一个地来。",
            "TCP 传输的是字节，字节本身并不说明一个问题到哪里结束。客户端分三次发送一个问题，然后调用 shutdown(SHUT_WR)：\
             它不再发送，这个方向就此关闭；另一个方向仍然打开，等着回答。",
        ]
    }

    fn any_key(&self) -> &'static str {
        "按任意键继续，按 q 结束"
    }

    fn farewell(&self) -> (&'static str, [&'static str; 3]) {
        (
            "导览到此结束。接下来用你自己的程序试试：",
            ["当服务器，每一步都有解释", "当客户端", "谁占着这个端口"],
        )
    }

    fn end(&self, end: End) -> &'static str {
        match end {
            End::Server => "服务器",
            End::Client => "客户端",
        }
    }

    fn gone(&self) -> &'static str {
        "已没有套接字"
    }

    fn left(&self, seconds: u64) -> String {
        format!("还剩 {seconds}\u{a0}秒")
    }

    fn not_made(&self, call: &str, said: &str) -> String {
        format!("这一步在这里没能做成。{call}：{said}。")
    }

    fn unseen(&self) -> &'static str {
        "这里读不到内核的套接字表，所以不显示状态。"
    }

    fn unusual(&self) -> &'static str {
        "Linux 通常不是这样。这里写的是本机的实际结果；原因可能是沙箱、特别的设置，或者负载过高。"
    }

    fn in_gbk(&self, characters: usize, bytes: usize, wide: char, wide_bytes: &str) -> String {
        format!(
            "字符不等于字节：回答有 {characters} 个字符，在 GBK 中是 {bytes} 个字节，因为 {wide} 占两个字节：{wide_bytes}。"
        )
    }

    fn ended_first(&self, end: End) -> String {
        format!("{}先结束了发送。这会留下什么，请看下一章。", self.end(end))
    }

    fn closing(&self, first: End) -> [&'static str; 2] {
        match first {
            End::Server => ["服务器已关闭", "随后两端都已关闭"],
            End::Client => ["客户端已关闭", "随后两端都已关闭"],
        }
    }

    fn time_wait(&self) -> [&'static str; 3] {
        [
            "TIME-WAIT 留在先关闭的一端，不论那是服务器还是客户端；先用 shutdown() 结束发送，也算先关闭。在 Linux 上它持续 60\u{a0}秒（RFC 9293 要求报文段最大生存时间 MSL 的两倍），\
             原因有二：迟到的报文段不能被当成新连接的报文段；最后一个 ACK 也许还要重发。",
            "途中的状态：处于 FIN-WAIT-1 的一端已经结束发送；得到确认后进入 FIN-WAIT-2，等对方也结束发送。\
             处于 CLOSE-WAIT 的一端已得知对方结束发送，而自己的程序还没有关闭。忘记关闭的程序，只要还在运行，它的套接字就一直停在 CLOSE-WAIT。",
            "客户端很少在意这件事，因为系统下次会给它另一个端口。服务器却要用同一个端口：请看下一章。",
        ]
    }

    fn reuse_columns(&self) -> [&'static str; 3] {
        ["旧服务器", "新服务器", "bind()"]
    }

    fn set(&self, set: bool) -> &'static str {
        if set { "已设置" } else { "未设置" }
    }

    fn bound(&self) -> &'static str {
        "0：得到了端口"
    }

    fn no_time_wait(&self) -> &'static str {
        "并不是每种情况下都在端口上看到了 TIME-WAIT。"
    }

    fn reuse_address(&self) -> [&'static str; 2] {
        [
            "只有两者都设置了这个选项，新服务器才能得到端口。所以服务器总要设置它，而且从第一次 bind() 之前就设置：\
             因为到重启那天，旧服务器当初是否设置过，同样起作用。",
            "这就是课程里说的两条出路：设置 SO_REUSEADDR（推荐），或者换一个端口。两样都不做，就要等 TIME-WAIT 过去。",
        ]
    }

    fn while_listening(&self, said: &str) -> String {
        format!("如果旧服务器还在监听，而两者都设置了这个选项呢？bind()：{said}。")
    }

    fn never_two(&self) -> &'static str {
        "在 Linux 上，SO_REUSEADDR 绝不会让两个服务器在同一个地址和端口上监听。"
    }

    fn connected(&self, clients: u32) -> String {
        format!("尽管没有人调用过 accept()，已经连接的客户端有 {clients} 个：握手由内核自己完成。")
    }

    fn queue(&self, waiting: u32, backlog: u32) -> String {
        format!("内核的表显示：{waiting} 个在等待接受，backlog 为 {backlog}。")
    }

    fn waits(&self, number: u32, watched: Duration) -> String {
        format!("过了 {:.1}\u{a0}秒，客户端 {number} 还没有连接成功。", watched.as_secs_f64())
    }

    fn its_state(&self, state: &str) -> String {
        format!("它的状态是 {state}。")
    }

    fn not_refused(&self) -> &'static str {
        "它没有被拒绝：内核只是不声不响地丢弃它的 SYN。"
    }

    fn let_in(&self, number: u32, after: Duration) -> String {
        format!(
            "现在服务器接受一个客户端，队列里有了空间。客户端 {number} 在调用 connect() 之后 {:.2}\u{a0}秒连接成功：内核会重发它的 SYN，\
             第一次重发大约在一秒之后。",
            after.as_secs_f64()
        )
    }

    fn not_let_in(&self, number: u32) -> String {
        format!("随后服务器接受了一个客户端，但客户端 {number} 在接下来的几秒内没有连接成功。")
    }

    fn backlog(&self) -> &'static str {
        "所以 backlog 为 n 时，Linux 让 n + 1 个客户端等待接受。对于后来的客户端，内核会一再重发 SYN，很久以后才放弃（ETIMEDOUT）。\
         backlog 满了并不拒绝任何人：ECONNREFUSED 的意思是那里没有程序在监听，或者被防火墙拒绝。课程里的 listen(128) 可容 129 个，\
         除非系统自己的上限 net.core.somaxconn 更低。"
    }

    fn question(&self, sends: usize, bytes: usize, reads: usize) -> String {
        format!(
            "客户端发送 {sends} 次，共 {bytes} 个字节；服务器读取 {reads} 次收到全部内容：TCP 不保留每次发送的边界。\
             下一次 recv() 返回 0：客户端说完了。"
        )
    }

    fn half_closed(&self) -> &'static str {
        "服务器现在知道问题有多长了，于是在仍然打开的那个方向上回答。"
    }

    fn answer(&self, answer: &str) -> String {
        format!("客户端读到“{answer}”。然后它的 recv() 也返回 0，它就关闭了。")
    }

    fn half_closing(&self) -> [&'static str; 2] {
        ["客户端已结束发送", "随后两端都已关闭"]
    }

    fn closed_instead(&self, first: &str, second: &str) -> String {
        format!(
            "如果客户端改为调用 close() 呢？也实际做了：服务器的第一次 send() 返回 {first}，第二次得到 {second}。"
        )
    }

    fn half_close(&self) -> &'static str {
        "第一次 send() 只是把字节交给了内核。已经没有人来读它们，于是回来一个复位（RST）：回答丢失了。\
         所以：先结束发送，读到返回 0，再关闭。"
    }

    fn labelled(&self, label: &str, text: &str) -> String {
        format!("{label}：{text}")
    }

    fn and(&self, state: &str, more: &str) -> String {
        format!("{state}，{more}")
    }

    fn between_sentences(&self) -> &'static str {
        ""
    }
}
