//! No names.

pub(crate) fn name(_: i32) -> Option<&'static str> {
    None
}
