//! Whom an end believes: the checks of webpki, and two things that people expect beside them.
//!
//! A certificate that stands in the trusted file is believed as what it is. webpki would say that a CA's certificate is
//! used as a server's, for `openssl req -x509` makes every certificate a CA's. And whatever was shown is kept, so that
//! an error can say what was wrong with it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use raccord_core::secured::{Certificate, Date};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_name;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{CertificateError, DigitallySignedStruct, DistinguishedName, Error, SignatureScheme};

use super::certificate::{describe, validity};

/// Whom one end of one connection believes, and what it was shown.
#[derive(Debug)]
pub(super) struct Believes<V: ?Sized> {
    webpki: Arc<V>,
    /// Certificates that are believed by themselves.
    known: Arc<[CertificateDer<'static>]>,
    shown: Mutex<Vec<CertificateDer<'static>>>,
}

impl<V: ?Sized> Believes<V> {
    pub(super) fn new(webpki: Arc<V>, known: Vec<CertificateDer<'static>>) -> Self {
        Self { webpki, known: known.into(), shown: Mutex::default() }
    }

    /// The same for another connection, to which nothing was shown yet.
    pub(super) fn afresh(&self) -> Arc<Self> {
        let (webpki, known) = (Arc::clone(&self.webpki), Arc::clone(&self.known));
        Arc::new(Self { webpki, known, shown: Mutex::default() })
    }

    /// The certificates that the other end showed, believed or not.
    pub(super) fn shown(&self) -> Vec<CertificateDer<'static>> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn keep(&self, leaf: &CertificateDer<'_>, issuers: &[CertificateDer<'_>]) {
        let all = std::iter::once(leaf).chain(issuers).map(|der| der.clone().into_owned());
        *self.shown.lock().unwrap_or_else(PoisonError::into_inner) = all.collect();
    }

    fn knows(&self, leaf: &CertificateDer<'_>) -> bool {
        self.known.iter().any(|known| known == leaf)
    }
}

impl ServerCertVerifier for Believes<dyn ServerCertVerifier> {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        issuers: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.keep(leaf, issuers);
        if self.knows(leaf) {
            check_dates(leaf, now)?;
            verify_server_name(&ParsedCertificate::try_from(leaf)?, name)?;
            return Ok(ServerCertVerified::assertion());
        }
        let verified = self.webpki.verify_server_cert(leaf, issuers, name, ocsp, now);
        verified.map_err(|error| plainly(error, leaf))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.webpki.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.webpki.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.webpki.supported_verify_schemes()
    }
}

impl ClientCertVerifier for Believes<dyn ClientCertVerifier> {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.webpki.root_hint_subjects()
    }

    fn verify_client_cert(
        &self,
        leaf: &CertificateDer<'_>,
        issuers: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        self.keep(leaf, issuers);
        if self.knows(leaf) {
            check_dates(leaf, now)?;
            return Ok(ClientCertVerified::assertion());
        }
        let verified = self.webpki.verify_client_cert(leaf, issuers, now);
        verified.map_err(|error| plainly(error, leaf))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.webpki.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.webpki.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.webpki.supported_verify_schemes()
    }
}

fn check_dates(leaf: &CertificateDer<'_>, time: UnixTime) -> Result<(), CertificateError> {
    let (not_before, not_after) = validity(leaf).ok_or(CertificateError::BadEncoding)?;
    let now = i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
    if now < not_before.0 {
        Err(CertificateError::NotValidYetContext { time, not_before: unix(not_before) })
    } else if now > not_after.0 {
        Err(CertificateError::ExpiredContext { time, not_after: unix(not_after) })
    } else {
        Ok(())
    }
}

fn unix(date: Date) -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(u64::try_from(date.0).unwrap_or(0)))
}

/// A self-signed certificate that nobody knows is of an unknown issuer first of all, whatever else it is.
fn plainly(error: Error, leaf: &CertificateDer<'_>) -> Error {
    let Error::InvalidCertificate(CertificateError::Other(other)) = &error else { return error };
    // webpki's error is not a type that rustls names
    let as_ca = format!("{other:?}").contains("CaUsedAsEndEntity");
    let self_signed = describe(std::slice::from_ref(leaf)).iter().all(Certificate::is_self_signed);
    if as_ca && self_signed { CertificateError::UnknownIssuer.into() } else { error }
}

/// Believes everybody. Not even the signature of the handshake is checked: it would prove that the other end has the
/// key of a certificate that anybody can make, and certificates that webpki cannot read would fail.
#[derive(Debug)]
pub(super) struct Everybody(pub(super) Arc<CryptoProvider>);

impl ServerCertVerifier for Everybody {
    fn verify_server_cert(
        &self,
        _leaf: &CertificateDer<'_>,
        _issuers: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
