//! Strings that share the bytes they were read from.

use std::borrow::Borrow;
use std::fmt;
use std::ops::Deref;

use bytes::Bytes;
use bytestring::ByteString;

use crate::Malformed;

/// UTF-8 text over reference-counted bytes: cloning copies nothing, and keeps the frame alive that it was read from.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text(ByteString);

impl Text {
    /// Takes bytes that are UTF-8.
    pub fn from_utf8(bytes: Bytes) -> Result<Self, Malformed> {
        ByteString::try_from(bytes).map(Self).map_err(|_| Malformed::Utf8)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A copy with bytes of its own, so that the text does not keep its frame alive.
    pub fn detach(&self) -> Self {
        Self::from(self.as_str())
    }

    /// The bytes of the text.
    pub fn as_bytes(&self) -> &Bytes {
        self.0.as_bytes()
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<str> for Text {
    fn as_ref(&self) -> &str {
        self
    }
}

/// `Text` and `str` hash, order and compare alike.
impl Borrow<str> for Text {
    fn borrow(&self) -> &str {
        self
    }
}

impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Text {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self(ByteString::from(text))
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self(ByteString::from(text))
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self)
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}
