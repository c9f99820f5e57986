//! The beginning of a text that may be long, for a sentence.

/// The most characters of it.
const LONGEST: usize = 200;

/// The first line of a text, cut where it is long. Dots say that there is more.
pub(crate) fn excerpt(text: &str) -> String {
    let text = text.trim();
    let line = text.lines().next().unwrap_or_default();
    let cut: String = line.chars().take(LONGEST).map(|c| if c.is_control() { ' ' } else { c }).collect();
    let is_whole = line.len() == text.len() && line.chars().nth(LONGEST).is_none();
    if is_whole { cut } else { cut + "..." }
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, excerpt};

    #[test]
    fn dots_stand_where_something_is_left_out_and_nowhere_else() {
        assert_eq!(excerpt("one line\r\n"), "one line");
        assert_eq!(excerpt("\n one\ntwo"), "one...");
        assert_eq!(excerpt("a\u{85}b\tc"), "a b c");
        assert_eq!(excerpt(&"ä".repeat(LONGEST)), "ä".repeat(LONGEST));
        assert_eq!(excerpt(&"ä".repeat(LONGEST + 1)), "ä".repeat(LONGEST) + "...");
    }
}
