//! Both ways against Python's codecs, which many peers are written with: over all of Unicode for the Chinese
//! ones, nothing differs but what the notes tell.

#![expect(clippy::disallowed_types, reason = "the test runs python3; the library starts no program")]
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a panic here is a failed test")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};

use raccord_core::encoding::Encoding;

/// Reads lines `CODEC CODEPOINT BYTES` (in hex) of what we send; writes lines `CODEC DIFFERENCE CODEPOINT`.
const SCRIPT: &str = r"
import sys
ours = {}
for line in sys.stdin:
    codec, code, data = line.split()
    ours.setdefault(codec, {})[int(code, 16)] = bytes.fromhex(data)
for codec, table in ours.items():
    for code in range(0x110000 if codec in ('gbk', 'gb18030') else 0x10000):
        if 0xD800 <= code < 0xE000:
            continue
        character, sent = chr(code), table.get(code)
        try:
            python = character.encode(codec)
        except UnicodeEncodeError:
            python = None
        if sent is not None and sent.decode(codec, 'replace') != character:
            print(codec, 'reads', '%x' % code)
        if sent is None and python is not None:
            print(codec, 'alone', '%x' % code)
        if sent is not None and python is not None and sent != python:
            print(codec, 'sends', '%x' % code)
";

/// Our encoding, and Python's name for the codec that should be the same.
const PAIRS: [(&str, &str); 20] = [
    ("gbk", "gbk"),
    ("gb18030", "gb18030"),
    ("cp932", "cp932"),
    ("euc-kr", "cp949"),
    ("ascii", "ascii"),
    ("latin1", "latin_1"),
    ("iso-8859-2", "iso8859_2"),
    ("iso-8859-3", "iso8859_3"),
    ("iso-8859-4", "iso8859_4"),
    ("iso-8859-5", "iso8859_5"),
    ("iso-8859-6", "iso8859_6"),
    ("iso-8859-7", "iso8859_7"),
    ("iso-8859-8", "iso8859_8"),
    ("iso-8859-10", "iso8859_10"),
    ("iso-8859-13", "iso8859_13"),
    ("iso-8859-14", "iso8859_14"),
    ("iso-8859-15", "iso8859_15"),
    ("iso-8859-16", "iso8859_16"),
    ("koi8-r", "koi8_r"),
    ("ibm866", "cp866"),
];

/// By codec and kind: `reads` (Python reads our bytes as something else), `sends` (Python has other bytes)
/// and `alone` (only Python has the character).
type Differences = BTreeMap<(String, String), BTreeSet<char>>;

#[test]
fn python_differs_only_as_the_notes_tell() {
    let mut differences = differences();
    let mut take = |codec: &str, kind: &str| {
        differences
            .remove(&(codec.to_owned(), kind.to_owned()))
            .unwrap_or_default()
            .into_iter()
            .collect::<Vec<_>>()
    };

    let edition_of_2022: Vec<char> = ['\u{1e3f}']
        .into_iter()
        .chain('\u{9fb4}'..='\u{9fbb}')
        .chain(['\u{e7c7}'])
        .chain('\u{fe10}'..='\u{fe19}')
        .collect();
    assert_eq!(take("gb18030", "reads"), edition_of_2022);
    assert_eq!(take("gb18030", "sends"), edition_of_2022);
    assert_eq!(take("gb18030", "alone"), ['\u{e5e5}']);

    assert_eq!(take("cp932", "reads"), ['¥', '‾', '−']);
    // Python sends some characters of IBM and NEC, which have two places, from the other one, and private
    // use.
    assert!(!take("cp932", "sends").is_empty());
    assert!(take("cp932", "alone").contains(&'〜'));

    assert_eq!(differences, Differences::new(), "gbk above all: nothing may be left");
}

fn differences() -> Differences {
    let mut python = Command::new("python3")
        .args(["-c", SCRIPT])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("this test needs python3 in the PATH");
    // All of it is read before anything is written back, so neither side waits for the other.
    python.stdin.take().unwrap().write_all(what_we_send().as_bytes()).expect("python3 reads what we send");
    let output = python.wait_with_output().unwrap();
    assert!(output.status.success(), "python3 ended with {}", output.status);
    let mut differences = Differences::new();
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        let [codec, kind, code] = line.split(' ').collect::<Vec<_>>()[..] else {
            panic!("python3 wrote {line:?}")
        };
        let character = char::from_u32(u32::from_str_radix(code, 16).unwrap()).unwrap();
        differences.entry((codec.to_owned(), kind.to_owned())).or_default().insert(character);
    }
    differences
}

fn what_we_send() -> String {
    let mut lines = String::new();
    for (label, codec) in PAIRS {
        let encoding = Encoding::for_label(label).unwrap();
        // The tables of the others have nothing beyond.
        let last = if ["gbk", "gb18030"].contains(&codec) { char::MAX } else { '\u{ffff}' };
        for character in '\0'..=last {
            let Ok(bytes) = encoding.encode(character.encode_utf8(&mut [0; 4])) else { continue };
            write!(lines, "{codec} {:x} ", u32::from(character)).unwrap();
            for byte in bytes {
                write!(lines, "{byte:02x}").unwrap();
            }
            lines.push('\n');
        }
    }
    lines
}
