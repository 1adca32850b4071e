//! The program that `-e` hands each connection to: its words.

use raccord_core::encoding::Encoding;
use raccord_core::notation::visible::harmless;
use raccord_net::Exec;

use super::Wrong;

/// The program of `-e`: its name and its arguments.
pub(super) fn words(command: &str) -> Result<Exec, Wrong> {
    let words = shlex::split(command).ok_or_else(|| unfinished(command))?;
    let Some((program, arguments)) = words.split_first() else {
        return Err(Wrong("there is no program in it".to_owned()));
    };
    let exec = Exec::new(program, arguments);
    if arguments.is_empty() && Encoding::for_label(program).is_ok() && exec.obstacle().is_some() {
        return Err(Wrong(format!("did you mean `-E {}`, the encoding?", harmless(program))));
    }
    Ok(exec)
}

/// A quote that is not closed, or a last backslash: everything before it is whole words, and nothing after it is.
fn unfinished(command: &str) -> Wrong {
    let ends = command.char_indices().enumerate();
    let whole = ends.filter(|(_, (end, _))| shlex::split(&command[..*end]).is_some());
    let (before, at) = whole.last().map_or((0, 0), |(before, (end, _))| (before, end));
    let character = before + 1;
    Wrong(match command[at..].chars().next() {
        Some('\\') => format!("nothing stands behind the backslash, character {character}"),
        quote => {
            let quote = quote.unwrap_or('"');
            format!("the quote {quote} is not closed, character {character}")
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_a_shell_and_nothing_is_expanded() {
        for (command, program, arguments) in [
            ("cat", "cat", &[][..]),
            ("  grep  -c 'a b' \"c d\" ", "grep", &["-c", "a b", "c d"]),
            (r"a\ b \$HOME $HOME *", "a b", &["$HOME", "$HOME", "*"]),
            (r#"printf 'a\n' "\"" '' "a"'b'"#, "printf", &[r"a\n", "\"", "", "ab"]),
            ("é 'è à'", "é", &["è à"]),
        ] {
            let arguments: Vec<_> = arguments.iter().map(|word| (*word).to_owned()).collect();
            assert_eq!(words(command).unwrap(), Exec::new(program, &arguments), "{command}");
        }
    }

    #[test]
    fn what_is_no_command_is_told_with_its_place() {
        for (command, said) in [
            ("", "there is no program in it"),
            (" # cat", "there is no program in it"),
            ("'", "the quote ' is not closed, character 1"),
            ("é 'b c", "the quote ' is not closed, character 3"),
            (r#"a "b \" c"#, "the quote \" is not closed, character 3"),
            (r#""a'b" 'c"#, "the quote ' is not closed, character 7"),
            ("cat \\", "nothing stands behind the backslash, character 5"),
        ] {
            assert_eq!(words(command).unwrap_err().0, said, "{command}");
        }
    }
}
