//! The registry on a port: a thin shell of HTTP/1.1 around [`Registry`](crate::Registry).
//!
//! `server`: the thread, the listener, and the owner. `exchange`: from an HTTP request to an answer. `shared`: the one registry
//! behind all connections.

mod exchange;
mod server;
mod shared;

pub use self::server::{SchemaRegistry, StartError};
