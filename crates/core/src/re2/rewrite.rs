//! RE2's way of writing regular expressions, put into that of the `regex` crate.
//!
//! Both mean the same by what they share. What is rewritten here: a `{` that begins no repetition is a character, so are
//! `&&`, `--`, `~~` and `[` within a class; there are `\Q..\E`, octal numbers and escapes of whatever is neither a letter
//! nor a digit; `\u`, `\U` and `\b{start}` are not there.

use std::str::Chars;

type Result<T> = std::result::Result<T, &'static str>;

const ESCAPE: &str = "invalid escape sequence";
const RANGE: &str = "invalid character class range";
const SYNTAX: &str = "invalid or unsupported Perl syntax";
const NAMED: &str = "invalid named capture";
const BACKSLASH: &str = "trailing backslash at end of expression";
const BRACKET: &str = "missing closing ]";

/// Names of classes such as `[:alpha:]`.
const CLASSES: &[&str] = &[
    "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space", "upper", "word",
    "xdigit",
];

/// Rewrites an expression; the error is RE2/J's word for what is wrong. What is wrong in both is left as it is.
pub(super) fn rewrite(expression: &str) -> Result<String> {
    let mut rest = expression;
    let mut out = String::with_capacity(expression.len());
    while let Some(c) = rest.chars().next() {
        rest = match c {
            '\\' => escape(rest, &mut out)?,
            '[' => class(rest, &mut out)?,
            '(' => group(rest, &mut out)?,
            '{' => {
                let length = repetition(rest).unwrap_or_default();
                let (repetition, behind) = rest.split_at(length);
                out.push_str(if length == 0 { "\\{" } else { repetition });
                if length == 0 { behind.strip_prefix('{').unwrap_or_default() } else { behind }
            }
            _ => {
                out.push(c);
                rest.strip_prefix(c).unwrap_or_default()
            }
        };
    }
    Ok(out)
}

/// How long a `{n}`, `{n,}` or `{n,m}` is.
fn repetition(text: &str) -> Option<usize> {
    let (inside, _) = text.strip_prefix('{')?.split_once('}')?;
    let (least, most) = inside.split_once(',').unwrap_or((inside, ""));
    let is_number = |text: &str| text.chars().all(|c| c.is_ascii_digit());
    (!least.is_empty() && is_number(least) && is_number(most)).then_some(inside.len() + 2)
}

/// What follows a `(`, as far as both do not see it alike.
fn group<'a>(text: &'a str, out: &mut String) -> Result<&'a str> {
    if text == "(?" {
        return Err(SYNTAX);
    }
    if text.starts_with("(?<=") || text.starts_with("(?<!") {
        return Err(NAMED);
    }
    if let Some(rest) = text.strip_prefix("(?)") {
        out.push_str("(?:)");
        return Ok(rest);
    }
    out.push('(');
    Ok(text.strip_prefix('(').unwrap_or_default())
}

/// Outside of a class.
fn escape<'a>(text: &'a str, out: &mut String) -> Result<&'a str> {
    let rest = text.strip_prefix('\\').unwrap_or_default();
    let Some(c) = rest.chars().next() else { return Err(BACKSLASH) };
    if let Some(quoted) = rest.strip_prefix('Q') {
        let (literal, rest) = quoted.split_once("\\E").unwrap_or((quoted, ""));
        out.push_str(&regex_syntax::escape(literal));
        return Ok(rest);
    }
    if matches!(c, 'A' | 'z' | 'b' | 'B') {
        // In a group: a `{` behind it is not the crate's `\b{start}`.
        out.push_str(&format!("(?:\\{c})"));
        return Ok(rest.strip_prefix(c).unwrap_or_default());
    }
    if let Some(rest) = named_class(text, out)? {
        return Ok(rest);
    }
    let mut chars = rest.chars();
    push(out, escaped(&mut chars)?);
    Ok(chars.as_str())
}

/// `\d` and its like, `\pL`, `\p{Greek}`; they are the same within a class and outside.
fn named_class<'a>(text: &'a str, out: &mut String) -> Result<Option<&'a str>> {
    let Some(rest) = text.strip_prefix('\\') else { return Ok(None) };
    let length = match rest.chars().next() {
        Some('d' | 'D' | 's' | 'S' | 'w' | 'W') => 1,
        Some('p' | 'P') => match rest.chars().nth(1) {
            Some('{') => rest.find('}').ok_or(RANGE)? + 1,
            Some(c) => 1 + c.len_utf8(),
            None => return Err(RANGE),
        },
        _ => return Ok(None),
    };
    let (name, behind) = rest.split_at(length);
    out.push('\\');
    out.push_str(name);
    Ok(Some(behind))
}

