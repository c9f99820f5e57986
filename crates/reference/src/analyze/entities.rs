//! Names in a document: products, classes, identifiers, abbreviations.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::document::Document;
use crate::request_error::excerpt;
use crate::text::{identifiers, is_stop_word, rounded};

/// A name and how it was recognised.
#[derive(Debug)]
pub(super) struct Entity {
    name: String,
    kind: Kind,
    mentions: u32,
    pub(super) confidence: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    /// `OrderService`
    Class,
    /// `order_id`
    Identifier,
    /// `HTTP`
    Abbreviation,
    /// `Kafka`, in a place where a common word would be in lower case
    Name,
}

/// The entities of a document, the surest first.
pub(super) fn of(document: &Document<'_>) -> Vec<Entity> {
    let mut mentions: BTreeMap<(&str, Kind), u32> = BTreeMap::new();
    for sentence in &document.sentences {
        for (place, word) in identifiers(sentence).enumerate() {
            if let Some(kind) = kind(word, place).filter(|_| !is_stop_word(&word.to_lowercase())) {
                *mentions.entry((word, kind)).or_default() += 1;
            }
        }
    }
    let entity = |((name, kind), mentions): ((&str, Kind), u32)| {
        let certain = match kind {
            Kind::Class | Kind::Identifier => 0.85,
            Kind::Abbreviation => 0.8,
            Kind::Name => 0.7,
        };
        // Each further mention takes away half of what is left of the doubt, up to 0.99.
        let doubt = (1.0 - certain) * 0.5f64.powi(i32::try_from(mentions.min(10)).unwrap_or(10) - 1);
        Entity { name: excerpt(name), kind, mentions, confidence: (1.0 - doubt).min(0.99) }
    };
    let mut entities: Vec<Entity> = mentions.into_iter().map(entity).collect();
    entities.sort_by(|a, b| b.confidence.total_cmp(&a.confidence).then_with(|| a.name.cmp(&b.name)));
    entities
}

/// What a word at a place of its sentence is by its spelling.
fn kind(word: &str, place: usize) -> Option<Kind> {
    let first_is_upper = word.chars().next()?.is_uppercase();
    let [upper, lower] = [char::is_uppercase, char::is_lowercase].map(|is| word.chars().filter(|c| is(*c)).count());
    match () {
        () if upper >= 2 && lower == 0 => Some(Kind::Abbreviation),
        () if first_is_upper && upper >= 2 && lower >= 2 && !word.contains('_') => Some(Kind::Class),
        () if word.trim_matches('_').contains('_') && lower > 0 => Some(Kind::Identifier),
        () if first_is_upper && lower >= 1 && place > 0 => Some(Kind::Name),
        () => None,
    }
}

impl Entity {
    pub(super) fn to_json(&self) -> Json {
        let kind = match self.kind {
            Kind::Class => "class",
            Kind::Identifier => "identifier",
            Kind::Abbreviation => "abbreviation",
            Kind::Name => "name",
        };
        json!({"name": self.name, "type": kind, "confidence": rounded(self.confidence), "mentions": self.mentions})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelling_tells_what_a_name_is() {
        let expected = [
            ("OrderService", 0, Some(Kind::Class)),
            ("order_id", 0, Some(Kind::Identifier)),
            ("HTTP", 0, Some(Kind::Abbreviation)),
            ("Kafka", 1, Some(Kind::Name)),
            ("The", 0, None),
            ("order", 3, None),
        ];
        for (word, place, expected) in expected {
            assert_eq!(kind(word, place), expected, "{word}");
        }
    }
}
