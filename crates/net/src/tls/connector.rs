//! The client's end of TLS.

use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;

use raccord_core::address::Address;
use raccord_core::endpoint::Host;
use raccord_core::event::End;
use raccord_core::failure::Failure;
use raccord_core::notation::visible::foreign;
use raccord_core::secured::Secured;
use rustls::client::danger::ServerCertVerifier;
use rustls::client::{Resumption, WebPkiServerVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection};
use tokio::net::TcpStream;
use tokio::time::Instant;

use super::certificate::describe;
use super::handshake::{Refused, secured, shake, untold};
use super::provider::provider;
use super::stream::Tls;
use super::trust::{Believes, Everybody};
use super::words::{self, Seen};
use super::{ClientTls, Trust, files, key_log, protocols};
use crate::told::{Told, Watch};

/// A client that is ready to shake hands with the server it was prepared for.
#[derive(Debug)]
pub struct Connector {
    config: ClientConfig,
    believes: Believes<dyn ServerCertVerifier>,
    name: ServerName<'static>,
    /// Something that does not stand in the way and should be known: secrets that cannot be logged.
    pub warning: Option<String>,
}

impl ClientTls {
    /// Reads the files, blocking, and prepares for connections to `host`. Fails where a file or the name cannot be
    /// used.
    pub fn connector(&self, host: &Host) -> Result<Connector, Failure> {
        let provider = provider();
        let name = self.name.as_deref().map_or_else(|| name_of(host), |name| parse(name, name))?;
        let believes = self.trust.believes(&provider)?;
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| words::unprepared(&error))?
            .dangerous()
            .with_custom_certificate_verifier(believes.afresh());
        let mut config = match &self.identity {
            Some(identity) => {
                let identity = Arc::new(files::identity(identity, &provider)?);
                builder.with_client_cert_resolver(Arc::new(rustls::sign::SingleCertAndKey::from(identity)))
            }
            None => builder.with_no_client_auth(),
        };
        config.alpn_protocols = protocols(&self.alpn)?;
        config.resumption = Resumption::disabled();
        let (log, warning) = key_log::from_environment();
        config.key_log = log;
        Ok(Connector { config, believes, name, warning })
    }
}

impl Connector {
    /// Shakes hands until `deadline`. Where that fails the stream is closed in order, which takes up to a second; at the
    /// deadline at once.
    /// Dropped, it closes the stream at once.
    pub async fn handshake(&self, stream: TcpStream, deadline: Instant) -> Result<(Tls, Secured), Refused> {
        self.shake_hands(untold(stream, End::Client), deadline).await
    }

    /// The same on a socket whose calls are told.
    pub(crate) async fn shake_hands(
        &self,
        stream: Told<TcpStream>,
        deadline: Instant,
    ) -> Result<(Tls, Secured), Refused> {
        let watch = Watch::start(stream.teller().feed());
        let believes = self.believes.afresh();
        let mut config = self.config.clone();
        config.dangerous().set_certificate_verifier(Arc::clone(&believes) as _);
        let peer = stream
            .peer_addr()
            .map_or_else(|_| self.name.to_str().into_owned(), |peer| Address::from(peer).to_string());
        let begun = ClientConnection::new(Arc::new(config), self.name.clone());
        let outcome = match begun {
            Ok(connection) => shake(stream, connection.into(), deadline).await,
            Err(error) => Err(super::handshake::Trouble::Tls(error)),
        };
        match outcome {
            Ok(mut tls) => {
                let name =
                    matches!(self.name, ServerName::DnsName(_)).then(|| self.name.to_str().into_owned());
                let secured = secured(&mut tls, name, watch.stop());
                Ok((tls, secured))
            }
            Err(trouble) => {
                let certificates = describe(&believes.shown());
                let seen = Seen { end: End::Client, certificates: &certificates, name: &self.name.to_str() };
                Err(Refused { kind: trouble.kind(), failure: words::refused(&peer, &trouble, &seen) })
            }
        }
    }
}

impl Trust {
    fn believes(&self, provider: &Arc<CryptoProvider>) -> Result<Believes<dyn ServerCertVerifier>, Failure> {
        match self {
            Self::Anything => Ok(Believes::new(Arc::new(Everybody(Arc::clone(provider))), Vec::new())),
            Self::System => match rustls_platform_verifier::Verifier::new(Arc::clone(provider)) {
                Ok(verifier) => Ok(Believes::new(Arc::new(verifier), Vec::new())),
                Err(_) => Err(Failure::new("cannot check servers", "this system has no CA certificates")
                    .remedy("install them (Debian: `apt install ca-certificates`), or name a bundle by SSL_CERT_FILE")
                    .remedy("--tls-ca FILE believes the issuers in FILE, --tls-insecure checks nothing")),
            },
            Self::File(path) => from_file(path, provider),
        }
    }
}

fn from_file(
    path: &Path,
    provider: &Arc<CryptoProvider>,
) -> Result<Believes<dyn ServerCertVerifier>, Failure> {
    let (roots, certificates) = files::authorities(path)?;
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider)).build();
    let verifier = verifier.map_err(|error| words::unprepared(&error))?;
    Ok(Believes::new(verifier, certificates))
}

fn name_of(host: &Host) -> Result<ServerName<'static>, Failure> {
    match host {
        Host::Any => parse("localhost", "localhost"),
        Host::Name(name) => parse(name.trim_end_matches('.'), name),
        Host::V4(address) => Ok(ServerName::IpAddress(IpAddr::from(*address).into())),
        // a zone is this machine's matter
        Host::V6 { address, .. } => Ok(ServerName::IpAddress(IpAddr::from(*address).into())),
    }
}

fn parse(name: &str, typed: &str) -> Result<ServerName<'static>, Failure> {
    ServerName::try_from(name.to_owned()).map_err(|_| {
        let tried = format!("cannot ask a server for the name {}", foreign(typed));
        Failure::new(tried, "TLS cannot carry it").remedy(if name.is_ascii() {
            "name the server with --tls-name as its certificate does: with letters, digits, dots and dashes"
        } else {
            "write it with --tls-name in its form for the name service, which begins with xn--"
        })
    })
}
