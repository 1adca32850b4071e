//! What a program prints, told line by line.

use bytes::Bytes;
use raccord_core::event::{ConnId, EventKind};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader};
use tokio::task::JoinSet;
use tokio::time::{Duration, timeout};

use crate::feed::Feed;

/// The longest line that is kept together; a longer one comes in pieces.
const LONGEST: u64 = 64 * 1024;
/// How long lines may still come after the program's end: from what it left behind in the background.
const LAST_LINES: Duration = Duration::from_millis(200);

/// The outputs of a program that are read to be told. Dropping it closes them.
#[derive(Debug, Default)]
pub(crate) struct Lines(JoinSet<()>);

impl Lines {
    /// Each line of `output` is an event of `feed` from now on: of `conn`, where the program runs for a connection.
    pub(crate) fn tell(
        &mut self,
        output: impl AsyncRead + Unpin + Send + 'static,
        conn: Option<ConnId>,
        feed: &Feed,
    ) {
        self.0.spawn(tell(output, conn, feed.clone()));
    }

    /// Waits for the last of them once the program has ended; what runs on in the background may hold its outputs for
    /// ever, and is soon not heard any more.
    pub(crate) async fn end(&mut self) {
        let rest = async { while self.0.join_next().await.is_some() {} };
        let _ = timeout(LAST_LINES, rest).await;
        self.0.abort_all();
    }
}

async fn tell(output: impl AsyncRead + Unpin, conn: Option<ConnId>, feed: Feed) {
    let mut output = BufReader::new(output);
    let mut line = Vec::new();
    loop {
        line.clear();
        match (&mut output).take(LONGEST).read_until(b'\n', &mut line).await {
            Ok(0) | Err(_) => return,
            Ok(_) => {
                let text = line.strip_suffix(b"\n").unwrap_or(&line);
                feed.room().await;
                feed.emit(conn, EventKind::Printed(Bytes::copy_from_slice(text)));
            }
        }
    }
}
