//! Each request begins with a header.

use crate::messages::{self, Message};
use crate::{ApiKey, EncodeError, Malformed, Reader, Text, Writer};

/// The header of a request: API key, version, correlation id and client id.
#[derive(Clone, Debug, PartialEq)]
pub struct RequestHeader {
    /// The API of the request.
    pub api_key: ApiKey,
    /// The version of the request.
    pub version: i16,
    /// The number by which the client matches the reply; the reply repeats it.
    pub correlation_id: i32,
    /// `client.id` of the client.
    pub client_id: Option<Text>,
}

impl RequestHeader {
    /// Reads a header. The header's version follows from the key and version in it.
    pub fn read(reader: &mut Reader) -> Result<Self, Malformed> {
        let mut ahead = reader.clone();
        let api_key = ApiKey(ahead.i16()?);
        let version = ahead.i16()?;
        let header = messages::RequestHeader::read(reader, api_key.request_header_version(version))?;
        Ok(Self { api_key, version, correlation_id: header.correlation_id, client_id: header.client_id })
    }

    /// Writes the header. The header's version follows from its key and version.
    pub fn write(&self, writer: &mut Writer) -> Result<(), EncodeError> {
        let header = messages::RequestHeader {
            request_api_key: self.api_key.0,
            request_api_version: self.version,
            correlation_id: self.correlation_id,
            client_id: self.client_id.clone(),
            ..messages::RequestHeader::default()
        };
        header.write(writer, self.api_key.request_header_version(self.version))
    }
}
