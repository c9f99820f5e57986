//! The id of a schema that is the same in each registry: made from its content.

use std::fmt;

use md5::{Digest as _, Md5};

use crate::schema::{Metadata, Reference, SchemaType};

/// The MD5 of a schema, written as a UUID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Guid([u8; 16]);

impl Guid {
    pub(crate) fn of(kind: SchemaType, text: &str, references: &[Reference], metadata: Option<&Metadata>) -> Self {
        let mut digest = Md5::new();
        digest.update(text);
        if kind != SchemaType::Avro {
            digest.update(kind.name());
        }
        for reference in references {
            digest.update(format!("\0{}\0{}\0{}", reference.name, reference.subject, reference.version));
        }
        if let Some(metadata) = metadata {
            // Maps with string keys: nothing that has no JSON.
            digest.update(serde_json::to_vec(metadata).unwrap_or_default());
        }
        Self(digest.finalize().into())
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        let digits: String = text.chars().filter(|letter| *letter != '-').collect();
        if digits.len() != 32 || !digits.is_ascii() || text.len() != 36 {
            return None;
        }
        u128::from_str_radix(&digits, 16).ok().map(|number| Self(number.to_be_bytes()))
    }
}

impl fmt::Display for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (byte, index) in self.0.iter().zip(0..) {
            let dash = if matches!(index, 4 | 6 | 8 | 10) { "-" } else { "" };
            write!(f, "{dash}{byte:02x}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guid_is_read_as_it_is_written() {
        let guid = Guid::of(SchemaType::Avro, "\"int\"", &[], None);
        assert_eq!(Guid::parse(&guid.to_string()), Some(guid));
        assert_ne!(guid, Guid::of(SchemaType::Json, "\"int\"", &[], None));
        assert_eq!(Guid::parse("none"), None);
    }
}
