//! From text to [`Json`], with the place of a mistake.

use indexmap::IndexMap;

use super::{Json, Step};
use crate::place::Place;

/// Deeper schemas are refused: no reader of them would get far, and stacks are finite.
const DEEPEST: usize = 500;

/// Why a text is no JSON.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} {place}")]
pub(crate) struct JsonError {
    what: String,
    place: Place,
}

pub(super) fn parse(text: &str) -> Result<Json, JsonError> {
    let mut reader = Reader { text, at: 0 };
    let value = reader.value(0)?;
    reader.space();
    if reader.at < text.len() { Err(reader.wrong("expected the end")) } else { Ok(value) }
}

/// The place of a value, by the steps from the whole text to it.
pub(super) fn place(text: &str, steps: &[Step]) -> Option<Place> {
    let mut reader = Reader { text, at: 0 };
    for step in steps {
        reader.space();
        reader.step(step)?;
    }
    reader.space();
    Some(Place::of(text, reader.at))
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// Steps over a letter if it is the next one.
    fn takes(&mut self, letter: u8) -> bool {
        let is_next = self.peek() == Some(letter);
        self.at += usize::from(is_next);
        is_next
    }

    fn wrong(&self, what: impl Into<String>) -> JsonError {
        JsonError { what: what.into(), place: Place::of(self.text, self.at) }
    }

    fn value(&mut self, depth: usize) -> Result<Json, JsonError> {
        self.space();
        match self.peek() {
            Some(b'{' | b'[') if depth >= DEEPEST => Err(self.wrong(format!("nested deeper than {DEEPEST} levels"))),
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'"') => Ok(Json::String(self.string()?)),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => self.word(),
        }
    }

    /// Goes to a member or an item of the value that comes next.
    fn step(&mut self, step: &Step) -> Option<()> {
        let mut index = 0;
        self.at += 1;
        loop {
            self.space();
            if let Step::Key(wanted) = step {
                let key = self.string().ok()?;
                self.space();
                if !self.takes(b':') {
                    return None;
                }
                if key == *wanted {
                    return Some(());
                }
            } else if *step == Step::Index(index) {
                return Some(());
            }
            self.value(0).ok()?;
            self.space();
            if !self.takes(b',') {
                return None;
            }
            index += 1;
        }
    }

    fn word(&mut self) -> Result<Json, JsonError> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let words = [("null", Json::Null), ("true", Json::Bool(true)), ("false", Json::Bool(false))];
        for (word, value) in words {
            let after = rest.strip_prefix(word);
            if after.is_some_and(|after| !after.starts_with(|letter: char| letter.is_alphanumeric() || letter == '_')) {
                self.at += word.len();
                return Ok(value);
            }
        }
        Err(self.wrong("expected a value"))
    }

    fn array(&mut self, depth: usize) -> Result<Json, JsonError> {
        self.at += 1;
        let mut items = Vec::new();
        self.space();
        if self.takes(b']') {
            return Ok(Json::Array(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.space();
            if self.takes(b']') {
                return Ok(Json::Array(items));
            }
            if !self.takes(b',') {
                return Err(self.wrong("expected ',' or ']'"));
            }
        }
    }

    fn object(&mut self, depth: usize) -> Result<Json, JsonError> {
        self.at += 1;
        let mut members = IndexMap::new();
        self.space();
        if self.takes(b'}') {
            return Ok(Json::Object(members));
        }
        loop {
            self.space();
            if self.peek() != Some(b'"') {
                return Err(self.wrong("expected a key in quotes"));
            }
            let key = self.string()?;
            self.space();
            if !self.takes(b':') {
                return Err(self.wrong("expected ':'"));
            }
            members.insert(key, self.value(depth + 1)?);
            self.space();
            if self.takes(b'}') {
                return Ok(Json::Object(members));
            }
            if !self.takes(b',') {
                return Err(self.wrong("expected ',' or '}'"));
            }
        }
    }

    fn digits(&mut self) -> Result<(), JsonError> {
        if !matches!(self.peek(), Some(b'0'..=b'9')) {
            return Err(self.wrong("expected a digit"));
        }
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        Ok(())
    }

    fn number(&mut self) -> Result<Json, JsonError> {
        let start = self.at;
        self.takes(b'-');
        if !self.takes(b'0') {
            self.digits()?;
        } else if matches!(self.peek(), Some(b'0'..=b'9')) {
            return Err(self.wrong("expected no digit after a leading 0"));
        }
        if self.takes(b'.') {
            self.digits()?;
        }
        if self.takes(b'e') || self.takes(b'E') {
            let _signed = self.takes(b'+') || self.takes(b'-');
            self.digits()?;
        }
        Ok(Json::Number(self.text.get(start..self.at).unwrap_or_default().to_owned()))
    }

    /// A string in quotes. Its escapes are serde's to read.
    fn string(&mut self) -> Result<String, JsonError> {
        let start = self.at;
        self.at += 1;
        loop {
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => self.at += 2,
                Some(0..=0x1f) => return Err(self.wrong("expected no control character in a string")),
                Some(_) => self.at += 1,
                None => {
                    self.at = start;
                    return Err(self.wrong("expected the end of this string"));
                }
            }
        }
        self.at += 1;
        let quoted = self.text.get(start..self.at).unwrap_or_default();
        serde_json::from_str(quoted).map_err(|_error| {
            self.at = start;
            self.wrong("expected valid escapes in this string")
        })
    }
}
