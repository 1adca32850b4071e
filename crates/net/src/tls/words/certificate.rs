//! What is wrong with a certificate.

use raccord_core::event::End;
use raccord_core::failure::Failure;
use raccord_core::notation::visible::foreign;
use raccord_core::secured::{Certificate, Date};
use rustls::CertificateError;
use rustls::pki_types::UnixTime;

use super::{Seen, other};

/// A certificate that is not believed.
pub(super) fn refused(tried: &str, error: &CertificateError, seen: &Seen<'_>) -> Failure {
    let (said, remedy) = wrong(error, seen);
    let failure = Failure::new(tried, said).remedy(remedy);
    match seen.end {
        End::Client => failure.remedy("--tls-insecure connects all the same, and does not check who answers"),
        // a server that demands certificates has no use for those it cannot check
        End::Server => failure,
    }
}

/// What is wrong, and what to do.
fn wrong(error: &CertificateError, seen: &Seen<'_>) -> (String, String) {
    let whose = format!("{}'s certificate", other(seen.end));
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            (expired(&whose, error, seen), "renew it, or check the clock of this machine".to_owned())
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            (not_valid_yet(&whose, error, seen), "check the clocks of both machines".to_owned())
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            wrong_name(seen)
        }
        CertificateError::UnknownIssuer => unknown_issuer(&whose, seen),
        CertificateError::BadSignature => (
            format!("{whose} is not signed by the issuer of that name that is known here"),
            "the issuer may have been made anew, with another key: get its certificate, or the other end's, again"
                .to_owned(),
        ),
        CertificateError::Revoked => {
            (format!("{whose} was revoked by its issuer"), "get a new one".to_owned())
        }
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            let purpose = match seen.end {
                End::Client => "servers (serverAuth)",
                End::Server => "clients (clientAuth)",
            };
            let remedy = "make one whose extendedKeyUsage names that, or has none".to_owned();
            (format!("{whose} was not made for {purpose}"), remedy)
        }
        error => by_name(&whose, &format!("{error:?}")),
    }
}

/// The errors of webpki that rustls passes on without a type.
fn by_name(whose: &str, error: &str) -> (String, String) {
    let (said, remedy) = if error.contains("CaUsedAsEndEntity") {
        (
            format!("{whose} is one for an authority (CA:TRUE)"),
            "make one with basicConstraints CA:FALSE, or name its own file as the trusted one",
        )
    } else if error.contains("UnsupportedCertVersion") {
        (
            format!("{whose} is of version 1 of X.509, which has no names to check"),
            "make one of version 3: `openssl x509 -req` wants -extfile with a subjectAltName",
        )
    } else {
        (format!("{whose} cannot be used ({})", foreign(error)), "make it anew, as X.509 version 3")
    };
    (said, remedy.to_owned())
}

fn expired(whose: &str, error: &CertificateError, seen: &Seen<'_>) -> String {
    let CertificateError::ExpiredContext { time, not_after } = error else {
        return format!("{whose} has expired");
    };
    let (now, date) = (date(*time), date(*not_after));
    let whose = of_whom(whose, seen, |certificate| certificate.not_after == date);
    format!("{whose} expired on {date} (it is {now} now)")
}

fn not_valid_yet(whose: &str, error: &CertificateError, seen: &Seen<'_>) -> String {
    let CertificateError::NotValidYetContext { time, not_before } = error else {
        return format!("{whose} is not valid yet");
    };
    let (now, date) = (date(*time), date(*not_before));
    let whose = of_whom(whose, seen, |certificate| certificate.not_before == date);
    format!("{whose} is valid only from {date} on (it is {now} now)")
}

/// The certificate in the chain that stands in the way: the other end's own, or one of its issuers'.
fn of_whom(whose: &str, seen: &Seen<'_>, stands_in_the_way: impl Fn(&Certificate) -> bool) -> String {
    match seen.certificates.iter().position(stands_in_the_way) {
        Some(place @ 1..) => format!("{}, which issued {whose},", seen.certificates[place].title()),
        _ => whose.to_owned(),
    }
}

fn date(time: UnixTime) -> Date {
    Date(i64::try_from(time.as_secs()).unwrap_or(i64::MAX))
}

fn wrong_name(seen: &Seen<'_>) -> (String, String) {
    let (name, leaf) = (seen.name, seen.certificates.first());
    if let Some(leaf) = leaf.filter(|leaf| !leaf.names.is_empty()) {
        let said = format!("the server's certificate is not for {name}, but for {}", leaf.names.join(", "));
        let remedy = "connect by a name that it has, or say with --tls-name which of its names you expect";
        return (said, remedy.to_owned());
    }
    let subject = leaf.map_or("nobody", Certificate::title);
    let kind = if name.parse::<std::net::IpAddr>().is_ok() { "IP" } else { "DNS" };
    (
        format!(
            "the server's certificate is not for {name}: it has no names (its subject, {subject}, does not count)"
        ),
        format!("make it with a name: `openssl req -x509 … -addext subjectAltName={kind}:{name}`"),
    )
}

fn unknown_issuer(whose: &str, seen: &Seen<'_>) -> (String, String) {
    let option = match seen.end {
        End::Client => "--tls-ca",
        End::Server => "--tls-client-ca",
    };
    match seen.certificates.first() {
        Some(leaf) if leaf.is_self_signed() => (
            format!("{whose} is self-signed, and not known here: {}, SHA-256 {}", leaf.title(), leaf.sha256),
            format!(
                "if this is the fingerprint that the other end tells, save its certificate as a PEM file and name \
                 that with {option}"
            ),
        ),
        Some(leaf) => (
            format!("{whose} ({}) was issued by {}, who is not known here", leaf.title(), leaf.issuer),
            format!(
                "name the issuer's certificate with {option}; those between it and the other end's must be sent \
                 by the other end"
            ),
        ),
        None => (
            format!("nobody who is known here issued {whose}"),
            format!("name the issuer's certificate with {option}"),
        ),
    }
}
