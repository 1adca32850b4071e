//! The server's end of TLS.

use std::sync::Arc;

use raccord_core::address::Address;
use raccord_core::endpoint::Host;
use raccord_core::event::End;
use raccord_core::failure::Failure;
use raccord_core::secured::Secured;
use rustls::crypto::CryptoProvider;
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use rustls::sign::SingleCertAndKey;
use rustls::{KeyLog, ServerConfig, ServerConnection};
use tokio::net::TcpStream;
use tokio::time::Instant;

use super::certificate::{describe, self_signed};
use super::handshake::{Refused, Trouble, secured, shake, untold};
use super::provider::{provider, sha256};
use super::stream::Tls;
use super::trust::Believes;
use super::words::{self, Seen};
use super::{ServerTls, files, key_log, protocols};
use crate::told::{Told, Watch};

/// A server that is ready to shake hands with its clients.
#[derive(Debug)]
pub struct Acceptor {
    provider: Arc<CryptoProvider>,
    identity: Arc<SingleCertAndKey>,
    believes: Option<Believes<dyn ClientCertVerifier>>,
    alpn: Vec<Vec<u8>>,
    key_log: Arc<dyn KeyLog>,
    /// The SHA-256 fingerprint of the certificate, as `openssl x509 -fingerprint -sha256` writes it.
    pub fingerprint: String,
    /// Whether the certificate was made for this session, so that no client knows it.
    pub is_self_made: bool,
    /// Something that does not stand in the way and should be known: secrets that cannot be logged.
    pub warning: Option<String>,
}

impl ServerTls {
    /// Reads the files, blocking, and prepares for clients; `host` is where they come to. Fails where a file cannot be
    /// used.
    pub fn acceptor(&self, host: &Host) -> Result<Acceptor, Failure> {
        let provider = provider();
        let identity = match &self.identity {
            Some(identity) => files::identity(identity, &provider)?,
            None => self_signed(host, &provider)?,
        };
        let fingerprint = identity.cert.first().map(|certificate| sha256(certificate)).unwrap_or_default();
        let believes = self.believes(&provider)?;
        let alpn = protocols(&self.alpn)?;
        let (key_log, warning) = key_log::from_environment();
        let identity = Arc::new(SingleCertAndKey::from(identity));
        let is_self_made = self.identity.is_none();
        Ok(Acceptor { provider, identity, believes, alpn, key_log, fingerprint, is_self_made, warning })
    }

    fn believes(
        &self,
        provider: &Arc<CryptoProvider>,
    ) -> Result<Option<Believes<dyn ClientCertVerifier>>, Failure> {
        let Some(path) = &self.client_ca else { return Ok(None) };
        let (roots, certificates) = files::authorities(path)?;
        let verifier =
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider)).build();
        let verifier = verifier.map_err(|error| words::unprepared(&error))?;
        Ok(Some(Believes::new(verifier, certificates)))
    }
}

impl Acceptor {
    /// Shakes hands until `deadline`. Where that fails the stream is closed in order, which takes up to a second; at the
    /// deadline at once.
    /// Dropped, it closes the stream at once.
    pub async fn handshake(&self, stream: TcpStream, deadline: Instant) -> Result<(Tls, Secured), Refused> {
        self.shake_hands(untold(stream, End::Server), deadline).await
    }

    /// The same on a socket whose calls are told.
    pub(crate) async fn shake_hands(
        &self,
        stream: Told<TcpStream>,
        deadline: Instant,
    ) -> Result<(Tls, Secured), Refused> {
        let watch = Watch::start(stream.teller().feed());
        let believes = self.believes.as_ref().map(Believes::afresh);
        let peer = stream
            .peer_addr()
            .map_or_else(|_| "the client".to_owned(), |peer| Address::from(peer).to_string());
        let begun = self.config(believes.clone()).and_then(|config| ServerConnection::new(Arc::new(config)));
        let outcome = match begun {
            Ok(connection) => shake(stream, connection.into(), deadline).await,
            Err(error) => Err(Trouble::Tls(error)),
        };
        match outcome {
            Ok(mut tls) => {
                let secured = secured(&mut tls, None, watch.stop());
                Ok((tls, secured))
            }
            Err(trouble) => {
                let certificates = believes.map_or_else(Vec::new, |believes| describe(&believes.shown()));
                let seen = Seen { end: End::Server, certificates: &certificates, name: "" };
                Err(Refused { kind: trouble.kind(), failure: words::refused(&peer, &trouble, &seen) })
            }
        }
    }

    /// What one connection needs: a verifier of its own keeps what its client showed.
    fn config(
        &self,
        believes: Option<Arc<Believes<dyn ClientCertVerifier>>>,
    ) -> Result<ServerConfig, rustls::Error> {
        let builder = ServerConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_safe_default_protocol_versions()?;
        let builder = match believes {
            Some(believes) => builder.with_client_cert_verifier(believes),
            None => builder.with_no_client_auth(),
        };
        let mut config = builder.with_cert_resolver(Arc::clone(&self.identity) as _);
        config.alpn_protocols.clone_from(&self.alpn);
        config.key_log = Arc::clone(&self.key_log);
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        Ok(config)
    }
}
