//! How an observer reads events: the bytes of each direction of each connection as one stream of text.

use std::collections::BTreeMap;

use crate::encoding::{Decoded, Decoder, Encoding};
use crate::event::{ConnId, Data, Dir};

/// The decoders of all connections that an observer sees. Decoding is the observer's work, off the path of the
/// bytes; a character that is cut between two chunks belongs to the one in which its last byte came.
#[derive(Debug)]
pub struct View {
    encoding: Encoding,
    decoders: BTreeMap<(Option<ConnId>, Dir), Decoder>,
    decoded: Decoded,
}

impl View {
    /// A view in which both directions of every connection are in `encoding`.
    pub fn new(encoding: Encoding) -> Self {
        Self { encoding, decoders: BTreeMap::new(), decoded: Decoded::default() }
    }

    /// The text of what travelled next in its direction: of a chunk, or of a message's payload, which is a text of its
    /// own.
    pub fn read(&mut self, conn: Option<ConnId>, data: &Data) -> &Decoded {
        self.decoded.clear();
        let encoding = self.encoding;
        let decoder = self.decoders.entry((conn, data.dir)).or_insert_with(|| encoding.decoder());
        decoder.push(data.payload(), &mut self.decoded);
        if data.ends_message() {
            decoder.finish(&mut self.decoded);
        }
        &self.decoded
    }

    /// The bytes of a character that the end of this direction cut, if any; forgets the direction.
    pub fn end(&mut self, conn: Option<ConnId>, dir: Dir) -> Vec<u8> {
        self.decoders.remove(&(conn, dir)).map(|decoder| decoder.pending().to_vec()).unwrap_or_default()
    }
}
