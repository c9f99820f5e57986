//! What goes wrong between a test and a schema registry.

use std::io;

use thiserror::Error;

/// Why a schema registry did not do what was asked.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RegistryError {
    /// The embedded registry did not start.
    #[error(transparent)]
    Start(#[from] kafka_trial_registry::StartError),
    /// An address that cannot be used.
    #[error("invalid schema registry URL \"{url}\": {why}")]
    Url {
        /// The URL.
        url: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A folder of schemas, or a file in it, that cannot be read.
    #[error("cannot read schemas: {0}")]
    Folder(#[from] kafka_trial_registry::FolderError),
    /// It cannot be reached, or breaks off.
    #[error("the schema registry at {url} cannot be reached: {source}")]
    Unreachable {
        /// Its URL.
        url: String,
        /// What the connection says.
        source: io::Error,
    },
    /// It refuses a request.
    #[error("the schema registry refuses {request}: {message} (error {code})")]
    Refused {
        /// Method and path.
        request: String,
        /// The registry's code, `40401`, or the status where there is none.
        code: i64,
        /// The registry's text.
        message: String,
    },
    /// An answer that no registry gives.
    #[error("the answer is not that of a schema registry: {0}")]
    Unexpected(String),
    /// The schema of an id is not to be had.
    #[error("schema id {id}: {why}")]
    Schema {
        /// The id.
        id: i32,
        /// Why not.
        why: String,
    },
    /// A value that the schema of an id does not allow.
    #[error("the value does not fit schema id {id}: {why}")]
    Value {
        /// The id.
        id: i32,
        /// Where and why.
        why: String,
    },
}
