//! Who does the cryptography: named here, and nowhere else.

use std::fmt::Write as _;
use std::sync::Arc;

use rustls::SupportedCipherSuite;
use rustls::crypto::CryptoProvider;
use rustls::crypto::hash::HashAlgorithm;

/// The library that does the cryptography.
pub(super) fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// The SHA-256 fingerprint of a certificate, as `openssl x509 -fingerprint -sha256` writes it.
pub(super) fn sha256(bytes: &[u8]) -> String {
    let hashes = provider().cipher_suites.clone().into_iter().map(|suite| match suite {
        SupportedCipherSuite::Tls13(suite) => suite.common.hash_provider,
        SupportedCipherSuite::Tls12(suite) => suite.common.hash_provider,
    });
    let mut out = String::new();
    for hash in hashes.filter(|hash| hash.algorithm() == HashAlgorithm::SHA256).take(1) {
        for (index, byte) in hash.hash(bytes).as_ref().iter().enumerate() {
            let colon = if index == 0 { "" } else { ":" };
            // writing to a String cannot fail
            let _ = write!(out, "{colon}{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_fingerprint_of_nothing() {
        assert_eq!(
            super::sha256(b""),
            "E3:B0:C4:42:98:FC:1C:14:9A:FB:F4:C8:99:6F:B9:24:27:AE:41:E4:64:9B:93:4C:A4:95:99:1B:78:52:B8:55"
        );
    }
}
