//! The picture of the README is what the program shows today.

use crate::harness::{binary, peer};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

#[test]
fn the_picture_is_up_to_date() {
    let script = format!("{ROOT}/docs/images/session.py");
    let drawn = peer("python3", [&script, binary(), "-o", "-"]).run().expect(0).out();
    let picture = format!("{ROOT}/docs/images/session.svg");
    if std::env::var_os("RACCORD_UPDATE").is_some() {
        std::fs::write(&picture, &drawn).unwrap();
    }
    let kept = std::fs::read_to_string(&picture).unwrap();
    let first = drawn.lines().zip(kept.lines()).find(|(drawn, kept)| drawn != kept);
    assert!(
        drawn == kept,
        "docs/images/session.svg is not what the program shows; to renew it: \
         RACCORD_UPDATE=1 cargo test -p raccord --test it picture\nthe first line that differs, now and kept: {first:#?}"
    );
}
