//! The picture of the README is what the program shows today.

use crate::harness::{binary, peer};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

#[test]
fn the_picture_is_up_to_date() {
    let script = format!("{ROOT}/docs/images/session.py");
    let drawn = peer("python3", [&script, binary(), "-o", "-"]).run().expect(0).out();
    let kept = std::fs::read_to_string(format!("{ROOT}/docs/images/session.svg")).unwrap();
    let first = drawn.lines().zip(kept.lines()).find(|(drawn, kept)| drawn != kept);
    assert!(
        drawn == kept,
        "docs/images/session.svg is not what the program shows; renew it: \
         cargo build && python3 docs/images/session.py\nthe first line that differs, now and kept: {first:#?}"
    );
}
