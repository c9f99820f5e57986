//! The embedded schema registry: Avro, JSON Schema and Protobuf, with the answers of Confluent's registry 8.5.
//!
//! ```text
//! client ──HTTP──> http ──Request──> Registry ──> route ──> resources ──> state
//!                                                    └──> schema ──> avro, json_schema, protobuf
//! ```
//! - [`Registry`]: the pure core, a value that answers [`Request`]s. It has no clock and does no I/O; a clone is a fork.
//! - [`SchemaRegistry`] (`http`): the core on a port of its own, for clients. A request that takes long holds up no other.
//! - [`ValueSchema`] (`values`): a schema that reads and writes the values of records.
//! - [`RegistryFault`] (`faults`): errors, delays and cuts on demand, on the requests that a test names.
//! - [`SchemaFolder`] (`folder`): a folder of schemas, registered as a whole.
//! - [`RegistryClient`] (`client`): asks a registry elsewhere, and copies what a check needs of it.
//! - `resources`: one file per resource of the API. `state`: what is kept, and how it is found.
//! - `avro`, `json_schema`, `protobuf`: per language how a text is read, printed anew and compared. Crates validate JSON
//!   Schemas; texts and differences are ours, since they are what makes a registry answer like another one.

mod associations;
mod avro;
mod body;
mod candidate;
mod client;
mod config;
mod difference;
mod error;
mod faults;
mod folder;
mod guid;
mod http;
mod json;
mod json_schema;
mod level;
mod place;
mod protobuf;
mod query;
mod registry;
mod reply;
mod resources;
mod route;
mod schema;
mod state;
mod subject_name;
mod values;

pub use self::client::{ClientError, RegistryClient};
pub use self::faults::{
    FaultError, FaultyRequest, RegistryFault, RegistryFaultAction, RegistryFaultStatus, RegistryFaultWhen,
};
pub use self::folder::{FolderError, FolderSchema, LoadedSchema, Registered, SchemaFolder, SchemaProblem};
pub use self::http::{SchemaRegistry, StartError};
pub use self::place::Place;
pub use self::registry::Registry;
pub use self::reply::{Reply, Request};
pub use self::values::{ReferencedSchema, ValueSchema};
