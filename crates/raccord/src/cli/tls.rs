//! The options of TLS, at either end: as typed, and what they mean.

use std::path::PathBuf;

use clap::{Args, ValueHint};
use raccord_net::tls::{ClientTls, Identity, ServerTls, Trust};

use super::Wrong;
use super::headings::TLS;
use super::unix::Given;

/// What both ends have.
#[derive(Args, Debug)]
struct Common {
    /// Speak TLS (so does tls://host:port)
    ///
    /// Versions 1.2 and 1.3. SSLKEYLOGFILE names a file that gets the secrets, for Wireshark.
    #[arg(long, help_heading = TLS)]
    tls: bool,
    /// Our certificate, then those of its issuers: a PEM file
    ///
    /// A server without one makes a self-signed one and shows its fingerprint. A client shows it where it is asked for.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, hide_short_help = true, help_heading = TLS)]
    tls_cert: Option<PathBuf>,
    /// The certificate's key, if it is not in the same file: PEM
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, hide_short_help = true, help_heading = TLS)]
    tls_key: Option<PathBuf>,
    /// Protocols to agree on (ALPN), the best first: h2,http/1.1
    #[arg(long, value_name = "LIST", value_delimiter = ',', value_parser = protocol, hide_short_help = true, help_heading = TLS)]
    tls_alpn: Vec<String>,
}

/// Options of a client.
#[derive(Args, Debug)]
pub(super) struct OfClient {
    #[command(flatten)]
    common: Common,
    /// Believe the issuers in this PEM file, instead of the system's
    ///
    /// Or the certificate itself, if it is in the file.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, hide_short_help = true, help_heading = TLS)]
    tls_ca: Option<PathBuf>,
    /// Believe any server: check neither name nor issuer
    #[arg(long, conflicts_with = "tls_ca", hide_short_help = true, help_heading = TLS)]
    tls_insecure: bool,
    /// The name that the server must have, if it is not the host's
    ///
    /// It is also the name that the server is asked for (SNI).
    #[arg(long, value_name = "NAME", hide_short_help = true, help_heading = TLS)]
    tls_name: Option<String>,
}

/// Options of a server.
#[derive(Args, Debug)]
pub(super) struct OfServer {
    #[command(flatten)]
    common: Common,
    /// Demand of clients a certificate of an issuer in this PEM file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, hide_short_help = true, help_heading = TLS)]
    tls_client_ca: Option<PathBuf>,
}

/// ALPN has a byte for the length of a name (RFC 7301 section 3.1).
fn protocol(name: &str) -> Result<String, String> {
    match name.len() {
        0 => Err("a name is missing: write `h2,http/1.1`".to_owned()),
        1..=255 => Ok(name.to_owned()),
        length => Err(format!("a name has at most 255 bytes, and this one has {length}")),
    }
}

impl Common {
    /// Whether TLS is spoken; `others` are options of one end alone, and whether each was given.
    fn is_on(&self, by_endpoint: bool, others: &[(&str, bool)]) -> Result<bool, Wrong> {
        if self.tls_key.is_some() && self.tls_cert.is_none() {
            return Err(Wrong(
                "`--tls-key` is the key of a certificate, and there is none here: add `--tls-cert FILE`"
                    .to_owned(),
            ));
        }
        if self.tls || by_endpoint {
            return Ok(true);
        }
        match self.details().iter().chain(others).find(|(_, given)| *given) {
            Some((option, _)) => Err(Wrong(format!(
                "`{option}` says how TLS is spoken, and there is none here: add `--tls`, or write the endpoint as \
                 `tls://…`"
            ))),
            None => Ok(false),
        }
    }

    /// What says how TLS is spoken, and whether each was given.
    fn details(&self) -> [(&'static str, bool); 3] {
        [
            ("--tls-cert", self.tls_cert.is_some()),
            ("--tls-key", self.tls_key.is_some()),
            ("--tls-alpn", !self.tls_alpn.is_empty()),
        ]
    }

    /// All of it, for an endpoint without TLS.
    fn given(&self, others: &[(&'static str, bool)]) -> Vec<Given> {
        let all = [("--tls", self.tls)].into_iter().chain(self.details()).chain(others.iter().copied());
        all.map(|(option, given)| (option, given, "is about TLS, which raccord speaks over TCP only"))
            .collect()
    }

    fn identity(&mut self) -> Option<Identity> {
        self.tls_cert.take().map(|cert| Identity { cert, key: self.tls_key.take() })
    }
}

impl OfClient {
    fn details(&self) -> [(&'static str, bool); 3] {
        [
            ("--tls-ca", self.tls_ca.is_some()),
            ("--tls-insecure", self.tls_insecure),
            ("--tls-name", self.tls_name.is_some()),
        ]
    }

    /// What of it was given, for an endpoint without TLS.
    pub(super) fn given(&self) -> Vec<Given> {
        self.common.given(&self.details())
    }

    /// What it means for an endpoint that says `tls://`, or not; nothing where there is no TLS.
    pub(super) fn mean(mut self, by_endpoint: bool) -> Result<Option<ClientTls>, Wrong> {
        if !self.common.is_on(by_endpoint, &self.details())? {
            return Ok(None);
        }
        let trust = match self.tls_ca {
            Some(file) => Trust::File(file),
            None if self.tls_insecure => Trust::Anything,
            None => Trust::System,
        };
        let identity = self.common.identity();
        Ok(Some(ClientTls { trust, name: self.tls_name, identity, alpn: self.common.tls_alpn }))
    }
}

impl OfServer {
    fn details(&self) -> [(&'static str, bool); 1] {
        [("--tls-client-ca", self.tls_client_ca.is_some())]
    }

    /// What of it was given, for an endpoint without TLS.
    pub(super) fn given(&self) -> Vec<Given> {
        self.common.given(&self.details())
    }

    /// What it means for an endpoint that says `tls://`, or not; nothing where there is no TLS.
    pub(super) fn mean(mut self, by_endpoint: bool) -> Result<Option<ServerTls>, Wrong> {
        if !self.common.is_on(by_endpoint, &self.details())? {
            return Ok(None);
        }
        let identity = self.common.identity();
        Ok(Some(ServerTls { identity, client_ca: self.tls_client_ca, alpn: self.common.tls_alpn }))
    }
}
