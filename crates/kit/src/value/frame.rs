//! Confluent's wire format: how a record names the schemas of its key and its value.

use bytes::Bytes;

use super::NotJson;

/// The headers with the guids of the schemas.
pub(super) const VALUE_HEADER: &[u8] = b"__value_schema_id";
pub(super) const KEY_HEADER: &[u8] = b"__key_schema_id";

/// The id of the schema and what stands behind it: a zero byte, the id in four bytes, which counts from 1 on, and the value.
/// No JSON begins with a zero byte. `None` for what is no frame, an error for a frame that ends within its id.
pub(crate) fn framed(bytes: &[u8]) -> Result<Option<(i32, &[u8])>, NotJson> {
    let Some((0, rest)) = bytes.split_first().map(|(magic, rest)| (*magic, rest)) else { return Ok(None) };
    let Some((id, payload)) = rest.split_first_chunk::<4>() else { return Err(NotJson::CutFrame(rest.len())) };
    let id = i32::from_be_bytes(*id);
    Ok((id > 0).then_some((id, payload)))
}

/// The guid of a schema in the last header of this name: a byte 1 and 16 bytes.
pub(super) fn in_header(headers: &[(Bytes, Option<Bytes>)], name: &[u8]) -> Option<String> {
    let (_, value) = headers.iter().rev().find(|(known, _)| **known == *name)?;
    let (1, guid) = value.as_deref()?.split_first()? else { return None };
    let guid: &[u8; 16] = guid.try_into().ok()?;
    let hex: String = guid.iter().map(|byte| format!("{byte:02x}")).collect();
    let (a, b, c, d, e) = (hex.get(..8)?, hex.get(8..12)?, hex.get(12..16)?, hex.get(16..20)?, hex.get(20..)?);
    Some(format!("{a}-{b}-{c}-{d}-{e}"))
}
