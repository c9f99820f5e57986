//! This crate turns bytes into Kafka messages and record batches, and back. It has no I/O, no clock and no async code.
//!
//! - [`messages`]: a typed struct for every request and response that a Kafka 4.3.1 broker listener serves, made by
//!   the build script from `schema/kafka.txt` (`cargo xtask schema` reads that from Kafka's jars).
//! - [`records`]: record batches, stored and sent on as they came.
//! - [`view`]: any message by field name, from the same data, for journals and comparisons.
//!
//! Decoding hostile bytes never panics, and allocates in proportion to the actual bytes, whatever lengths they
//! announce.

mod api_key;
mod error;
mod error_code;
mod header;
pub mod messages;
mod pieces;
mod reader;
pub mod records;
pub mod schema;
mod text;
mod uuid;
pub mod view;
mod writer;

pub use bytes::Bytes;

pub use self::api_key::ApiKey;
pub use self::error::{DecodeError, EncodeError, Malformed};
pub use self::error_code::ErrorCode;
pub use self::header::RequestHeader;
pub use self::messages::{Message, Request, decode, encode};
pub use self::pieces::Pieces;
pub use self::reader::Reader;
pub use self::text::Text;
pub use self::uuid::Uuid;
pub use self::writer::{OWN_SEGMENT, Segments, Tags, Writer};
