//! What the two ends of a TLS connection agreed on, and the certificates with which the other end proved who it is.

use std::fmt;

/// How a connection is secured, known once the handshake is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secured {
    /// The version of the protocol: `TLS 1.3`.
    pub version: &'static str,
    /// The cipher suite by its name in IANA's registry: `TLS_AES_128_GCM_SHA256`.
    pub cipher: String,
    /// The protocol agreed on by ALPN (RFC 7301), if any; visible text.
    pub alpn: Option<String>,
    /// The name that the client asked for (SNI, RFC 6066 section 3); none where it connected by an address.
    pub server_name: Option<String>,
    /// The certificates that the other end showed, its own first, then those of its issuers; empty where it showed none.
    pub certificates: Vec<Certificate>,
}

impl Secured {
    /// How many bytes of memory it holds beside itself, about.
    pub fn carries(&self) -> usize {
        let names = [self.alpn.as_ref(), self.server_name.as_ref()];
        let texts = names.into_iter().flatten().chain([&self.cipher]).map(String::len).sum::<usize>();
        texts + self.certificates.iter().map(Certificate::carries).sum::<usize>()
    }
}

/// `TLS 1.3, TLS_AES_128_GCM_SHA256, ALPN h2, name example.org`.
impl fmt::Display for Secured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", self.version, self.cipher)?;
        if let Some(alpn) = &self.alpn {
            write!(f, ", ALPN {alpn}")?;
        }
        if let Some(name) = &self.server_name {
            write!(f, ", name {name}")?;
        }
        Ok(())
    }
}

/// The certificate with which a server proves who it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnCertificate {
    /// Its SHA-256 fingerprint, as [`Certificate::sha256`].
    pub sha256: String,
    /// Whether it was made for this run, so that no client knows it yet.
    pub is_self_made: bool,
}

/// What an X.509 certificate (RFC 5280) says. Its texts are somebody else's, and visible ([`foreign`]).
///
/// [`foreign`]: crate::notation::visible::foreign
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// Whom it is for: `CN=example.org, O=Example`. May be empty.
    pub subject: String,
    /// Who signed it.
    pub issuer: String,
    /// The names and addresses that it is good for (the subject's alternative names).
    pub names: Vec<String>,
    /// From when on it is valid.
    pub not_before: Date,
    /// Until when it is valid.
    pub not_after: Date,
    /// The SHA-256 fingerprint, as `openssl x509 -fingerprint -sha256` writes it: `AB:CD:…`.
    pub sha256: String,
}

impl Certificate {
    /// Whether its issuer is itself, by name.
    pub fn is_self_signed(&self) -> bool {
        self.subject == self.issuer
    }

    /// The subject, or what else it can be called by.
    pub fn title(&self) -> &str {
        match (self.subject.as_str(), self.names.first()) {
            ("", Some(name)) => name,
            ("", None) => "(no subject)",
            (subject, _) => subject,
        }
    }

    fn carries(&self) -> usize {
        let texts = [&self.subject, &self.issuer, &self.sha256];
        texts.into_iter().chain(&self.names).map(String::len).sum()
    }
}

/// A moment in seconds since 1970-01-01T00:00:00Z. `Display` writes it as `2026-11-25 09:10:51 UTC`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date(pub i64);

impl Date {
    /// As RFC 3339 has it: `2026-11-25T09:10:51Z`; none beyond the year 9999.
    pub fn rfc3339(self) -> Option<String> {
        jiff::Timestamp::from_second(self.0).ok().map(|time| time.to_string())
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_second(self.0) {
            Ok(time) => write!(f, "{}", time.strftime("%Y-%m-%d %H:%M:%S UTC")),
            // beyond the year 9999
            Err(_) => write!(f, "{} s after 1970", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        for (seconds, text) in [
            (0, "1970-01-01 00:00:00 UTC"),
            (1_795_597_851, "2026-11-25 09:10:51 UTC"),
            (-1, "1969-12-31 23:59:59 UTC"),
            (i64::MAX, "9223372036854775807 s after 1970"),
        ] {
            assert_eq!(Date(seconds).to_string(), text);
        }
        assert_eq!(Date(1_795_597_851).rfc3339().unwrap(), "2026-11-25T09:10:51Z");
        assert_eq!(Date(i64::MAX).rfc3339(), None);
    }

    #[test]
    fn a_summary_has_what_was_agreed_on() {
        let mut secured = Secured {
            version: "TLS 1.3",
            cipher: "TLS_AES_128_GCM_SHA256".to_owned(),
            alpn: None,
            server_name: None,
            certificates: Vec::new(),
        };
        assert_eq!(secured.to_string(), "TLS 1.3, TLS_AES_128_GCM_SHA256");
        secured.alpn = Some("h2".to_owned());
        secured.server_name = Some("example.org".to_owned());
        assert_eq!(secured.to_string(), "TLS 1.3, TLS_AES_128_GCM_SHA256, ALPN h2, name example.org");
    }
}
