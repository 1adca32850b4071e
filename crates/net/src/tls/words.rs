//! What goes wrong with TLS, in plain words, with what to do about it.

mod alert;
mod certificate;

use raccord_core::event::End;
use raccord_core::failure::{Failure, said};
use raccord_core::notation::visible::foreign;
use raccord_core::opening::{Opening, first_line};
use raccord_core::secured::Certificate;
use rustls::{Error, InvalidMessage, PeerIncompatible as Lacks};

use super::handshake::Trouble;

/// What is known about a handshake that failed.
pub(super) struct Seen<'a> {
    /// Which end we are.
    pub(super) end: End,
    /// What the other end showed.
    pub(super) certificates: &'a [Certificate],
    /// The name that the server had to have; for a client only.
    pub(super) name: &'a str,
}

/// A session that cannot be prepared, though its files can be read.
pub(super) fn unprepared(error: &dyn std::fmt::Display) -> Failure {
    Failure::new("cannot prepare TLS", error)
}

/// A handshake that failed.
pub(super) fn refused(peer: &str, trouble: &Trouble, seen: &Seen<'_>) -> Failure {
    let tried = format!("no TLS with {peer}");
    let other = other(seen.end);
    match trouble {
        Trouble::Tls(error) => tls(&tried, error, seen),
        Trouble::NotTls(opening, first) => not_tls(&tried, *opening, first, seen.end),
        Trouble::Late { heard: true } => {
            Failure::new(tried, format!("{other} stopped in the middle of the handshake"))
                .remedy("it, or what is between the two ends, may be stuck; -w sets how long to wait")
        }
        Trouble::Late { heard: false } => Failure::new(tried, format!("{other} said nothing in time"))
            .remedy(match seen.end {
                End::Client => "it may not speak TLS: connect without TLS to see; -w sets how long to wait",
                End::Server => "it may not speak TLS, and wait for the server to speak first",
            }),
        Trouble::Closed { heard } => {
            let when = if *heard { "in the middle of the handshake" } else { "without a word" };
            gone(Failure::new(tried, format!("{other} closed the connection {when}")), seen.end)
        }
        Trouble::Socket(error) => gone(Failure::new(tried, said(error)), seen.end),
    }
}

/// TLS that failed on an established connection.
pub(super) fn broken(end: End, error: &Error) -> Failure {
    tls("the TLS connection is broken", error, &Seen { end, certificates: &[], name: "" })
}

fn other(end: End) -> &'static str {
    match end {
        End::Client => "the server",
        End::Server => "the client",
    }
}

fn gone(failure: Failure, end: End) -> Failure {
    failure.remedy(match end {
        End::Client => {
            "it may not speak TLS (connect without TLS to see), or not take what it was offered: \
             its log may say why"
        }
        End::Server => {
            "it may only have looked whether the port is open, or not trust the certificate: its own log may say why"
        }
    })
}

fn not_tls(tried: &str, opening: Opening, first: &[u8], end: End) -> Failure {
    let (said, remedy) = match (end, opening) {
        (End::Server, Opening::Http) => (
            "the client sent an HTTP request in plain text, not TLS",
            "let the client use https://, or listen without TLS",
        ),
        (End::Server, Opening::Text) => (
            "the client sent plain text, not TLS",
            "let the client speak TLS (raccord connect --tls), or listen without TLS",
        ),
        (End::Server, _) => {
            ("what the client sent is not TLS", "let the client speak TLS, or listen without TLS")
        }
        (End::Client, _) => (
            "the server does not speak TLS, it answered",
            "connect without TLS, or to the port where it speaks TLS (STARTTLS, by which some protocols change \
             to TLS later, is not for raccord)",
        ),
    };
    Failure::new(tried, format!("{said}: {}", first_line(first))).remedy(remedy)
}

fn tls(tried: &str, error: &Error, seen: &Seen<'_>) -> Failure {
    let other = other(seen.end);
    let (said, remedy) = match error {
        Error::InvalidCertificate(error) => return certificate::refused(tried, error, seen),
        Error::AlertReceived(received) => return alert::received(tried, *received, seen.end),
        Error::PeerIncompatible(lacks) => lacking(other, lacks),
        Error::NoCertificatesPresented => (
            format!("{other} showed no certificate, which is demanded of it"),
            "give it a certificate and its key, or listen without --tls-client-ca",
        ),
        Error::NoApplicationProtocol => (
            format!("{other} offers no protocol (ALPN) that is taken here"),
            "compare --tls-alpn with what the other end offers, or leave it out",
        ),
        Error::DecryptError => (
            format!("what {other} sent cannot be decrypted"),
            "it was damaged or changed on its way: try again, and look at what is between the two ends",
        ),
        Error::PeerSentOversizedRecord | Error::InvalidMessage(InvalidMessage::MessageTooLarge) => (
            format!("{other} sent a record that is longer than TLS allows"),
            "it may have gone over to plain text, or something between the two ends may change the bytes",
        ),
        Error::InvalidMessage(_) => (
            format!("what {other} sent is no valid TLS ({error})"),
            "it may have gone over to plain text, or something between the two ends may change the bytes",
        ),
        Error::PeerMisbehaved(_)
        | Error::InappropriateMessage { .. }
        | Error::InappropriateHandshakeMessage { .. } => (
            format!("{other} breaks the rules of TLS ({error})"),
            "it may be faulty, or something between the two ends may change the bytes",
        ),
        error => return Failure::new(tried, foreign(error.to_string())),
    };
    Failure::new(tried, said).remedy(remedy)
}

fn lacking(other: &str, lacks: &Lacks) -> (String, &'static str) {
    match lacks {
        Lacks::Tls12NotOffered
        | Lacks::Tls12NotOfferedOrEnabled
        | Lacks::ServerDoesNotSupportTls12Or13
        | Lacks::ServerTlsVersionIsDisabledByOurConfig
        | Lacks::SupportedVersionsExtensionRequired
        // what came before TLS 1.2 has no such extension
        | Lacks::SignatureAlgorithmsExtensionRequired => (
            format!("{other} speaks no version of TLS that raccord speaks"),
            "let it speak TLS 1.2 or 1.3; older versions are not safe (RFC 8996)",
        ),
        Lacks::NoCipherSuitesInCommon => (
            format!("{other} has no cipher suite in common with raccord"),
            "let it use AES-GCM or ChaCha20-Poly1305, and with TLS 1.2 also ECDHE; the server's certificate may \
             need another kind of key",
        ),
        Lacks::NoKxGroupsInCommon | Lacks::NamedGroupsExtensionRequired | Lacks::KeyShareExtensionRequired => (
            format!("{other} has no key exchange in common with raccord"),
            "let it use X25519, P-256 or P-384",
        ),
        Lacks::NoSignatureSchemesInCommon | Lacks::NoCertificateRequestSignatureSchemesInCommon => (
            format!("{other} does not take signatures of this kind of key"),
            "use a certificate with a key of another kind: ECDSA P-256, or RSA",
        ),
        lacks => (
            format!("{other} lacks what raccord needs ({lacks:?})"),
            "let it speak TLS 1.3, or TLS 1.2 with ECDHE and the extended master secret",
        ),
    }
}
