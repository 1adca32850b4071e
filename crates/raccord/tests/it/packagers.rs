//! What packagers take: manual pages that typeset cleanly, completions that the real shells load and use.

use std::path::Path;

use crate::harness::{binary, peer, raccord};

const COMMANDS: [&str; 6] = ["connect", "listen", "port", "encodings", "completions", "man"];

#[test]
fn the_manual_pages_are_clean() {
    for command in COMMANDS.map(Some).into_iter().chain([None]) {
        let page = raccord(["man"].into_iter().chain(command)).run().expect(0).out();
        for title in
            [".SH NAME", ".SH SYNOPSIS", ".SH \"EXIT STATUS\"", ".SH \"ENVIRONMENT\"", ".SH EXAMPLES"]
        {
            assert!(page.contains(title), "{command:?}: {title}");
        }
        for variable in ["LC_ALL, LC_CTYPE, LANG", "LC_ALL, LC_MESSAGES, LANG", "XDG_STATE_HOME, HOME"] {
            assert!(page.contains(variable), "{command:?}: {variable}");
        }
        for (program, words) in [("groff", &["-ww", "-man", "-Tutf8"][..]), ("mandoc", &["-Tlint"])] {
            let checked = peer(program, words).input(page.clone()).run().expect(0);
            let said = if program == "mandoc" { checked.out() } else { checked.err() };
            assert_eq!(said, "", "{program} on {command:?}");
        }
    }
    raccord(["man", "nothing"]).run().expect(2);
}

#[test]
fn the_manual_page_shows_examples_as_they_are_typed() {
    let page = raccord(["man", "connect"]).run().expect(0).out();
    let shown = peer("groff", ["-man", "-Tascii", "-P-c"]).input(page).run().expect(0).out();
    assert!(shown.contains(r"raccord connect localhost:8989 --send 'hello\r\n' --replies 1"), "{shown}");
}

/// What each shell is asked to complete, and one of the answers.
const COMPLETED: [(&str, &str); 9] = [
    ("raccord li", "listen"),
    ("raccord listen --rep", "--reply-hex"),
    ("raccord connect --rec", "--reconnect"),
    ("raccord listen -E gb", "gb18030"),
    ("raccord connect --encoding shift", "shift_jis"),
    ("raccord listen -o ", "json"),
    ("raccord completions z", "zsh"),
    ("raccord man l", "listen"),
    ("raccord listen 8989 --ex", "--exec"),
];

#[test]
fn bash_completes_commands_options_and_values() {
    let folder = script("bash", "raccord.bash");
    let complete = r#"
        source raccord.bash
        read -ra COMP_WORDS <<<"$1"
        [[ $1 == *' ' ]] && COMP_WORDS+=('')
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        _raccord raccord "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
        printf '%s\n' "${COMPREPLY[@]}""#;
    for (typed, expected) in COMPLETED {
        assert_offers(folder.path(), ["bash", "-c", complete, "bash", typed], expected);
    }
}

#[test]
fn fish_completes_commands_options_and_values() {
    let folder = script("fish", "raccord.fish");
    for (typed, expected) in COMPLETED {
        let complete = format!("source raccord.fish; complete -C '{typed}'");
        assert_offers(folder.path(), ["fish", "--no-config", "-c", &complete], expected);
    }
}

#[test]
fn zsh_loads_the_completions_and_finds_the_values_there() {
    let folder = script("zsh", "_raccord");
    let load =
        "fpath=(. $fpath); autoload -Uz compinit && compinit -u -D && autoload +X _raccord && which _raccord";
    for expected in ["listen", "--reply-hex=", "gb18030", "shift_jis", "json"] {
        assert_offers(folder.path(), ["zsh", "-fc", load], expected);
    }
}

/// A folder with the completions for a shell.
fn script(shell: &str, name: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let script = raccord(["completions", shell]).run().expect(0).stdout;
    std::fs::write(folder.path().join(name), script).unwrap();
    folder
}

/// Asserts that a shell says a word, and nothing on stderr.
#[track_caller]
fn assert_offers<const N: usize>(folder: &Path, words: [&str; N], expected: &str) {
    let (folder, path) = (folder.to_owned(), Path::new(binary()).parent().unwrap().to_owned());
    let shell = peer(words[0], &words[1..]).with(move |command| {
        let old = std::env::var("PATH").unwrap_or_default();
        command.current_dir(&folder).env("HOME", &folder).env("PATH", format!("{}:{old}", path.display()));
    });
    let ran = shell.run().expect(0);
    assert_eq!(ran.err(), "");
    assert!(ran.out().contains(expected), "{words:?} does not offer {expected}: {}", ran.out());
}
