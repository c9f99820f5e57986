//! The fields of a message as they lie in its bytes, not yet understood.

use std::collections::HashMap;

use super::read::DEEPEST;
use crate::values::Misfit;

/// A field's value, not yet understood.
#[derive(Clone, Copy)]
pub(super) enum Raw<'a> {
    Varint(u64),
    Fixed64([u8; 8]),
    Bytes(&'a [u8]),
    Group(&'a [u8]),
    Fixed32([u8; 4]),
}

/// The fields of a message by their numbers.
pub(super) fn fields(mut bytes: &[u8]) -> Result<HashMap<u64, Vec<Raw<'_>>>, Misfit> {
    let mut fields: HashMap<u64, Vec<Raw<'_>>> = HashMap::new();
    while !bytes.is_empty() {
        let tag = varint(&mut bytes).ok_or_else(Misfit::end)?;
        let raw = raw(tag, &mut bytes, 0)?;
        fields.entry(tag >> 3).or_default().push(raw);
    }
    Ok(fields)
}

fn raw<'a>(tag: u64, bytes: &mut &'a [u8], depth: usize) -> Result<Raw<'a>, Misfit> {
    let number = tag >> 3;
    if number == 0 || depth > DEEPEST {
        return Err(Misfit::new("it is no Protobuf message"));
    }
    let value = match tag & 7 {
        0 => varint(bytes).map(Raw::Varint),
        1 => array(bytes).map(Raw::Fixed64),
        2 => varint(bytes).and_then(|length| usize::try_from(length).ok()).and_then(|length| {
            let (taken, rest) = bytes.split_at_checked(length)?;
            *bytes = rest;
            Some(Raw::Bytes(taken))
        }),
        3 => {
            let start = *bytes;
            loop {
                let before = bytes.len();
                let inner = varint(bytes).ok_or_else(Misfit::end)?;
                if inner & 7 == 4 {
                    let group = start.get(..start.len() - before).ok_or_else(Misfit::end)?;
                    return if inner >> 3 == number {
                        Ok(Raw::Group(group))
                    } else {
                        Err(Misfit::new("a group ends wrongly"))
                    };
                }
                raw(inner, bytes, depth + 1)?;
            }
        }
        5 => array(bytes).map(Raw::Fixed32),
        kind => return Err(Misfit::new(format!("field {number} has the wire type {kind}, which does not exist"))),
    };
    value.ok_or_else(|| Misfit::new(format!("it ends within field {number}")))
}

pub(super) fn unexpected(raw: Raw<'_>, expected: &str) -> Misfit {
    let found = match raw {
        Raw::Varint(_) => "a variable-length number",
        Raw::Fixed64(_) => "8 bytes",
        Raw::Bytes(_) => "counted bytes",
        Raw::Group(_) => "a group",
        Raw::Fixed32(_) => "4 bytes",
    };
    Misfit::new(format!("expected {expected}, found {found}"))
}

pub(super) fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0u64;
    for shift in (0..64).step_by(7) {
        let (first, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(first & 0x7f) << shift;
        if first & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

pub(super) fn array<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, rest) = bytes.split_first_chunk::<N>()?;
    *bytes = rest;
    Some(*taken)
}
