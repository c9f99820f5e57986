//! A document as sentences, words and terms.

use std::collections::BTreeMap;

use crate::text::{identifiers, is_stop_word, stem};

/// A text that was read once.
#[derive(Debug)]
pub(super) struct Document<'a> {
    /// Non-empty, without surrounding space.
    pub(super) sentences: Vec<&'a str>,
    /// How many words there are, stop words included.
    pub(super) words: usize,
    /// What the text is about, the most frequent first.
    pub(super) terms: Vec<Term>,
}

/// A word in all its forms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Term {
    pub(super) stem: String,
    /// The form that came first, in lower case.
    pub(super) word: String,
    pub(super) count: u32,
    /// The number of the sentence that it is in first.
    pub(super) sentence: usize,
}

impl<'a> Document<'a> {
    pub(super) fn read(text: &'a str) -> Self {
        let sentences: Vec<&str> = sentences(text).collect();
        let mut terms: BTreeMap<String, Term> = BTreeMap::new();
        let mut count = 0;
        for (number, sentence) in sentences.iter().enumerate() {
            for word in identifiers(sentence).map(str::to_lowercase) {
                count += 1;
                if is_term(&word) && !is_stop_word(&word) {
                    let stem = stem(&word);
                    let new = || Term { stem: stem.clone(), word, count: 0, sentence: number };
                    terms.entry(stem.clone()).or_insert_with(new).count += 1;
                }
            }
        }
        let mut terms: Vec<Term> = terms.into_values().collect();
        terms.sort_by(|a, b| b.count.cmp(&a.count).then(a.sentence.cmp(&b.sentence)).then(a.word.cmp(&b.word)));
        Self { sentences, words: count, terms }
    }

    /// The longest form in which a sentence is repeated, in characters.
    pub(super) fn sentence(&self, number: usize) -> String {
        let sentence = self.sentences.get(number).copied().unwrap_or_default();
        let words: Vec<&str> = sentence.split_whitespace().take(40).collect();
        words.join(" ").chars().take(200).collect()
    }
}

/// Sentences end with a line, or with a full stop, question or exclamation mark before a space: `3.5` and `v1.2` stay
/// whole.
fn sentences(text: &str) -> impl Iterator<Item = &str> {
    let is_end = |line: &str, at: usize| {
        line.get(at + 1..).is_none_or(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace))
    };
    text.lines()
        .flat_map(move |line| {
            let mut start = 0;
            let mut parts = Vec::new();
            for (at, _) in line.match_indices(['.', '!', '?', ';']).filter(|(at, _)| is_end(line, *at)) {
                parts.extend(line.get(start..at));
                start = at + 1;
            }
            parts.extend(line.get(start..));
            parts.into_iter().map(|part| part.trim_matches(|c: char| c.is_whitespace() || "#*->•".contains(c)))
        })
        .filter(|sentence| !sentence.is_empty())
}

/// Numbers and single letters are no terms.
fn is_term(word: &str) -> bool {
    word.chars().nth(1).is_some() && word.chars().any(char::is_alphabetic)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_end_where_a_reader_ends_them() {
        let text = "# Title\n- Kafka 4.3.1 is fast. Is it?\n\nYes; really!  ";
        assert_eq!(sentences(text).collect::<Vec<_>>(), ["Title", "Kafka 4.3.1 is fast", "Is it", "Yes", "really"]);
    }

    #[test]
    fn a_term_counts_in_all_its_forms_and_goes_by_its_first() {
        let document = Document::read("Events are published. The event publisher publishes an event, 42 times.");
        let counts: Vec<_> = document.terms.iter().map(|term| (term.word.as_str(), term.count)).collect();
        assert_eq!(counts, [("events", 3), ("published", 3), ("times", 1)]);
    }
}
