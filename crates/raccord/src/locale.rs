//! The locale of the environment, as POSIX has it.

/// The locale of a category, such as `LC_MESSAGES`: the first of `LC_ALL`, the category itself and `LANG` that is set and
/// not empty.
pub(crate) fn locale(category: &str, variable: impl Fn(&str) -> Option<String>) -> Option<String> {
    ["LC_ALL", category, "LANG"].into_iter().find_map(|name| variable(name).filter(|value| !value.is_empty()))
}

/// The value of a variable, if it is text.
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
