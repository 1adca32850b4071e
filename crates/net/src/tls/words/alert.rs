//! What the other end says by an alert (RFC 8446 section 6.2), and what can be done about it at this end.

use raccord_core::event::End;
use raccord_core::failure::Failure;
use rustls::AlertDescription as Alert;

use super::other;

/// An alert that ended TLS.
pub(super) fn received(tried: &str, alert: Alert, end: End) -> Failure {
    let (says, remedy) = meaning(alert, end);
    Failure::new(tried, format!("{} {says} (alert {})", other(end), registered(alert))).remedy(remedy)
}

/// What the other end says, and what to do.
fn meaning(alert: Alert, end: End) -> (&'static str, &'static str) {
    let another = match end {
        End::Client => "another client certificate may be needed: --tls-cert and --tls-key",
        End::Server => {
            "let the client trust this server's certificate or its issuer, or give the server another one with \
             --tls-cert"
        }
    };
    match alert {
        Alert::CertificateRequired => {
            ("demands a client certificate", "give one with --tls-cert, and its key with --tls-key")
        }
        Alert::HandshakeFailure if end == End::Client => (
            "takes nothing of what it was offered, or demands a client certificate",
            "if it asks for a certificate, give one with --tls-cert; else let it take TLS 1.2 or 1.3 with AES-GCM \
             or ChaCha20-Poly1305",
        ),
        Alert::HandshakeFailure | Alert::InsufficientSecurity => (
            "takes nothing of what it was offered",
            "let it take TLS 1.2 or 1.3 with AES-GCM or ChaCha20-Poly1305; the server's certificate may need \
             another kind of key",
        ),
        Alert::ProtocolVersion => (
            "speaks no version of TLS that raccord speaks",
            "let it speak TLS 1.2 or 1.3; older versions are not safe (RFC 8996)",
        ),
        Alert::UnknownCA => ("does not know who issued our certificate", another),
        Alert::CertificateExpired => ("says that our certificate has expired", another),
        Alert::CertificateRevoked => ("says that our certificate was revoked", another),
        Alert::BadCertificate | Alert::UnsupportedCertificate | Alert::CertificateUnknown => {
            ("refuses our certificate", another)
        }
        Alert::AccessDenied => ("denies access, though our certificate is valid", another),
        Alert::UnrecognisedName => {
            ("has nothing under the name that it was asked for", "name it with --tls-name")
        }
        Alert::NoApplicationProtocol => (
            "takes none of the protocols that were offered (ALPN)",
            "compare --tls-alpn with what it takes, or leave it out",
        ),
        Alert::DecryptError | Alert::BadRecordMac => (
            "cannot verify or decrypt what it was sent",
            "it was damaged or changed on its way, or a certificate and its key do not belong together",
        ),
        Alert::UnexpectedMessage | Alert::DecodeError | Alert::IllegalParameter | Alert::RecordOverflow => (
            "does not understand what it was sent",
            "it may be faulty, or something between the two ends may change the bytes",
        ),
        Alert::InternalError => ("has trouble of its own", "look at its log"),
        Alert::UserCanceled => ("gave up the handshake", "try again"),
        _ => ("ended TLS", "its log may say why"),
    }
}

/// The name of an alert as the RFCs write it: `handshake_failure`.
fn registered(alert: Alert) -> String {
    let mut name = String::new();
    let mut after_small = false;
    for character in format!("{alert:?}").chars() {
        if after_small && character.is_ascii_uppercase() {
            name.push('_');
        }
        after_small = character.is_ascii_lowercase();
        name.push(character.to_ascii_lowercase());
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_alerts() {
        assert_eq!(registered(Alert::UnknownCA), "unknown_ca");
        assert_eq!(registered(Alert::BadRecordMac), "bad_record_mac");
    }
}
