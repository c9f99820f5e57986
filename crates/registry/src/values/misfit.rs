//! Why a value and a schema do not fit.

use std::fmt;

/// Where in a value, as a JSON Pointer, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Misfit {
    path: String,
    why: String,
}

impl Misfit {
    pub(crate) fn new(why: impl Into<String>) -> Self {
        Self { path: String::new(), why: why.into() }
    }

    /// The bytes of a value end before it does.
    pub(crate) fn end() -> Self {
        Self::new("the value ends here")
    }

    /// The same, seen from what holds the value under this name.
    pub(crate) fn at(self, name: impl fmt::Display) -> Self {
        let name = name.to_string().replace('~', "~0").replace('/', "~1");
        Self { path: format!("/{name}{}", self.path), why: self.why }
    }
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() { f.write_str(&self.why) } else { write!(f, "{}: {}", self.path, self.why) }
    }
}
