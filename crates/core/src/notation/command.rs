//! A command for a POSIX shell with names put into it, which the shell never reads as anything but text.

/// What stands for a name in a command.
#[derive(Clone, Copy, Debug)]
pub struct Placeholder<'a> {
    /// As it is written in the command: `{host}`.
    pub text: &'a str,
    /// What it stands for.
    pub name: &'a str,
    /// The environment variable in which the shell has the same.
    pub variable: &'a str,
}

/// How the shell reads what stands at a place (POSIX.1-2024, XCU 2.2).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Quoted {
    No,
    Single,
    Double,
}

/// The command with each placeholder replaced: by the name itself if that is plain in every place, otherwise by its
/// variable, quoted as the place needs it, so that it stays one word.
///
/// A variable's value is never read as a command, so this is safe even where the place is not what it looks like (an
/// apostrophe in a comment, a here-document).
///
/// ```
/// use raccord_core::notation::command::{Placeholder, fill};
/// let host = |name| [Placeholder { text: "{host}", name, variable: "HOST" }];
/// assert_eq!(fill("nc {host}", &host("::1")), "nc ::1");
/// assert_eq!(fill("nc {host}", &host("a b;c")), r#"nc "${HOST}""#);
/// ```
pub fn fill(command: &str, placeholders: &[Placeholder<'_>]) -> String {
    let mut filled = String::with_capacity(command.len());
    let mut quoted = Quoted::No;
    let mut rest = command;
    while let Some(character) = rest.chars().next() {
        if let Some(placeholder) = placeholders.iter().find(|one| rest.starts_with(one.text)) {
            write(placeholder, quoted, &mut filled);
            rest = &rest[placeholder.text.len()..];
            continue;
        }
        let mut length = character.len_utf8();
        quoted = match (quoted, character) {
            (Quoted::No, '\'') => Quoted::Single,
            (Quoted::No, '"') => Quoted::Double,
            (Quoted::Single, '\'') | (Quoted::Double, '"') => Quoted::No,
            (Quoted::No | Quoted::Double, '\\') => {
                // the next one means itself
                length += rest[length..].chars().next().map_or(0, char::len_utf8);
                quoted
            }
            _ => quoted,
        };
        filled.push_str(&rest[..length]);
        rest = &rest[length..];
    }
    filled
}

fn write(placeholder: &Placeholder<'_>, quoted: Quoted, filled: &mut String) {
    let Placeholder { name, variable, .. } = placeholder;
    if name.chars().all(is_plain) {
        filled.push_str(name);
        return;
    }
    let (before, after) = match quoted {
        Quoted::No => ("\"", "\""),
        Quoted::Double => ("", ""),
        Quoted::Single => ("'\"", "\"'"),
    };
    for part in [before, "${", variable, "}", after] {
        filled.push_str(part);
    }
}

/// Whether a character means itself to a shell wherever it stands.
fn is_plain(character: char) -> bool {
    character.is_ascii_alphanumeric() || "@%+=:,./_-[]".contains(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(command: &str, host: &str) -> String {
        let placeholders = [
            Placeholder { text: "{host}", name: host, variable: "H" },
            Placeholder { text: "{port}", name: "80", variable: "P" },
        ];
        fill(command, &placeholders)
    }

    #[test]
    fn plain_names_stand_as_they_are() {
        for (command, expected) in [
            ("nc {host} {port}", "nc a.b 80"),
            (r#"x "{host}" '{port}' {hos {host"#, r#"x "a.b" '80' {hos {host"#),
            ("", ""),
            ("é{host}é", "éa.bé"),
            (r"\{host} \", r"\{host} \"),
        ] {
            assert_eq!(filled(command, "a.b"), expected);
        }
        assert_eq!(filled("[{host}]", ""), "[]");
        assert_eq!(filled("{host}", "unix:/a@%+=,_-[::1]"), "unix:/a@%+=,_-[::1]");
    }

    #[test]
    fn others_are_a_variable_in_the_quotes_that_the_place_needs() {
        for (command, expected) in [
            ("x {host}", r#"x "${H}""#),
            (r#"x "is {host}" {host}"#, r#"x "is ${H}" "${H}""#),
            ("x 'is {host}' {host}", r#"x 'is '"${H}"'' "${H}""#),
            (r#"x "it's {host}""#, r#"x "it's ${H}""#),
            (r#"x '"' {host}"#, r#"x '"' "${H}""#),
            (r#"x \" {host}"#, r#"x \" "${H}""#),
            (r#"x "\"{host}""#, r#"x "\"${H}""#),
            (r"x '\' {host}", r#"x '\' "${H}""#),
        ] {
            assert_eq!(filled(command, "a;b"), expected);
        }
        for name in ["a b", "a\nb", "$(a)", "`a`", "a'b", "a\"b", "~", "*", "é", "{port}"] {
            assert_eq!(filled("{host}", name), r#""${H}""#, "{name}");
        }
    }
}
