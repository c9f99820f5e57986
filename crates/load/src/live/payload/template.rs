//! Text with parts that differ from request to request: `{"amount": "{{random 1 100}}"}`.

use std::io::Write as _;
use std::ops::RangeInclusive;

use bytes::Bytes;
use serde_json::Value as Json;

use super::{Filling, PayloadError};

/// What may stand between the braces.
pub(super) const PLACEHOLDERS: &str = "correlation_id, number, now, uuid, random LOW HIGH, padding BYTES [BYTES] or pick WORD WORD..., or {{{{ for braces";
/// The most bytes that one part of a request is padded with: more than any broker takes.
const MOST_PADDING: usize = 1 << 30;

/// Text that is filled in for each request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Template(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Literal(String),
    /// The request's correlation id.
    Id,
    /// Its number within the run.
    Number,
    /// When it is built, in milliseconds since 1970.
    Now,
    Uuid,
    Random(RangeInclusive<i64>),
    Padding(RangeInclusive<usize>),
    Pick(Vec<String>),
}

impl Template {
    pub(super) fn new(parts: Vec<Part>) -> Self {
        Self(parts)
    }

    /// A JSON value. A string in it that is nothing but a number's placeholder becomes a number.
    pub(super) fn json(value: &Json) -> Result<Self, PayloadError> {
        let mut template = Self::default();
        template.push_json(value)?;
        Ok(template)
    }

    /// Plain text.
    pub(super) fn text(text: &str) -> Result<Self, PayloadError> {
        parts(text).map(Self)
    }

    /// Whether the id of the request stands in it.
    pub(super) fn has_id(&self) -> bool {
        self.0.contains(&Part::Id)
    }

    fn push_json(&mut self, value: &Json) -> Result<(), PayloadError> {
        match value {
            Json::Array(items) => {
                for (item, before) in items.iter().zip(std::iter::once("[").chain(std::iter::repeat(","))) {
                    self.push(before);
                    self.push_json(item)?;
                }
                self.push(if items.is_empty() { "[]" } else { "]" });
            }
            Json::Object(fields) => {
                for ((name, field), before) in fields.iter().zip(std::iter::once("{").chain(std::iter::repeat(","))) {
                    self.push(before);
                    self.push(&Json::from(name.as_str()).to_string());
                    self.push(":");
                    self.push_json(field)?;
                }
                self.push(if fields.is_empty() { "{}" } else { "}" });
            }
            Json::String(text) => match parts(text)?.as_slice() {
                [number @ (Part::Number | Part::Now | Part::Random(_))] => self.0.push(number.clone()),
                parts => {
                    self.push("\"");
                    parts.iter().for_each(|part| self.push_quoted(part));
                    self.push("\"");
                }
            },
            other => self.push(&other.to_string()),
        }
        Ok(())
    }

    fn push(&mut self, text: &str) {
        match self.0.last_mut() {
            Some(Part::Literal(before)) => before.push_str(text),
            _ => self.0.push(Part::Literal(text.to_owned())),
        }
    }

    /// A part within the quotes of a JSON string.
    fn push_quoted(&mut self, part: &Part) {
        let escaped = |text: &str| {
            let quoted = Json::from(text).to_string();
            quoted.get(1..quoted.len() - 1).unwrap_or_default().to_owned()
        };
        match part {
            Part::Literal(text) => self.push(&escaped(text)),
            Part::Pick(words) => self.0.push(Part::Pick(words.iter().map(|word| escaped(word)).collect())),
            other => self.0.push(other.clone()),
        }
    }

    /// The text of one request.
    pub(super) fn fill(&self, filling: &mut Filling<'_>) -> Bytes {
        let mut out = Vec::new();
        for part in &self.0 {
            part.write(filling, &mut out);
        }
        out.into()
    }
}

impl Part {
    fn write(&self, filling: &mut Filling<'_>, out: &mut Vec<u8>) {
        let Filling { id, number, now, random } = filling;
        // A Vec takes all bytes.
        let _ = match self {
            Self::Literal(text) => out.write_all(text.as_bytes()),
            Self::Id => out.write_all(id.as_bytes()),
            Self::Number => write!(out, "{number}"),
            Self::Now => write!(out, "{now}"),
            Self::Uuid => {
                let bits = random.u128(..);
                let (a, b, c) = ((bits >> 96) as u32, (bits >> 80) as u16, (bits >> 64) as u16 & 0xfff);
                let (d, e) = ((bits >> 48) as u16 & 0x3fff | 0x8000, bits as u64 & 0xffff_ffff_ffff);
                write!(out, "{a:08x}-{b:04x}-4{c:03x}-{d:04x}-{e:012x}")
            }
            Self::Random(range) => write!(out, "{}", random.i64(range.clone())),
            Self::Padding(range) => {
                out.resize(out.len() + random.usize(range.clone()), b'x');
                Ok(())
            }
            Self::Pick(words) => out.write_all(random.choice(words).map_or(&[][..], |word| word.as_bytes())),
        };
    }
}

/// Text and the placeholders in it.
fn parts(text: &str) -> Result<Vec<Part>, PayloadError> {
    let mut parts = Vec::new();
    let mut literal = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        literal.push_str(before);
        if let Some(after) = after.strip_prefix("{{") {
            literal.push_str("{{");
            rest = after;
            continue;
        }
        let wrong = |inner: &str| PayloadError::Placeholder(format!("{{{{{inner}"));
        let (inner, after) = after.split_once("}}").ok_or_else(|| wrong(after))?;
        if !literal.is_empty() {
            parts.push(Part::Literal(std::mem::take(&mut literal)));
        }
        parts.push(placeholder(inner).ok_or_else(|| wrong(&format!("{inner}}}}}")))?);
        rest = after;
    }
    literal.push_str(rest);
    if !literal.is_empty() {
        parts.push(Part::Literal(literal));
    }
    Ok(parts)
}

fn placeholder(inner: &str) -> Option<Part> {
    let words: Vec<&str> = inner.split_whitespace().collect();
    let bytes = |word: &str| word.parse().ok().filter(|bytes| *bytes <= MOST_PADDING);
    Some(match words.as_slice() {
        ["correlation_id"] => Part::Id,
        ["number"] => Part::Number,
        ["now"] => Part::Now,
        ["uuid"] => Part::Uuid,
        ["random", low, high] => Part::Random(range(low.parse().ok()?, high.parse().ok()?)?),
        ["padding", exactly] => Part::Padding(bytes(exactly)?..=bytes(exactly)?),
        ["padding", least, most] => Part::Padding(range(bytes(least)?, bytes(most)?)?),
        ["pick", words @ ..] if !words.is_empty() => Part::Pick(words.iter().map(|word| (*word).to_owned()).collect()),
        _ => return None,
    })
}

fn range<T: PartialOrd>(low: T, high: T) -> Option<RangeInclusive<T>> {
    (low <= high).then_some(low..=high)
}
