//! A terminal that is not UTF-8: whatever a command says at once is in its encoding, and for programs in UTF-8.

use raccord_core::encoding::Encoding;

use crate::harness::{Collected, raccord, terminal};

/// What a terminal in this locale gets from raccord with these words, which end with this code.
fn shown(words: &[&str], locale: &str, code: i32) -> Vec<u8> {
    let (person, program) = terminal();
    let screen = Collected::from_reader(person);
    let run = raccord(words).env("LC_ALL", locale).env("TERM", "dumb").with(move |command| {
        command.stdout(program.try_clone().unwrap()).stderr(program);
    });
    run.run().expect(code);
    screen.all()
}

#[test]
fn all_that_is_said_at_once_is_in_its_encoding() {
    for (words, code) in [
        (&["--help"][..], 0),
        (&["listen", "-h"], 0),
        (&["listen", "--help"], 0),
        (&["tour", "--help"], 0),
        (&["port"], 0),
        (&["encodings"], 0),
        (&["completions", "zsh"], 0),
        (&["man"], 0),
        (&["tour", "--lang", "en"], 0),
        (&[], 2),
        (&["encodings", "é"], 1),
        (&["listen", "é"], 2),
    ] {
        let shown = String::from_utf8(shown(words, "C", code)).unwrap();
        assert!(shown.is_ascii(), "{words:?}: {shown}");
        for sign in ["─", "│", "…", "·", "’", "→"] {
            let number = sign.chars().next().map(|sign| format!("\\u{{{:x}}}", u32::from(sign))).unwrap();
            assert!(!shown.contains(&number), "{words:?}: {sign} has no likeness in {shown}");
        }
    }
}

#[test]
fn a_chinese_terminal_reads_chinese() {
    let gbk = Encoding::for_label("gbk").unwrap();
    let shown = gbk.decode(&shown(&["tour", "--lang", "zh"], "zh_CN.GBK", 0));
    assert_eq!(shown.invalid.len(), 0);
    assert!(shown.text.contains("服务器"), "{}", shown.text);
    assert!(!shown.text.contains("\\u{"), "{}", shown.text);
}

#[test]
fn a_program_reads_utf_8() {
    let out = raccord(["tour", "--help"]).env("LC_ALL", "C").run().expect(0).out();
    assert!(out.contains("en français") && out.contains("用中文"), "{out}");
}
