//! How the ports are divided, from `/proc/sys` (ip-sysctl in the kernel's documentation).

use std::{fs, io, ops::RangeInclusive, str::FromStr};

pub(crate) fn ephemeral() -> io::Result<RangeInclusive<u16>> {
    match numbers(&read("ip_local_port_range")?)[..] {
        [first, last] => Ok(first..=last),
        _ => Err(strange("ip_local_port_range")),
    }
}

pub(crate) fn first_unprivileged() -> io::Result<u16> {
    match numbers(&read("ip_unprivileged_port_start")?)[..] {
        [first] => Ok(first),
        _ => Err(strange("ip_unprivileged_port_start")),
    }
}

fn read(name: &str) -> io::Result<String> {
    fs::read_to_string(format!("/proc/sys/net/ipv4/{name}"))
}

fn numbers(text: &str) -> Vec<u16> {
    text.split_whitespace().flat_map(u16::from_str).collect()
}

fn strange(name: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("net.ipv4.{name} is not what it should be"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_tells_both() {
        assert!(ephemeral().is_ok_and(|range| !range.is_empty()));
        assert!(first_unprivileged().is_ok());
    }
}
