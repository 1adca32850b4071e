//! The form of an object: its fields, in their order.

use std::borrow::Cow;

use serde::Serialize;

use crate::secured::{Certificate, Secured};

/// One object. The order of the fields is the order in which they are written.
#[derive(Default, Serialize)]
pub(super) struct Line<'a> {
    pub(super) time: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) conn: Option<u64>,
    pub(super) event: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) local: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) peer: Option<&'a str>,
    #[serde(flatten)]
    pub(super) rest: Rest<'a>,
}

/// What the kinds of event have beside time, connection and addresses.
#[derive(Default, Serialize)]
#[serde(untagged)]
pub(super) enum Rest<'a> {
    #[default]
    Nothing,
    Listening {
        backlog: u32,
        reuse_address: bool,
        #[serde(skip_serializing_if = "Option::is_none")]
        fingerprint: Option<&'a str>,
    },
    Opened {
        tls: Agreed<'a>,
    },
    Data {
        dir: &'static str,
        offset: u64,
        bytes: usize,
        #[serde(skip_serializing_if = "Option::is_none")]
        hex: Option<&'a str>,
        #[serde(skip_serializing_if = "Text::is_left_out")]
        text: Text<'a>,
        #[serde(skip_serializing_if = "is_false")]
        unterminated: bool,
        #[serde(skip_serializing_if = "Option::is_none")]
        part: Option<usize>,
        #[serde(skip_serializing_if = "Option::is_none")]
        last: Option<bool>,
    },
    Shutdown {
        dir: &'static str,
    },
    Closed {
        bytes_in: u64,
        bytes_out: u64,
        duration_ms: f64,
        reason: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        detail: Option<&'a str>,
        #[serde(skip_serializing_if = "<[String]>::is_empty")]
        remedies: &'a [String],
        #[serde(skip_serializing_if = "Option::is_none")]
        pending: Option<String>,
    },
    Failed {
        tried: &'a str,
        said: &'a str,
        #[serde(skip_serializing_if = "<[String]>::is_empty")]
        reasons: &'a [String],
        remedies: &'a [String],
    },
    Missed {
        events: u64,
        bytes: u64,
    },
    Step {
        end: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        stage: Option<u8>,
        call: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        socket: Option<u64>,
        arguments: String,
        result: String,
        duration_ms: f64,
        #[serde(skip_serializing_if = "Option::is_none")]
        state: Option<&'static str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        peer_state: Option<&'static str>,
        meaning: Cow<'static, str>,
    },
    Message {
        message: &'a str,
    },
}

/// The `tls` of `opened`: what was agreed on.
#[derive(Serialize)]
pub(super) struct Agreed<'a> {
    version: &'static str,
    cipher: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    alpn: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    server_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate: Option<Shown<'a>>,
}

/// The other end's certificate.
#[derive(Serialize)]
pub(super) struct Shown<'a> {
    subject: &'a str,
    issuer: &'a str,
    names: &'a [String],
    not_before: Option<String>,
    not_after: Option<String>,
    sha256: &'a str,
}

impl<'a> Agreed<'a> {
    pub(super) fn of(secured: &'a Secured) -> Self {
        Self {
            version: secured.version,
            cipher: &secured.cipher,
            alpn: secured.alpn.as_deref(),
            server_name: secured.server_name.as_deref(),
            certificate: secured.certificates.first().map(Shown::of),
        }
    }
}

impl<'a> Shown<'a> {
    pub(super) fn of(certificate: &'a Certificate) -> Self {
        let Certificate { subject, issuer, names, not_before, not_after, sha256 } = certificate;
        let (not_before, not_after) = (not_before.rfc3339(), not_after.rfc3339());
        Self { subject, issuer, names, not_before, not_after, sha256 }
    }
}

/// The `text` of a data event: null where bytes cannot be decoded.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Text<'a> {
    Read(&'a str),
    Undecodable,
    LeftOut,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
fn is_false(value: &bool) -> bool {
    !value
}

impl Text<'_> {
    fn is_left_out(&self) -> bool {
        matches!(self, Self::LeftOut)
    }
}
