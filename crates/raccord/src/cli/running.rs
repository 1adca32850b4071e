//! The program of `--run` while it runs: watched over by a task, asked to end, or killed.

use raccord_net::program::Program;
use tokio::sync::oneshot;

/// A program that runs beside the session.
pub(super) struct Running {
    pid: Option<u32>,
    /// Gone once the program was asked to end.
    ask: Option<oneshot::Sender<()>>,
}

impl Running {
    /// Watches over a program; `ended` is told its exit code.
    pub(super) fn watch(program: Program, ended: impl FnOnce(i32) + Send + 'static) -> Self {
        let (ask, asked) = oneshot::channel();
        let pid = program.id();
        tokio::spawn(async move { ended(watch_over(program, asked).await) });
        Self { pid, ask: Some(ask) }
    }

    /// Asks it, and what it has started, to end.
    pub(super) fn ask_to_end(&mut self) {
        if let Some(ask) = self.ask.take() {
            // it may have ended just now
            let _ = ask.send(());
        }
    }

    /// Whether it was asked to end: then its exit code says nothing.
    pub(super) fn was_asked(&self) -> bool {
        self.ask.is_none()
    }

    /// Ends it, and what it has started, at once.
    pub(super) fn kill(&self) {
        if let Some(pid) = self.pid {
            // it may have ended just now
            let _ = raccord_sys::child::kill_group(pid);
        }
    }
}

async fn watch_over(mut program: Program, asked: oneshot::Receiver<()>) -> i32 {
    tokio::select! {
        code = program.ended() => return code,
        Ok(()) = asked => program.terminate(),
    }
    program.ended().await
}
