//! What can be wrong, each with its sentence and its remedy.

use thiserror::Error;

use super::Seen;
use crate::client::{ClientError, expected};
use crate::config::{BOOTSTRAP_VARIABLE, DEFAULT_PORT, DEFAULT_TOPICS};

/// Something that keeps tests from working. It displays as one sentence; [`Problem::remedy`] is another.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Problem {
    /// An address that is not `host:port`.
    #[error("invalid address {address:?}: {}", expected(address))]
    Address {
        /// What was given.
        address: String,
    },
    /// A name without an address.
    #[error("the name {host} does not resolve: {reason}")]
    NameUnresolved {
        /// The name.
        host: String,
        /// What the resolver says.
        reason: String,
    },
    /// The connection is refused.
    #[error("nothing listens on {address}")]
    NothingListens {
        /// The `host:port`.
        address: String,
    },
    /// The connection is neither accepted nor refused.
    #[error("{address} cannot be reached: {reason}")]
    Unreachable {
        /// The `host:port`.
        address: String,
        /// What the system says.
        reason: String,
    },
    /// Something else listens there.
    #[error("{address} is not Kafka: {seen}")]
    NotKafka {
        /// The `host:port`.
        address: String,
        /// What it did.
        seen: Seen,
    },
    /// The listener wants TLS, the clients do not speak it.
    #[error("{address} expects TLS, and the clients speak plaintext")]
    TlsExpected {
        /// The `host:port`.
        address: String,
    },
    /// The clients want TLS, the listener does not speak it.
    #[error("{address} speaks plaintext, and the clients expect TLS")]
    TlsNotExpected {
        /// The `host:port`.
        address: String,
    },
    /// The listener answers ApiVersions and closes at whatever comes next, as it does before authentication.
    #[error(
        "{address} speaks Kafka's protocol, but closes the connection after the first request: it expects SASL authentication"
    )]
    AuthenticationExpected {
        /// The `host:port`.
        address: String,
    },
    /// A broker tells clients an address that they cannot use.
    #[error("broker {broker} advertises {advertised}, which clients cannot use: {cause}")]
    ListenerUnreachable {
        /// The broker's id.
        broker: i32,
        /// The `host:port` that it advertises.
        advertised: String,
        /// Why not.
        cause: Box<Problem>,
    },
    /// Topics that do not exist.
    #[error("{} of {wanted} topics {} missing: {}", missing.len(), if missing.len() == 1 { "is" } else { "are" }, names(missing))]
    TopicsMissing {
        /// Their names, and the partitions they would be created with.
        missing: Vec<(String, i32)>,
        /// How many were looked for.
        wanted: usize,
        /// Where they were looked for.
        bootstrap_servers: String,
    },
    /// Partitions that nobody leads.
    #[error("no leader for {}", partitions.join(", "))]
    NoLeader {
        /// As `topic-0`.
        partitions: Vec<String>,
    },
    /// A group that ought to be empty.
    #[error("group {group} still has {} member{}: {}", members.len(), if members.len() == 1 { "" } else { "s" }, members.join(", "))]
    GroupHasMembers {
        /// The group.
        group: String,
        /// Each as `client-id/host`.
        members: Vec<String>,
        /// The cluster.
        bootstrap_servers: String,
    },
    /// Any other error.
    #[error(transparent)]
    Failed(ClientError),
}

impl Problem {
    /// The kind as a word for scripts, which does not change between releases.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Address { .. } => "no-address",
            Self::NameUnresolved { .. } => "name-unresolved",
            Self::NothingListens { .. } => "nothing-listens",
            Self::Unreachable { .. } => "unreachable",
            Self::NotKafka { .. } => "not-kafka",
            Self::TlsExpected { .. } => "tls-expected",
            Self::TlsNotExpected { .. } => "tls-not-expected",
            Self::AuthenticationExpected { .. } => "authentication-expected",
            Self::ListenerUnreachable { .. } => "listener-unreachable",
            Self::TopicsMissing { .. } => "topics-missing",
            Self::NoLeader { .. } => "no-leader",
            Self::GroupHasMembers { .. } => "group-has-members",
            Self::Failed(_) => "failed",
        }
    }

    /// The remedy.
    pub fn remedy(&self) -> String {
        match self {
            Self::Address { .. } => format!("set {BOOTSTRAP_VARIABLE} to HOST:PORT, as in localhost:{DEFAULT_PORT}"),
            Self::NameUnresolved { .. } => format!(
                "check the spelling in {BOOTSTRAP_VARIABLE}; a name of a Docker network resolves only inside of it: from \
                 outside use localhost and the published port"
            ),
            Self::NothingListens { address } => format!(
                "start a broker there (`kafka-trial serve --port {}`), or unset {BOOTSTRAP_VARIABLE} to let the tests \
                 start their own",
                address.rsplit(':').next().unwrap_or_default()
            ),
            Self::Unreachable { .. } => {
                "check for a firewall, a VPN that is down, or a wrong host; raise --timeout for a slow network"
                    .to_owned()
            }
            Self::NotKafka { seen: Seen::Http, .. } => {
                "it may be a console, a REST proxy or a schema registry: use the port of a broker's listener".to_owned()
            }
            Self::NotKafka { .. } => {
                "use the port of a broker's listener for clients, not that of a controller or of a different service"
                    .to_owned()
            }
            Self::TlsExpected { .. } => {
                "set the clients to security.protocol=SSL (or SASL_SSL) with the cluster's certificate, or use the \
                 port of a plaintext listener"
                    .to_owned()
            }
            Self::TlsNotExpected { .. } => {
                "set the clients to security.protocol=PLAINTEXT (or SASL_PLAINTEXT), or use the port of a TLS listener"
                    .to_owned()
            }
            Self::AuthenticationExpected { .. } => {
                "set the clients' sasl.mechanism and credentials with security.protocol=SASL_PLAINTEXT, or use the \
                 port of a listener without authentication; this check cannot log in yet"
                    .to_owned()
            }
            Self::ListenerUnreachable { .. } => {
                "clients connect to the addresses that brokers advertise: set advertised.listeners (`kafka-trial \
                 serve --advertise HOST`, Redpanda's --advertise-kafka-addr) to an address that is reachable from here"
                    .to_owned()
            }
            Self::TopicsMissing { missing, bootstrap_servers, .. } => {
                format!("kafka-trial topics create --bootstrap {bootstrap_servers} {}", creating(missing))
            }
            Self::NoLeader { .. } => {
                "a broker of these partitions is down or starting: start it, or wait and check again".to_owned()
            }
            Self::GroupHasMembers { group, bootstrap_servers, .. } => format!(
                "give each test its own group id and close its consumers; `kafka-trial groups describe --bootstrap \
                 {bootstrap_servers} {group}` lists the members; a client that crashed leaves after its \
                 session.timeout.ms"
            ),
            Self::Failed(_) => "try again; if the problem remains, see the log of the broker".to_owned(),
        }
    }
}

fn names(topics: &[(String, i32)]) -> String {
    topics.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ")
}

/// The arguments that create these topics.
fn creating(topics: &[(String, i32)]) -> String {
    let are_defaults = DEFAULT_TOPICS.iter().all(|(_, default)| topics.iter().any(|(name, _)| name == default));
    let others =
        topics.iter().filter(|(name, _)| !are_defaults || DEFAULT_TOPICS.iter().all(|(_, topic)| topic != name));
    let others = others.map(|(name, partitions)| format!("{name}:{partitions}"));
    let defaults = are_defaults.then(|| "--default-topics".to_owned());
    defaults.into_iter().chain(others).collect::<Vec<_>>().join(" ")
}
