//! How a connection is closed when TLS itself has failed.

use std::io;
use std::time::Duration;

use tokio::time::timeout;

use super::stream::Tls;

/// How long, and how much, raccord still reads, so that no reset destroys the alert that says why.
const LINGER: Duration = Duration::from_secs(1);
const LINGER_BYTES: usize = 1024 * 1024;

impl Tls {
    /// Parts from a peer with which TLS has failed: the alert goes out, then FIN, and what comes is read unseen, until the
    /// peer's end, for a second or a MiB at most. After it the socket can be closed.
    pub async fn part(&mut self) {
        // late is as good as done
        let _ = timeout(LINGER, self.say_why_and_read_on()).await;
    }

    /// Fails where nothing more can be done.
    async fn say_why_and_read_on(&mut self) -> io::Result<()> {
        while let Err(error) = self.flush() {
            if error.kind() != io::ErrorKind::WouldBlock {
                return Err(error);
            }
            self.stream().writable().await?;
        }
        self.end_tcp()?;
        let (mut buffer, mut read) = (vec![0; 4096], 0);
        while read < LINGER_BYTES {
            self.stream().readable().await?;
            match self.stream().try_read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => read += count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}
