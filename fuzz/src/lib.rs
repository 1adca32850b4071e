//! What the fuzz targets share: an input cut into what they need, and what no output may hold.

use raccord_core::encoding::Encoding;

/// An input for the targets that read a stream: its first byte picks an encoding, the next four say where the
/// rest is cut.
pub struct Stream<'a> {
    /// One of raccord's.
    pub encoding: Encoding,
    /// The stream in one piece.
    pub whole: &'a [u8],
    /// The same stream in five pieces, some of which may be empty.
    pub pieces: [&'a [u8]; 5],
}

impl<'a> Stream<'a> {
    /// The stream that `input` stands for; none where it is too short.
    pub fn of(input: &'a [u8]) -> Option<Self> {
        let (&[encoding, ref cuts @ ..], whole) = input.split_first_chunk::<5>()?;
        let encodings: Vec<_> = Encoding::all().collect();
        let encoding = encodings[usize::from(encoding) % encodings.len()];
        Some(Self { encoding, whole, pieces: pieces(whole, *cuts) })
    }
}

/// An input for the targets that read a stream by what a text says: its first line, where that is text, and the rest.
pub fn split_line(input: &[u8]) -> (&str, &[u8]) {
    let end = input.iter().position(|&byte| byte == b'\n').unwrap_or(input.len());
    let (line, rest) = input.split_at(end);
    (std::str::from_utf8(line).unwrap_or_default(), rest.get(1..).unwrap_or_default())
}

/// `whole` in five pieces, some of which may be empty.
pub fn pieces(whole: &[u8], cuts: [u8; 4]) -> [&[u8]; 5] {
    let mut ends = cuts.map(|cut| usize::from(cut) % (whole.len() + 1));
    ends.sort_unstable();
    let [a, b, c, d] = ends;
    [&whole[..a], &whole[a..b], &whole[b..c], &whole[c..d], &whole[d..]]
}

/// Panics where `text`, which is meant for a terminal, holds a control character or one that reorders text.
#[track_caller]
pub fn assert_harmless(text: &str) {
    let harmful = |c: char| {
        c.is_control()
            || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    assert!(!text.contains(harmful), "a character that disturbs a terminal: {text:?}");
}

/// Panics where `column`, counted in characters from 1, does not lie in `text` or right behind it.
#[track_caller]
pub fn assert_within(column: usize, text: &str) {
    assert!((1..=text.chars().count() + 1).contains(&column), "column {column} of {text:?}");
}