/// A class in brackets: its characters, ranges and named classes.
fn class<'a>(text: &'a str, out: &mut String) -> Result<&'a str> {
    out.push('[');
    let mut rest = text.strip_prefix('[').unwrap_or_default();
    if let Some(behind) = rest.strip_prefix('^') {
        out.push('^');
        rest = behind;
    }
    let mut is_first = true;
    loop {
        match rest.strip_prefix(']') {
            Some(behind) if !is_first => {
                out.push(']');
                return Ok(behind);
            }
            _ if rest.is_empty() => return Err(BRACKET),
            _ => is_first = false,
        }
        if let Some((name, behind)) = rest.strip_prefix("[:").and_then(|rest| rest.split_once(":]")) {
            if !CLASSES.contains(&name.strip_prefix('^').unwrap_or(name)) {
                return Err(RANGE);
            }
            out.push_str(&format!("[:{name}:]"));
            rest = behind;
        } else if let Some(behind) = named_class(rest, out)? {
            rest = behind;
        } else {
            rest = range(rest, out)?;
        }
    }
}

/// A character of a class, or a range of them.
fn range<'a>(text: &'a str, out: &mut String) -> Result<&'a str> {
    let mut chars = text.chars();
    let low = member(&mut chars)?;
    push(out, low);
    // A `-` at the end of the class is a character.
    if let Some(behind) = chars.as_str().strip_prefix('-')
        && !behind.is_empty()
        && !behind.starts_with(']')
    {
        chars = behind.chars();
        let high = member(&mut chars)?;
        if high < low {
            return Err(RANGE);
        }
        out.push('-');
        push(out, high);
    }
    Ok(chars.as_str())
}

fn member(chars: &mut Chars<'_>) -> Result<char> {
    match chars.next() {
        Some('\\') => escaped(chars),
        Some(c) => Ok(c),
        None => Err(BRACKET),
    }
}

/// A character by its number, which means the same wherever it stands.
fn push(out: &mut String, c: char) {
    out.push_str(&format!("\\x{{{:x}}}", u32::from(c)));
}

/// A character that is written behind a backslash.
fn escaped(chars: &mut Chars<'_>) -> Result<char> {
    let is_octal = |c: &char| c.is_digit(8);
    let c = chars.next().ok_or(BACKSLASH)?;
    match c {
        // A digit alone would be a backreference.
        '1'..='7' if !chars.as_str().starts_with(|c| is_octal(&c)) => Err(ESCAPE),
        '0'..='7' => {
            let more = chars.clone().take(2).take_while(is_octal).count();
            let digits: String = std::iter::once(c).chain(chars.by_ref().take(more)).collect();
            number(&digits, 8)
        }
        'x' => match chars.as_str().strip_prefix('{') {
            Some(inside) => {
                let (digits, behind) = inside.split_once('}').ok_or(ESCAPE)?;
                *chars = behind.chars();
                number(digits, 16)
            }
            None => {
                let digits: String = chars.by_ref().take(2).collect();
                if digits.len() == 2 { number(&digits, 16) } else { Err(ESCAPE) }
            }
        },
        'a' => Ok('\x07'),
        'f' => Ok('\x0c'),
        'n' => Ok('\n'),
        'r' => Ok('\r'),
        't' => Ok('\t'),
        'v' => Ok('\x0b'),
        c if !c.is_ascii_alphanumeric() => Ok(c),
        _ => Err(ESCAPE),
    }
}

fn number(digits: &str, radix: u32) -> Result<char> {
    let is_digit = |c: char| c.is_digit(radix);
    let code = digits.chars().all(is_digit).then(|| u32::from_str_radix(digits, radix).ok()).flatten();
    code.and_then(char::from_u32).ok_or(ESCAPE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_re2_writes_otherwise_means_the_same() {
        let matches = |expression: &str, text: &str| {
            let rewritten = rewrite(expression).unwrap_or_else(|error| panic!("{expression}: {error}"));
            regex::Regex::new(&format!("^(?:{rewritten})$")).unwrap().is_match(text)
        };
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
            assert!(matches(expression, text), "{expression} and {text}, as {:?}", rewrite(expression));
        }
        for (expression, text) in [(r"\Qa.b\E", "axb"), ("[a&&b]", "c"), ("a{,3}", "aa"), ("[^a-c]", "b")] {
            assert!(!matches(expression, text), "{expression} and {text}, as {:?}", rewrite(expression));
        }
    }

    #[test]
    fn what_re2_does_not_have_is_refused() {
        for expression in [r"\u0041", r"\1", r"\8", r"\x", r"\x4", r"\xz", r"\x{}", r"\x{110000}", r"\E", r"[a-\d]"] {
            assert_eq!(rewrite(expression), Err(ESCAPE), "{expression}");
        }
        for expression in ["[b-a]", "[a--b]", "[[:foo:]]", r"\p", r"\p{L"] {
            assert_eq!(rewrite(expression), Err(RANGE), "{expression}");
        }
        assert_eq!(rewrite("[a"), Err(BRACKET));
        assert_eq!(rewrite("[]"), Err(BRACKET));
        assert_eq!(rewrite("\\"), Err(BACKSLASH));
        assert_eq!(rewrite("(?<=a)"), Err(NAMED));
    }
}
