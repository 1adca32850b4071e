//! Misspelt words: which of those that exist was meant.

/// The word with the fewest slips from `wanted`, if they are no more than one in three characters; of several the
/// first. Case counts: fold both sides where it should not.
///
/// ```
/// use raccord_core::spelling::nearest;
/// assert_eq!(nearest("lsiten", ["connect", "listen"]), Some("listen"));
/// assert_eq!(nearest("serve", ["connect", "listen"]), None);
/// ```
pub fn nearest<'a>(wanted: &str, words: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    nearest_by(wanted, words, str::to_owned)
}

/// The same where words are compared by what `fold` makes of them; `wanted` is folded already.
pub fn nearest_by<'a>(
    wanted: &str,
    words: impl IntoIterator<Item = &'a str>,
    fold: impl Fn(&str) -> String,
) -> Option<&'a str> {
    let most = (wanted.chars().count() / 3).max(1);
    let slips = words.into_iter().map(|word| (slips(wanted, &fold(word), most), word));
    slips.filter(|(slips, _)| *slips <= most).min_by_key(|(slips, _)| *slips).map(|(_, word)| word)
}

/// How many characters are missing, too many, wrong, or swapped with their neighbour (the optimal string
/// alignment distance); anything over `most` where the lengths alone say so.
pub(crate) fn slips(a: &str, b: &str, most: usize) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().abs_diff(b.len()) > most {
        return most + 1;
    }
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let wrong = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = wrong.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_was_meant() {
        let words = ["connect", "listen", "port", "encodings"];
        let table = [
            ("conect", Some("connect")),
            ("connetc", Some("connect")),
            ("lsten", Some("listen")),
            ("prot", Some("port")),
            ("encoding", Some("encodings")),
            ("Port", Some("port")),
            ("serve", None),
            ("nc", None),
            ("", None),
        ];
        for (wanted, meant) in table {
            assert_eq!(nearest(wanted, words), meant, "{wanted}");
        }
    }

    proptest! {
        #[test]
        fn slips_are_a_distance(a in "[a-c]{0,6}", b in "[a-c]{0,6}") {
            prop_assert_eq!(slips(&a, &b, 99), slips(&b, &a, 99));
            prop_assert_eq!(slips(&a, &b, 99) == 0, a == b);
            prop_assert!(slips(&a, &b, 99) <= a.len().max(b.len()));
        }
    }
}
