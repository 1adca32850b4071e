//! The host of an endpoint: a name, an address, or every address of the machine.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use crate::notation::visible::{foreign, is_hidden};

use super::span::Span;
use super::{EndpointError, EndpointProblem as Problem};

/// The host of an endpoint. `Display` prints what stands before the colon: an IPv6 address in brackets.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Host {
    /// Every address of the machine; printed as nothing.
    Any,
    /// A name for the resolver, as it was typed: not empty, not just digits, without blanks and colons.
    Name(String),
    /// An IPv4 address; an IPv4-mapped IPv6 address (RFC 4291, section 2.5.5.2) is read as one.
    V4(Ipv4Addr),
    /// An IPv6 address.
    V6 {
        /// The address, never an IPv4-mapped one.
        address: Ipv6Addr,
        /// The interface that a link-local address belongs to, by name or number (RFC 4007, section 11).
        zone: Option<String>,
    },
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => Ok(()),
            Self::Name(name) => f.write_str(name),
            Self::V4(address) => write!(f, "{address}"),
            Self::V6 { address, zone: None } => write!(f, "[{address}]"),
            Self::V6 { address, zone: Some(zone) } => write!(f, "[{address}%{zone}]"),
        }
    }
}

/// The host that stands alone or before a colon: in brackets an IPv6 address, else any.
pub(super) fn host(span: Span<'_>) -> Result<Host, EndpointError> {
    if let Some(inside) = span.strip_prefix("[") {
        let (address, behind) = inside.split_before(|character| character == ']');
        return match behind.text {
            "" => Err(span.error(Problem::BracketOpen)),
            "]" => {
                ipv6(address).unwrap_or_else(|| Err(address.error(Problem::NotIpv6(foreign(address.text)))))
            }
            _ => Err(behind.error(Problem::BehindBracket(foreign(&behind.text[1..])))),
        };
    }
    match ipv6(span) {
        Some(address) => address,
        None if span.text.contains(':') => Err(span.error(Problem::Colons(foreign(span.text)))),
        None => name_or_ipv4(span),
    }
}

/// A name or an IPv4 address.
fn name_or_ipv4(span: Span<'_>) -> Result<Host, EndpointError> {
    let text = span.text;
    if let Ok(address) = text.parse() {
        return Ok(Host::V4(address));
    }
    if let Some(wrong) = span.find(|character| !may_stand_in_name(character)) {
        return Err(wrong.error(Problem::NameCharacter(foreign(wrong.first()))));
    }
    let labels: Vec<&str> = text.strip_suffix('.').unwrap_or(text).split('.').collect();
    let numbers = labels.iter().all(|label| is_number(label));
    match labels.len() {
        _ if labels.contains(&"") => Err(span.error(Problem::EmptyLabel(text.into()))),
        1 if numbers => Err(span.error(Problem::NumberAsHost(text.into()))),
        4 if numbers => Err(span.error(Problem::NotIpv4(text.into()))),
        _ => Ok(Host::Name(text.into())),
    }
}

/// An IPv6 address, with or without a zone; `None` where the text is not meant as one.
pub(super) fn ipv6(span: Span<'_>) -> Option<Result<Host, EndpointError>> {
    let (address, zone) = span.split_before(|character| character == '%');
    let address: Ipv6Addr = address.text.parse().ok()?;
    Some(match (address.to_ipv4_mapped(), zone.text.strip_prefix('%')) {
        (Some(address), None) => Ok(Host::V4(address)),
        (None, None) => Ok(Host::V6 { address, zone: None }),
        (None, Some(name)) if is_zone(name) => Ok(Host::V6 { address, zone: Some(name.into()) }),
        (_, Some(name)) => Err(zone.error(Problem::NotZone(foreign(name)))),
    })
}

/// Whether a text is digits and nothing else.
pub(super) fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Letters of all scripts pass, for the resolver to judge; of ASCII only what names are made of.
fn may_stand_in_name(character: char) -> bool {
    match character {
        '-' | '_' | '.' => true,
        ascii if ascii.is_ascii() => ascii.is_ascii_alphanumeric(),
        other => !other.is_whitespace() && !is_hidden(other),
    }
}

/// What Linux allows in the name of an interface, and what can stand in brackets.
fn is_zone(text: &str) -> bool {
    let allowed = |c: char| !c.is_whitespace() && !is_hidden(c) && !"/:%[]".contains(c);
    !text.is_empty() && text.chars().all(allowed)
}
