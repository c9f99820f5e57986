//! Kafka identifies topics and other objects by UUIDs.

use std::fmt;
use std::str::FromStr;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// 128 bits, printed as Kafka prints them: URL-safe base64 without padding, 22 characters.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uuid(pub [u8; 16]);

impl Uuid {
    /// The id of all zeros, which stands for no id.
    pub const ZERO: Self = Self([0; 16]);
}

impl fmt::Display for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // 128 bits and four bits of padding at the end make 22 groups of six.
        let bits = u128::from_be_bytes(self.0);
        let text: String = (0..22u32)
            .map(|group| {
                let shift = 122 - 6 * i64::from(group);
                let six = if shift >= 0 { bits >> shift } else { bits << -shift } & 0x3f;
                usize::try_from(six).ok().and_then(|six| ALPHABET.get(six)).map_or('?', |c| char::from(*c))
            })
            .collect();
        f.pad(&text)
    }
}

impl fmt::Debug for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The error for text that is not a UUID in Kafka's form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a uuid has 22 characters of A-Z a-z 0-9 - _")]
pub struct UuidError;

impl FromStr for Uuid {
    type Err = UuidError;

    fn from_str(text: &str) -> Result<Self, UuidError> {
        if text.len() != 22 {
            return Err(UuidError);
        }
        let mut bits: u128 = 0;
        for (c, group) in text.bytes().zip(0u32..) {
            let six =
                ALPHABET.iter().position(|a| *a == c).and_then(|six| u128::try_from(six).ok()).ok_or(UuidError)?;
            bits = if group == 21 { (bits << 2) | (six >> 4) } else { (bits << 6) | six };
        }
        Ok(Self(bits.to_be_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_is_printed_and_parsed_as_kafka_does() {
        for uuid in [Uuid::ZERO, Uuid([0xff; 16]), Uuid(std::array::from_fn(|i| u8::try_from(i * 17).unwrap()))] {
            assert_eq!(uuid.to_string().parse(), Ok(uuid), "{uuid}");
        }
        assert_eq!(Uuid::ZERO.to_string(), "AAAAAAAAAAAAAAAAAAAAAA");
        assert_eq!("short".parse::<Uuid>(), Err(UuidError));
    }
}
