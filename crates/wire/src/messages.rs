//! Kafka's messages are Rust structs, one module for each, which the build script writes.
//!
//! The names are Kafka's, with fields in snake case. A field that the version lacks has Kafka's default.

use std::ops::RangeInclusive;

use bytes::Bytes;

use crate::{ApiKey, DecodeError, EncodeError, ErrorCode, Malformed, Reader, Writer, view};

/// A message with a name and versions.
pub trait Message: Clone + std::fmt::Debug + PartialEq + Default + Sized {
    /// Kafka's name.
    const NAME: &'static str;
    /// The versions that Kafka's definitions allow.
    const VERSIONS: RangeInclusive<i16>;
    /// The API key of a request or a response; the type of a coordinator's record, which is the version of its key.
    const KEY: Option<i16>;

    /// Reads the message. The version must be one of [`Message::VERSIONS`].
    fn read(reader: &mut Reader, version: i16) -> Result<Self, Malformed>;

    /// Writes the message. The version must be one of [`Message::VERSIONS`].
    fn write(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError>;

    /// Returns the first error of the message, in the order of its fields, at any depth; [`ErrorCode::NONE`] if there
    /// is none.
    fn first_error(&self) -> ErrorCode {
        ErrorCode::NONE
    }
}

/// A request, with the type of its response.
pub trait Request: Message {
    /// The API of the request.
    const API: ApiKey;
    /// The type of the response.
    type Response: Message;
}

/// Reads a message from its bytes. Trailing bytes are ignored, as in Kafka.
pub fn decode<M: Message>(bytes: Bytes, version: i16) -> Result<M, DecodeError> {
    let error = |path, cause| DecodeError { message: M::NAME, version, path, cause };
    if !M::VERSIONS.contains(&version) {
        return Err(error(String::new(), Malformed::Version(version)));
    }
    M::read(&mut Reader::new(bytes.clone()), version)
        // Only a malformed message is read a second time, by name, to find the path of the field.
        .map_err(|cause| error(view::path_of_malformed(M::NAME, bytes, version), cause))
}

/// Writes a message as bytes.
pub fn encode<M: Message>(message: &M, version: i16) -> Result<Bytes, EncodeError> {
    let mut writer = Writer::new();
    message.write(&mut writer, version)?;
    Ok(writer.into_bytes())
}

mod prelude {
    pub(super) use std::ops::RangeInclusive;

    pub(super) use bytes::Bytes;

    pub(super) use super::Message;
    pub(super) use crate::{EncodeError, ErrorCode, Malformed, Pieces, Reader, Tags, Text, Uuid, Writer};
}

use crate::api_key::ApiRow;

#[expect(clippy::all, unused_variables, reason = "generated code is regular rather than pretty")]
mod generated {
    use super::{ApiKey, ApiRow, Request, prelude};
    include!(concat!(env!("OUT_DIR"), "/messages.rs"));
}

pub use generated::*;
