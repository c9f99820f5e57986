//! RE2's syntax of regular expressions is rewritten to that of the `regex` crate.
//!
//! RE2 differs in these: a `{` that does not begin a repetition is a character, and so are `&&`, `--`, `~~` and `[`
//! within a class. It has `\Q..\E`, octal numbers, and escapes of every character that is neither a letter nor a digit.
//! It has no `\u`, `\U` and `\b{start}`.

use std::str::Chars;

type Result<T> = std::result::Result<T, &'static str>;

const ESCAPE: &str = "invalid escape sequence";
pub(super) const RANGE: &str = "invalid character class range";
const SYNTAX: &str = "invalid or unsupported Perl syntax";
const NAMED: &str = "invalid named capture";
const BACKSLASH: &str = "trailing backslash at end of expression";
const BRACKET: &str = "missing closing ]";

/// Names of classes such as `[:alpha:]`.
const CLASSES: &[&str] = &[
    "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space", "upper", "word",
    "xdigit",
];

/// Rewrites an expression. The error is RE2/J's text. `check` finds the errors that both engines report.
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

/// Returns the length of a repetition: `{n}`, `{n,}` or `{n,m}`.
fn repetition(text: &str) -> Option<usize> {
    let (inside, _) = text.strip_prefix('{')?.split_once('}')?;
    let (least, most) = inside.split_once(',').unwrap_or((inside, ""));
    let is_number = |text: &str| text.chars().all(|c| c.is_ascii_digit());
    (!least.is_empty() && is_number(least) && is_number(most)).then_some(inside.len() + 2)
}

/// Rewrites the beginning of a group, in which the engines differ.
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

/// Rewrites an escape outside of a class.
fn escape<'a>(text: &'a str, out: &mut String) -> Result<&'a str> {
    let rest = text.strip_prefix('\\').unwrap_or_default();
    let Some(c) = rest.chars().next() else { return Err(BACKSLASH) };
    if let Some(quoted) = rest.strip_prefix('Q') {
        let (literal, rest) = quoted.split_once("\\E").unwrap_or((quoted, ""));
        out.push_str(&regex_syntax::escape(literal));
        return Ok(rest);
    }
    if matches!(c, 'A' | 'z' | 'b' | 'B') {
        // The group separates a following `{`, which the crate would read as part of `\b{start}`.
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

/// Copies a named class such as `\d`, `\pL` or `\p{Greek}`. Both engines write it alike, within brackets and outside.
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

/// Rewrites a class in brackets: its characters, ranges and named classes.
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

/// Rewrites a character of a class, or a range of characters.
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

/// Writes a character by its number, which is safe in every position.
fn push(out: &mut String, c: char) {
    out.push_str(&format!("\\x{{{:x}}}", u32::from(c)));
}

/// Reads the character that an escape denotes, after its backslash.
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
