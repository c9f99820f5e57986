//! Why a value is not JSON.

use thiserror::Error;

/// Why a value is not JSON, in half a sentence.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum NotJson {
    /// There is no value.
    #[error("it is a tombstone")]
    Tombstone,
    /// There is a value of no bytes.
    #[error("it has no bytes")]
    Empty,
    /// Text that is not JSON: where the parser stopped.
    #[error("{0}")]
    Text(String),
    /// So many bytes that are neither JSON nor text.
    #[error("{0} bytes that are not text")]
    Bytes(usize),
    /// A frame of a schema registry that ends within the id of its schema, of which so many bytes are there.
    #[error("it begins with 0 as a schema registry's frames do, and {0} of the 4 bytes of a schema id follow")]
    CutFrame(usize),
    /// A frame with the id of a schema and no value.
    #[error("a schema registry's frame with schema id {0} and no value")]
    EmptyFrame(i32),
    /// A frame that a schema registry is needed for.
    #[error("it looks like Confluent's wire format with schema id {0}: Avro or Protobuf")]
    NoDecoder(i32),
    /// A value whose schema a header names by this guid, and that a schema registry is needed for.
    #[error("a header names the schema {0} of its value, and no schema registry is known")]
    NoDecoderOfGuid(String),
    /// A value whose schema a header names, and that the decoder cannot read.
    #[error("schema guid {guid}: {reason}")]
    UndecodedByGuid {
        /// The guid of the schema.
        guid: String,
        /// What the decoder says.
        reason: String,
    },
    /// A frame that the decoder cannot read.
    #[error("schema id {id}: {reason}")]
    Undecoded {
        /// The id of the schema.
        id: i32,
        /// What the decoder says.
        reason: String,
    },
}

impl NotJson {
    /// Whether the value names a schema, which is not there or does not read it.
    pub fn names_schema(&self) -> bool {
        matches!(
            self,
            Self::CutFrame(_)
                | Self::EmptyFrame(_)
                | Self::NoDecoder(_)
                | Self::NoDecoderOfGuid(_)
                | Self::Undecoded { .. }
                | Self::UndecodedByGuid { .. }
        )
    }

    pub(super) fn plain(bytes: &[u8], error: &serde_json::Error) -> Self {
        match std::str::from_utf8(bytes) {
            _ if bytes.is_empty() => Self::Empty,
            Ok(_) => Self::Text(error.to_string()),
            Err(_) => Self::Bytes(bytes.len()),
        }
    }
}
