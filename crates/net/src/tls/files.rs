//! Certificates and keys from PEM files (RFC 7468), with a way out for each that cannot be had.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use raccord_core::failure::{Failure, said};
use raccord_core::notation::visible::foreign;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use rustls::{Error, RootCertStore};

use super::Identity;

/// The bundles of CA certificates of large systems have 0.3 MiB.
const MOST: u64 = 16 * 1024 * 1024;

/// A certificate with its issuers' and its key.
pub(super) fn identity(identity: &Identity, provider: &CryptoProvider) -> Result<CertifiedKey, Failure> {
    let chain = certificates(&identity.cert)?;
    let path = identity.key.as_deref().unwrap_or(&identity.cert);
    let key = key(path, identity.key.is_none())?;
    CertifiedKey::from_der(chain, key, provider).map_err(|error| {
        let failure = |said: &str| Failure::new(format!("cannot use the key of {}", shown(path)), said);
        match error {
            Error::InconsistentKeys(_) => {
                failure(&format!("it does not belong to the certificate in {}", shown(&identity.cert))).remedy(
                    "the server's own certificate must be the first in its file; `openssl x509 -noout -pubkey -in CERT` and \
                     `openssl pkey -pubout -in KEY` print the same for a pair",
                )
            }
            Error::InvalidCertificate(error) => {
                Failure::new(format!("cannot use the certificate in {}", shown(&identity.cert)), format!("{error:?}"))
                    .remedy("make it anew, as X.509 version 3: with a subjectAltName")
            }
            error => failure(&error.to_string())
                .remedy("use a key of RSA (2048 to 8192 bits), ECDSA (P-256, P-384, P-521) or Ed25519"),
        }
    })
}

/// The certificates that issue what is to be believed.
pub(super) fn authorities(path: &Path) -> Result<(RootCertStore, Vec<CertificateDer<'static>>), Failure> {
    let certificates = certificates(path)?;
    let mut roots = RootCertStore::empty();
    let (_, unusable) = roots.add_parsable_certificates(certificates.iter().cloned());
    if unusable == certificates.len() {
        return Err(Failure::new(cannot_read(path), "none of its certificates can be used").remedy(
            "make them anew, as X.509 version 3: `openssl req -x509 -addext subjectAltName=DNS:localhost …`",
        ));
    }
    Ok((roots, certificates))
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, Failure> {
    let text = read(path)?;
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(&text)
        .collect::<Result<_, _>>()
        .map_err(|error| damaged(path, &error))?;
    if certificates.is_empty() {
        return Err(Failure::new(cannot_read(path), "there is no certificate in it")
            .remedy("name the file that begins with -----BEGIN CERTIFICATE-----"));
    }
    Ok(certificates)
}

fn key(path: &Path, beside_certificate: bool) -> Result<PrivateKeyDer<'static>, Failure> {
    let text = read(path)?;
    if holds(&text, b"BEGIN ENCRYPTED PRIVATE KEY") || holds(&text, b"Proc-Type: 4,ENCRYPTED") {
        return Err(Failure::new(cannot_read(path), "its key is encrypted").remedy(format!(
            "raccord asks for no passphrase: write the key without one, `openssl pkey -in {} -out plain.pem`, and name \
             that file with --tls-key",
            shown(path)
        )));
    }
    PrivateKeyDer::from_pem_slice(&text).map_err(|error| match error {
        pem::Error::NoItemsFound => {
            let failure = Failure::new(cannot_read(path), "there is no private key in it");
            if beside_certificate {
                failure.remedy("name the file with the key with --tls-key")
            } else {
                failure.remedy(
                    "name the file that begins with -----BEGIN PRIVATE KEY-----, or RSA or EC PRIVATE KEY",
                )
            }
        }
        error => damaged(path, &error),
    })
}

/// A PEM file, whole.
fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let mut text = Vec::new();
    let whole = File::open(path).and_then(|file| file.take(MOST + 1).read_to_end(&mut text));
    whole.map_err(|error| unreadable(path, &error))?;
    if text.len() as u64 > MOST {
        return Err(Failure::new(cannot_read(path), "it is longer than 16 MiB")
            .remedy("name a PEM file with the certificates that are needed"));
    }
    if !holds(&text, b"-----BEGIN ") {
        let failure = Failure::new(cannot_read(path), "it is no PEM file: it has no line -----BEGIN …-----");
        // a SEQUENCE of ASN.1 (X.690): certificates and keys in DER
        return Err(if text.first() == Some(&0x30) {
            failure.remedy(format!(
                "it may be DER: `openssl x509 -inform der -in {0}`, or `openssl pkey -inform der -in {0}`, writes it as PEM",
                shown(path)
            ))
        } else {
            failure.remedy("name a file of text that begins with -----BEGIN CERTIFICATE----- or -----BEGIN PRIVATE KEY-----")
        });
    }
    Ok(text)
}

fn unreadable(path: &Path, error: &io::Error) -> Failure {
    let failure = Failure::new(cannot_read(path), said(error));
    match error.kind() {
        io::ErrorKind::NotFound => failure.remedy("check the path"),
        io::ErrorKind::PermissionDenied => failure
            .remedy("let this user read it (`ls -l` shows who may), or copy it to where it can be read"),
        io::ErrorKind::IsADirectory => failure.remedy("name one PEM file"),
        _ => failure,
    }
}

fn damaged(path: &Path, error: &pem::Error) -> Failure {
    let said = match error {
        pem::Error::MissingSectionEnd { end_marker } => {
            format!("it is cut short: the line -----END {}----- is missing", foreign(end_marker))
        }
        pem::Error::IllegalSectionStart { line } => format!("this line is no PEM: {}", foreign(line)),
        pem::Error::Base64Decode(_) => "its text is damaged: it is not base64".to_owned(),
        error => foreign(error.to_string()),
    };
    Failure::new(cannot_read(path), said).remedy("copy the file again, whole, from where it was made")
}

fn cannot_read(path: &Path) -> String {
    format!("cannot read {}", shown(path))
}

fn shown(path: &Path) -> String {
    foreign(path.as_os_str().as_encoded_bytes())
}

fn holds(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}
