//! Who may connect: networks that are allowed and networks that are denied.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::str::FromStr;

use ipnet::{IpNet, Ipv4Net};

use crate::notation::visible::foreign;

/// The rules of one server. A denial wins; any network that is allowed denies all the rest.
///
/// ```
/// use raccord_core::access::Access;
/// let access = Access { allow: vec!["10.0.0.0/8".parse()?], deny: vec!["10.1.0.0/16".parse()?] };
/// assert!(access.permits("10.2.0.1".parse()?));
/// assert!(!access.permits("10.1.0.1".parse()?));
/// assert!(!access.permits("192.168.0.1".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Access {
    /// Only these may connect, if there are any.
    pub allow: Vec<Net>,
    /// These may not.
    pub deny: Vec<Net>,
}

impl Access {
    /// Whether a client of this address may connect.
    pub fn permits(&self, client: IpAddr) -> bool {
        let is_in = |nets: &[Net]| nets.iter().any(|net| net.contains(client));
        !is_in(&self.deny) && (self.allow.is_empty() || is_in(&self.allow))
    }
}

/// A network: an address and how many of its leading bits count. A bare address is a network of its own.
///
/// One of IPv4-mapped addresses (RFC 4291 section 2.5.5.2) is the IPv4 network that it stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Net(IpNet);

impl Net {
    /// Whether this address is in it. A mapped address is an IPv4 address.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.contains(&address.to_canonical())
    }
}

impl fmt::Display for Net {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.prefix_len() == self.0.max_prefix_len() { self.0.addr().fmt(f) } else { self.0.fmt(f) }
    }
}

/// What is no network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NetError {
    /// Not an address.
    #[error("{0:?} is no address: a network is 10.0.0.0/8, 2001:db8::/32, or one address")]
    Address(String),
    /// Not a number of bits that the address has.
    #[error("/{bits} is no length of a network of {family}: it is from /0 to /{most}")]
    Length {
        /// What stands behind the slash, made visible.
        bits: String,
        /// `IPv4` or `IPv6`.
        family: &'static str,
        /// The greatest length.
        most: u8,
    },
}

impl FromStr for Net {
    type Err = NetError;

    fn from_str(text: &str) -> Result<Self, NetError> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| NetError::Address(text.to_owned()))?;
        let (family, most) = if address.is_ipv4() { ("IPv4", 32) } else { ("IPv6", 128) };
        let length = match bits {
            None => most,
            // digits alone: a sign or a blank is none
            Some(bits) => Some(bits)
                .filter(|bits| bits.bytes().all(|byte| byte.is_ascii_digit()))
                .and_then(|bits| bits.parse().ok())
                .filter(|length| *length <= most)
                .ok_or_else(|| NetError::Length { bits: foreign(bits), family, most })?,
        };
        let net = IpNet::new_assert(address, length);
        Ok(Self(unmapped(net).unwrap_or(net).trunc()))
    }
}

/// The IPv4 network of a network of mapped addresses; all of them are under `::ffff:0:0/96`.
fn unmapped(net: IpNet) -> Option<IpNet> {
    let IpNet::V6(v6) = net else { return None };
    let v4: Ipv4Addr = v6.addr().to_ipv4_mapped()?;
    let length = v6.prefix_len().checked_sub(96)?;
    Some(IpNet::V4(Ipv4Net::new_assert(v4, length)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn nets(texts: &[&str]) -> Vec<Net> {
        texts.iter().map(|text| text.parse().expect(text)).collect()
    }

    #[test]
    fn who_is_let_in() {
        let rows: &[(&[&str], &[&str], &str, bool)] = &[
            (&[], &[], "10.0.0.1", true),
            (&["127.0.0.0/8"], &[], "127.1.2.3", true),
            (&["127.0.0.0/8"], &[], "::ffff:127.1.2.3", true),
            (&["127.0.0.0/8"], &[], "::1", false),
            (&["127.0.0.0/8", "::1"], &[], "::1", true),
            (&[], &["127.0.0.1"], "127.0.0.1", false),
            (&[], &["127.0.0.1"], "127.0.0.2", true),
            (&[], &["::1/128"], "127.0.0.1", true),
            (&["10.0.0.0/8"], &["10.0.0.0/8"], "10.0.0.1", false),
            (&["::ffff:10.0.0.0/104"], &[], "10.9.9.9", true),
            (&[], &["0.0.0.0/0"], "::1", true),
            (&[], &["::/0"], "10.0.0.1", true),
        ];
        for (allow, deny, client, permits) in rows {
            let access = Access { allow: nets(allow), deny: nets(deny) };
            assert_eq!(access.permits(client.parse().unwrap()), *permits, "{allow:?} {deny:?} {client}");
        }
    }

    #[test]
    fn what_is_no_network_says_what_would_be_one() {
        let rows = [
            ("", "is no address"),
            ("localhost", "is no address"),
            ("10.0.0.0/", "/ is no length of a network of IPv4"),
            ("10.0.0.0/33", "it is from /0 to /32"),
            ("10.0.0.0/+8", "it is from /0 to /32"),
            ("10.0.0.0/8/8", "it is from /0 to /32"),
            ("::1/129", "it is from /0 to /128"),
            ("10.0.0/8", "is no address"),
        ];
        for (text, says) in rows {
            let error = text.parse::<Net>().expect_err(text).to_string();
            assert!(error.contains(says), "{text:?}: {error}");
        }
    }

    #[test]
    fn printed_as_it_is_understood() {
        for (text, printed) in [("10.1.2.3/8", "10.0.0.0/8"), ("::1", "::1"), ("::ffff:10.0.0.1", "10.0.0.1")]
        {
            assert_eq!(text.parse::<Net>().unwrap().to_string(), printed);
        }
    }

    proptest! {
        #[test]
        fn no_text_is_too_strange(text in "[0-9a-f:./ +-]{0,24}") {
            if let Ok(net) = text.parse::<Net>() {
                prop_assert_eq!(net.to_string().parse(), Ok(net));
            }
        }
    }
}
