//! Text for HTML.

use std::fmt::Write as _;

/// Text for HTML, in attributes too. Control characters, which HTML cannot carry, are left out.
pub(super) struct Escaped<'a>(pub(super) &'a str);

impl std::fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.chars().try_for_each(|c| match c {
            '<' => f.write_str("&lt;"),
            '>' => f.write_str("&gt;"),
            '&' => f.write_str("&amp;"),
            '"' => f.write_str("&quot;"),
            '\t' | '\n' => f.write_char(c),
            c if c < ' ' => Ok(()),
            c => f.write_char(c),
        })
    }
}
