//! How a listener is spoken to: Kafka's `security.protocol`.

use std::fmt;
use std::path::PathBuf;

/// The security of a listener, as `security.protocol` and the settings beside it say it.
///
/// The embedded cluster and the kit's own client serve [`Security::Plaintext`] alone today; [`Client::connect`] refuses
/// the others with [`ClientError::Security`].
///
/// [`Client::connect`]: crate::client::Client::connect
/// [`ClientError::Security`]: crate::client::ClientError::Security
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Security {
    /// `PLAINTEXT`.
    #[default]
    Plaintext,
    /// `SSL`.
    Tls(Tls),
    /// `SASL_PLAINTEXT`.
    Sasl(Sasl),
    /// `SASL_SSL`.
    SaslTls(Sasl, Tls),
}

/// Which certificates are trusted and shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tls {
    /// PEM certificates of the authorities to trust; those of the system without it.
    pub authorities: Option<PathBuf>,
    /// PEM certificate and key that the client shows.
    pub identity: Option<PathBuf>,
}

/// Who the client says it is.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sasl {
    /// `sasl.mechanism`: `PLAIN`, `SCRAM-SHA-256`, `SCRAM-SHA-512`, `OAUTHBEARER`.
    pub mechanism: String,
    /// The user's name.
    pub username: String,
    /// The user's password; never shown.
    pub password: String,
}

impl Security {
    /// The word of `security.protocol`.
    pub fn protocol(&self) -> &'static str {
        match self {
            Self::Plaintext => "PLAINTEXT",
            Self::Tls(_) => "SSL",
            Self::Sasl(_) => "SASL_PLAINTEXT",
            Self::SaslTls(..) => "SASL_SSL",
        }
    }
}

impl Sasl {
    /// A user who is known by a password.
    pub fn new(mechanism: impl Into<String>, username: impl Into<String>, password: impl Into<String>) -> Self {
        Self { mechanism: mechanism.into(), username: username.into(), password: password.into() }
    }
}

impl fmt::Debug for Sasl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { mechanism, username, .. } = self;
        f.debug_struct("Sasl").field("mechanism", mechanism).field("username", username).finish_non_exhaustive()
    }
}
