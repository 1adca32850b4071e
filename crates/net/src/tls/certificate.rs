//! What a certificate says (X.509, RFC 5280), and a self-signed one for a server that has none.

use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use raccord_core::endpoint::Host;
use raccord_core::failure::Failure;
use raccord_core::notation::visible::foreign;
use raccord_core::secured::{Certificate, Date};
use rcgen::{
    CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose,
};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};

use super::provider::sha256;

const DAY: Duration = Duration::from_hours(24);

/// Reads certificates; one that cannot be read says so in its subject.
pub(super) fn describe(certificates: &[CertificateDer<'_>]) -> Vec<Certificate> {
    certificates.iter().map(one).collect()
}

fn one(der: &CertificateDer<'_>) -> Certificate {
    let sha256 = sha256(der);
    let Ok((_, certificate)) = X509Certificate::from_der(der) else {
        let (subject, issuer) = ("(not readable)".to_owned(), String::new());
        return Certificate {
            subject,
            issuer,
            names: Vec::new(),
            not_before: Date(0),
            not_after: Date(0),
            sha256,
        };
    };
    let names = certificate.subject_alternative_name().ok().flatten();
    let names = names.map(|names| names.value.general_names.iter().filter_map(name).collect());
    Certificate {
        subject: foreign(certificate.subject().to_string()),
        issuer: foreign(certificate.issuer().to_string()),
        names: names.unwrap_or_default(),
        not_before: Date(certificate.validity().not_before.timestamp()),
        not_after: Date(certificate.validity().not_after.timestamp()),
        sha256,
    }
}

fn name(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) | GeneralName::RFC822Name(name) | GeneralName::URI(name) => {
            Some(foreign(name))
        }
        GeneralName::IPAddress(bytes) => address(bytes).map(|address| address.to_string()),
        _ => None,
    }
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    let v4 = <[u8; 4]>::try_from(bytes).map(IpAddr::from);
    v4.or_else(|_| <[u8; 16]>::try_from(bytes).map(IpAddr::from)).ok()
}

/// From when until when a certificate is valid; none where it cannot be read.
pub(super) fn validity(der: &CertificateDer<'_>) -> Option<(Date, Date)> {
    let (_, certificate) = X509Certificate::from_der(der).ok()?;
    let validity = certificate.validity();
    Some((Date(validity.not_before.timestamp()), Date(validity.not_after.timestamp())))
}

/// A certificate for `host` and this machine's own names, valid from yesterday for a year, and its new key.
pub(super) fn self_signed(host: &Host, provider: &CryptoProvider) -> Result<CertifiedKey, Failure> {
    let failure =
        |error: &dyn std::fmt::Display| Failure::new("cannot make a certificate for this server", error);
    let key = KeyPair::generate().map_err(|error| failure(&error))?;
    let certificate = params(host).and_then(|params| params.self_signed(&key)).map_err(|error| {
        failure(&error).remedy("give the server a certificate with --tls-cert and --tls-key")
    })?;
    let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
    CertifiedKey::from_der(vec![certificate.der().clone()], key, provider).map_err(|error| failure(&error))
}

fn params(host: &Host) -> Result<CertificateParams, rcgen::Error> {
    let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
    names.extend(own_name(host).filter(|name| !names.contains(name)));
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, "raccord (self-signed)");
    // the clocks of two machines differ
    params.not_before = (SystemTime::now() - DAY).into();
    params.not_after = (SystemTime::now() + 365 * DAY).into();
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    Ok(params)
}

/// What clients that come from elsewhere call the server, as far as that is known and can stand in a certificate.
fn own_name(host: &Host) -> Option<String> {
    match host {
        Host::Name(name) if name.is_ascii() => Some(name.trim_end_matches('.').to_ascii_lowercase()),
        Host::Name(_) | Host::Any => None,
        Host::V4(address) => (!address.is_unspecified()).then(|| address.to_string()),
        Host::V6 { address, .. } => (!address.is_unspecified()).then(|| address.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::provider::provider;
    use super::*;

    #[test]
    fn a_server_without_a_certificate_makes_one_for_its_host() {
        let host = Host::Name("Shop.Example.".to_owned());
        let made = self_signed(&host, &provider()).unwrap();
        let [shown] = &describe(&made.cert)[..] else { panic!("one certificate") };
        assert_eq!(shown.names, ["localhost", "127.0.0.1", "::1", "shop.example"]);
        assert_eq!((&shown.subject, &shown.issuer), (&"CN=raccord (self-signed)".to_owned(), &shown.subject));
        let day = 24 * 60 * 60;
        assert_eq!(shown.not_after.0 - shown.not_before.0, 366 * day);
        assert_eq!(validity(&made.cert[0]), Some((shown.not_before, shown.not_after)));
    }

    #[test]
    fn what_is_no_certificate_has_a_fingerprint_all_the_same() {
        let shown = &describe(&[CertificateDer::from_slice(b"nonsense")])[0];
        assert_eq!((shown.subject.as_str(), shown.sha256.len()), ("(not readable)", 95));
    }
}
