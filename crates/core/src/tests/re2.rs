//! Patterns follow RE2/J's syntax.

use proptest::prelude::*;

use crate::Pattern;

fn matches(expression: &str, text: &str) -> bool {
    Pattern::compile(expression).unwrap_or_else(|error| panic!("{expression}: {error}")).is_match(text)
}

fn refusal(expression: &str) -> String {
    Pattern::compile(expression).map_or_else(|error| error.to_string(), |pattern| format!("{pattern:?}"))
}

#[test]
fn constructs_that_only_re2_has_match_as_in_re2() {
    for (expression, text) in [
        ("a{", "a{"),
        ("a{,3}", "a{,3}"),
        ("a{2,x}", "a{2,x}"),
        ("a{2}b{1,}", "aabb"),
        (r"\Qa.b\E+", "a.bb"),
        (r"\Qa(", "a("),
        (r"\141\0", "a\0"),
        (r"\x41\x{42}", "AB"),
        (r"\é\-\<", "é-<"),
        ("[a&&b]+", "a&b"),
        ("[[a]b]", "[b]"),
        ("[]a-]+", "]a-"),
        (r"[\d-z]+", "1-z"),
        ("[a~~b]", "~"),
        ("[^[:alpha:]-]", "1"),
        (r"[\x41-\103]", "B"),
        (r"\bab\b", "ab"),
        ("(?)a|(b)", "b"),
    ] {
        assert!(matches(expression, text), "{expression} and {text}");
    }
    for (expression, text) in [(r"\Qa.b\E", "axb"), ("[a&&b]", "c"), ("a{,3}", "aa"), ("[^a-c]", "b")] {
        assert!(!matches(expression, text), "{expression} and {text}");
    }
}

#[test]
fn a_pattern_matches_whole_texts_only() {
    assert!(matches("a|b", "a"));
    for text in ["ab", "xa", "a\n", ""] {
        assert!(!matches("a|b", text), "{text:?}");
    }
}

#[test]
fn constructs_that_re2_lacks_are_refused_in_its_words() {
    for expression in [r"\u0041", r"\1", r"\8", r"\x", r"\x4", r"\xz", r"\x{}", r"\x{110000}", r"\E", r"[a-\d]"] {
        assert_eq!(refusal(expression), "invalid escape sequence", "{expression}");
    }
    for expression in ["[b-a]", "[a--b]", "[[:foo:]]", r"\p", r"\p{L", r"\p{Nope}"] {
        assert_eq!(refusal(expression), "invalid character class range", "{expression}");
    }
    for (expression, reason) in [
        ("[a", "missing closing ]"),
        ("[]", "missing closing ]"),
        ("\\", "trailing backslash at end of expression"),
        ("(?<=a)", "invalid named capture"),
        ("(a", "missing closing )"),
        ("*a", "missing argument to repetition operator"),
        ("a**", "invalid nested repetition operator"),
        ("a{1001}", "invalid repeat count"),
        ("(?x)a", "invalid or unsupported Perl syntax"),
    ] {
        assert_eq!(refusal(expression), reason, "{expression}");
    }
}

proptest! {
    #[test]
    fn any_text_is_compiled_or_refused(text in r"[a-c\\\[\](){}|*+?^$.,:&~<=!PQEpxdwb0-9é-]{0,24}") {
        _ = Pattern::compile(&text);
    }

    #[test]
    fn a_quoted_text_matches_only_itself(text in "[^\\\\]{0,12}", other in "[a-z.]{0,12}") {
        let quoted = format!(r"\Q{text}\E");
        prop_assert!(matches(&quoted, &text));
        prop_assert_eq!(matches(&quoted, &other), text == other);
    }
}
