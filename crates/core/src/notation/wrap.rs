//! Text in lines that fit a terminal: how many columns it takes, and where it may be broken.

/// How many columns of a terminal a text takes: Chinese, Japanese and Korean characters take two (UAX #11). Meant for text
/// without controls and combining characters, such as raccord's own.
///
/// ```
/// use raccord_core::notation::wrap::columns;
/// assert_eq!((columns("FIN"), columns("半关闭")), (3, 6));
/// ```
pub fn columns(text: &str) -> usize {
    text.chars().map(|character| if is_wide(character) { 2 } else { 1 }).sum()
}

/// Breaks a text into lines of at most `width` columns, at blanks, and between wide characters, which have none. A word
/// that is longer has a line of its own. No line begins with a mark that ends something: `:` after a blank, as in French,
/// or a Chinese full stop.
///
/// ```
/// use raccord_core::notation::wrap::wrap;
/// assert_eq!(wrap("one socket, two ends", 12), ["one socket,", "two ends"]);
/// ```
pub fn wrap(text: &str, width: usize) -> Vec<&str> {
    let mut lines = Vec::new();
    let (mut start, mut end) = (0, 0);
    for next in breaks(text) {
        if end > start && columns(text[start..next].trim_end()) > width {
            lines.push(text[start..end].trim_end());
            start = end;
        }
        end = next;
    }
    lines.push(text[start..].trim_end());
    lines
}

/// The places before which a line may begin, and the end.
fn breaks(text: &str) -> impl Iterator<Item = usize> {
    let places = text.char_indices().zip(text.chars().skip(1)).filter_map(|((at, before), after)| {
        let may = (before == ' ' && after != ' ') || is_wide(before) || is_wide(after);
        let must_not = is_closing(after) || is_opening(before) || is_fixed(before) || is_fixed(after);
        (may && !must_not).then_some(at + before.len_utf8())
    });
    places.chain([text.len()])
}

/// Marks that belong to what stands before them.
fn is_closing(character: char) -> bool {
    ":;!?,.)»”%，。、；：！？）」』》".contains(character)
}

/// Marks that belong to what stands behind them.
fn is_opening(character: char) -> bool {
    "«“（「『《".contains(character)
}

/// Blanks that hold together what stands around them: a number and its unit.
fn is_fixed(character: char) -> bool {
    matches!(character, '\u{a0}' | '\u{202f}')
}

fn is_wide(character: char) -> bool {
    matches!(character,
        '\u{1100}'..='\u{115f}'
        | '\u{2e80}'..='\u{303e}'
        | '\u{3041}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe6f}'
        | '\u{ff00}'..='\u{ff60}'
        | '\u{ffe0}'..='\u{ffe6}'
        | '\u{20000}'..='\u{3fffd}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lines_break_where_the_language_allows_it() {
        let rows: [(&str, usize, &[&str]); 12] = [
            ("", 10, &[""]),
            ("one", 10, &["one"]),
            ("one two three", 7, &["one two", "three"]),
            ("one two three", 6, &["one", "two", "three"]),
            ("a loooooooong word", 6, &["a", "loooooooong", "word"]),
            ("rien : rien", 6, &["rien :", "rien"]),
            ("rien : rien", 4, &["rien :", "rien"]),
            ("套接字是对话", 6, &["套接字", "是对话"]),
            ("套接字。是 FIN，", 6, &["套接", "字。是", "FIN，"]),
            ("for 60\u{a0}s left", 6, &["for", "60\u{a0}s", "left"]),
            ("还剩 60\u{a0}秒。", 6, &["还剩", "60\u{a0}秒。"]),
            ("读到“问”。", 6, &["读到", "“问”。"]),
        ];
        for (text, width, lines) in rows {
            assert_eq!(wrap(text, width), lines, "{text:?} in {width}");
        }
    }

    proptest! {
        #[test]
        fn nothing_is_lost_but_blanks(text in "[a-z .:，。字套FIN]{0,60}", width in 1usize..30) {
            let solid = |text: &str| text.replace(' ', "");
            let lines = wrap(&text, width);
            prop_assert_eq!(solid(&lines.concat()), solid(&text));
            prop_assert!(lines.iter().all(|line| columns(line) <= width || breaks(line.trim_start()).count() == 1));
        }
    }
}
