//! Texts as vectors of weighted words.

use std::collections::{BTreeMap, BTreeSet};

/// How rare each word is among some texts.
#[derive(Debug)]
pub(super) struct Rarity {
    texts: f64,
    /// In how many texts a word is.
    containing: BTreeMap<String, u32>,
}

impl Rarity {
    pub(super) fn of<'a>(texts: impl Iterator<Item = &'a [String]>) -> Self {
        let mut rarity = Self { texts: 0.0, containing: BTreeMap::new() };
        for text in texts {
            rarity.texts += 1.0;
            for word in text.iter().collect::<BTreeSet<_>>() {
                *rarity.containing.entry(word.clone()).or_default() += 1;
            }
        }
        rarity
    }

    /// The inverse document frequency, smoothed so that a word in every text, or in none, has a finite weight.
    fn weight(&self, word: &str) -> f64 {
        let containing = f64::from(self.containing.get(word).copied().unwrap_or_default());
        ((1.0 + self.texts) / (1.0 + containing)).ln() + 1.0
    }
}

/// The weights of a text's words: how often each is there, on a logarithmic scale, times how rare it is.
#[derive(Debug)]
pub(super) struct Vector {
    weights: BTreeMap<String, f64>,
    length: f64,
}

impl Vector {
    pub(super) fn new(words: &[String], rarity: &Rarity) -> Self {
        let mut counts: BTreeMap<&String, u32> = BTreeMap::new();
        for word in words {
            *counts.entry(word).or_default() += 1;
        }
        let weight =
            |(word, count): (&String, u32)| (word.clone(), (1.0 + f64::from(count).ln()) * rarity.weight(word));
        let weights: BTreeMap<String, f64> = counts.into_iter().map(weight).collect();
        let length = weights.values().map(|weight| weight * weight).sum::<f64>().sqrt();
        Self { weights, length }
    }

    /// From 0, no word in common, to 1, the same words in the same proportions.
    pub(super) fn cosine(&self, other: &Self) -> f64 {
        let in_common =
            other.weights.iter().filter_map(|(word, weight)| self.weights.get(word).map(|own| own * weight));
        let product: f64 = in_common.sum();
        let lengths = self.length * other.length;
        if lengths > 0.0 { (product / lengths).clamp(0.0, 1.0) } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::stems;

    #[test]
    fn a_rare_word_in_common_says_more_than_a_frequent_one() {
        let texts = ["node kafka", "node postgres", "node cache"].map(stems);
        let rarity = Rarity::of(texts.iter().map(Vec::as_slice));
        let [kafka, postgres, _] = texts.map(|text| Vector::new(&text, &rarity));
        let asked = Vector::new(&stems("a kafka thing"), &rarity);
        assert!(asked.cosine(&kafka) > 0.4 && asked.cosine(&postgres) == 0.0);
        assert!((kafka.cosine(&kafka) - 1.0).abs() < 1e-9);
        assert_eq!(Vector::new(&[], &rarity).cosine(&kafka), 0.0);
    }
}
