//! One value's bytes may lie in several pieces.

use bytes::Bytes;

/// Bytes in one or more pieces, such as records in a log that are sent without being joined. Bytes of a message that
/// was read are one piece. Two values are equal if their bytes are, however they are cut.
#[derive(Clone, Debug, Default)]
pub struct Pieces {
    first: Bytes,
    others: Vec<Bytes>,
}

impl Pieces {
    /// Adds bytes at the end.
    pub fn push(&mut self, piece: Bytes) {
        if self.first.is_empty() {
            self.first = piece;
        } else if !piece.is_empty() {
            self.others.push(piece);
        }
    }

    /// Returns how many bytes there are in all.
    pub fn len(&self) -> usize {
        self.iter().map(Bytes::len).sum()
    }

    /// Returns whether there are no bytes.
    pub fn is_empty(&self) -> bool {
        self.first.is_empty()
    }

    /// Returns the pieces in order.
    pub fn iter(&self) -> impl Iterator<Item = &Bytes> {
        std::iter::once(&self.first).chain(&self.others)
    }

    /// Returns all bytes in one piece; more than one piece is copied.
    pub fn into_bytes(self) -> Bytes {
        if self.others.is_empty() {
            return self.first;
        }
        let mut joined = Vec::with_capacity(self.len());
        self.iter().for_each(|piece| joined.extend_from_slice(piece));
        joined.into()
    }
}

impl From<Bytes> for Pieces {
    fn from(piece: Bytes) -> Self {
        Self { first: piece, others: Vec::new() }
    }
}

impl PartialEq for Pieces {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().flatten().eq(other.iter().flatten())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_bytes_are_equal_however_they_are_cut() {
        let whole = Pieces::from(Bytes::from_static(b"abcdef"));
        let mut cut = Pieces::default();
        for piece in [&b""[..], b"ab", b"", b"c", b"def"] {
            cut.push(Bytes::from_static(piece));
        }
        assert_eq!((cut.len(), cut.iter().count()), (6, 3));
        assert_eq!(cut, whole);
        assert_eq!(cut.into_bytes(), whole.into_bytes());
        assert!(Pieces::default().is_empty() && Pieces::default().into_bytes().is_empty());
        assert_ne!(Pieces::from(Bytes::from_static(b"ab")), Pieces::from(Bytes::from_static(b"abc")));
    }
}
