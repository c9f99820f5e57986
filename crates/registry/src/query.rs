//! The query of a request, and its path.

use std::borrow::Cow;

/// What a request is about: the segments of its path, percent-decoded once, and its query.
pub(crate) struct Target {
    pub(crate) path: Vec<String>,
    query: Vec<(String, String)>,
}

impl Target {
    pub(crate) fn parse(target: &str) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let path = path.strip_prefix('/').unwrap_or(path);
        let path = path.strip_suffix('/').unwrap_or(path);
        let path = path.split('/').filter(|_| !path.is_empty()).map(|part| decode(part).into_owned()).collect();
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        let pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        let decoded = |text: &str| decode(&text.replace('+', " ")).into_owned();
        Self { path, query: pairs.map(|(key, value)| (decoded(key), decoded(value))).collect() }
    }

    pub(crate) fn all<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a str> {
        self.query.iter().filter(move |(known, _)| known == key).map(|(_, value)| value.as_str())
    }

    pub(crate) fn get<'a>(&'a self, key: &'a str) -> Option<&'a str> {
        self.all(key).next()
    }

    /// In any case: Python sends `True`.
    pub(crate) fn flag(&self, key: &str) -> bool {
        self.get(key).is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    /// The part of a list that `offset` and `limit` ask for; a negative limit is none.
    pub(crate) fn page<T>(&self, list: impl IntoIterator<Item = T>) -> Vec<T> {
        let number = |key| self.get(key).and_then(|value| value.parse::<i64>().ok());
        let offset = number("offset").and_then(|offset| usize::try_from(offset).ok()).unwrap_or(0);
        let limit = number("limit").and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX);
        list.into_iter().skip(offset).take(limit).collect()
    }
}

/// Percent-encodes a segment of a path.
pub(crate) fn encode(segment: &str) -> String {
    let mut encoded = String::with_capacity(segment.len());
    for byte in segment.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b':' => {
                encoded.push(char::from(byte))
            }
            other => encoded.push_str(&format!("%{other:02X}")),
        }
    }
    encoded
}

/// Percent-decodes; what is broken stays as it is.
pub(crate) fn decode(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let digits = tail.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        let code = digits.filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
        match code.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(code) if *first == b'%' => {
                bytes.push(code);
                rest = tail.get(2..).unwrap_or_default();
            }
            _ => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_decoded_once() {
        let target = Target::parse("/subjects/a%2Fb%2525%C3%A9+x/versions?deleted=True&subjectPrefix=%3A.c%3A&a=b+c");
        assert_eq!(target.path, ["subjects", "a/b%25é+x", "versions"]);
        assert!(target.flag("deleted"));
        assert_eq!(target.get("subjectPrefix"), Some(":.c:"));
        assert_eq!(target.get("a"), Some("b c"));
        assert_eq!(Target::parse("/").path, Vec::<String>::new());
        assert_eq!(Target::parse("/%zz%4").path, ["%zz%4"]);
    }

    #[test]
    fn pages_of_lists() {
        assert_eq!(Target::parse("/?offset=1&limit=2").page([1, 2, 3, 4]), [2, 3]);
        assert_eq!(Target::parse("/?limit=-1").page([1, 2]), [1, 2]);
    }
}
