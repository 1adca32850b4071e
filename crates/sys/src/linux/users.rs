//! Names of users, from passwd(5). Only the file is asked: a directory service could take its time to answer.

use std::fs;

pub(crate) fn name(uid: u32) -> Option<String> {
    let passwd = fs::read("/etc/passwd").ok()?;
    name_in(&String::from_utf8_lossy(&passwd), uid)
}

fn name_in(passwd: &str, uid: u32) -> Option<String> {
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        let (name, number) = (fields.next()?, fields.nth(1)?);
        (number.parse() == Ok(uid)).then(|| name.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_name_of_a_number_counts() {
        let passwd = "root:x:0:0:root:/root:/bin/sh\n\n# no\nann:x:1000:1000::/:/\nbob:x:1000:5::/:\nbad:x\n";
        for (uid, name) in [(0, Some("root")), (1000, Some("ann")), (5, None), (7, None)] {
            assert_eq!(name_in(passwd, uid).as_deref(), name, "{uid}");
        }
    }
}
