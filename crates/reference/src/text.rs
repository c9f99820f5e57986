//! Words, their stems, and the words that say nothing.

use serde_json::Value as Json;

/// Words without a topic of their own, sorted to be looked up.
#[rustfmt::skip]
const STOP_WORDS: &[&str] = &[
    "a", "about", "above", "after", "again", "all", "also", "although", "always", "am", "an", "and", "any", "are",
    "as", "at", "be", "because", "been", "before", "being", "below", "between", "both", "but", "by", "can",
    "cannot", "could", "did", "do", "does", "doing", "done", "during", "each", "either", "etc", "every", "few",
    "for", "from", "further", "had", "has", "have", "having", "he", "her", "here", "him", "his", "how", "however",
    "i", "if", "in", "into", "is", "it", "its", "itself", "just", "least", "less", "let", "like", "make", "many",
    "may", "me", "might", "more", "most", "much", "must", "my", "need", "needed", "needs", "neither", "never", "no",
    "nor", "not", "now", "of", "off", "on", "once", "one", "only", "or", "other", "our", "out", "over", "own",
    "per", "please", "provide", "provides", "same", "shall", "she", "should", "since", "so", "some", "such", "than",
    "that", "the", "their", "them", "then", "there", "these", "they", "this", "those", "through", "thus", "to",
    "too", "under", "until", "up", "upon", "us", "use", "used", "uses", "using", "very", "via", "want", "wants",
    "was", "we", "well", "were", "what", "when", "where", "whether", "which", "while", "who", "whom", "whose",
    "why", "will", "with", "within", "without", "would", "yet", "you", "your",
];

/// Whether a word in lower case says nothing about a topic.
pub(crate) fn is_stop_word(word: &str) -> bool {
    STOP_WORDS.binary_search(&word).is_ok()
}

/// The words of a text: runs of letters, digits and underscores, in lower case.
pub(crate) fn words(text: &str) -> impl Iterator<Item = String> {
    identifiers(text).map(str::to_lowercase)
}

/// The same runs as they are written.
pub(crate) fn identifiers(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character: char| !(character.is_alphanumeric() || character == '_')).filter(|word| !word.is_empty())
}

/// The stems of a text's words, without stop words.
pub(crate) fn stems(text: &str) -> Vec<String> {
    words(text).filter(|word| !is_stop_word(word)).map(|word| stem(&word)).collect()
}

/// The stems of a text between single spaces, also before the first and after the last: phrases can be looked up in it.
pub(crate) fn stem_line(text: &str) -> String {
    let mut line = String::from(" ");
    for word in words(text) {
        line.push_str(&stem(&word));
        line.push(' ');
    }
    line
}

/// Endings of English words, the longest of each kind first, and how much of the word must remain.
const ENDINGS: [(&str, usize); 19] = [
    ("izations", 4),
    ("ization", 4),
    ("ations", 4),
    ("ation", 4),
    ("ators", 4),
    ("ating", 4),
    ("ator", 4),
    ("ated", 4),
    ("ates", 4),
    ("ate", 4),
    ("ences", 4),
    ("ence", 4),
    ("ions", 4),
    ("ion", 4),
    ("ings", 3),
    ("ing", 3),
    ("ers", 4),
    ("er", 4),
    ("ed", 3),
];

/// A word without its ending, so that `validates`, `validated` and `validation` are one. It need not be a word.
pub(crate) fn stem(word: &str) -> String {
    if !word.is_ascii() || word.len() <= 3 {
        return word.to_owned();
    }
    for (ending, remains) in ENDINGS {
        if let Some(stem) = word.strip_suffix(ending).filter(|stem| stem.len() >= remains) {
            return trimmed(stem).to_owned();
        }
    }
    if let Some(stem) = word.strip_suffix("ies") {
        return format!("{stem}y");
    }
    let singular = match word.strip_suffix('s') {
        Some(stem) if !stem.ends_with(['s', 'u', 'i']) => stem,
        _ => word,
    };
    trimmed(singular).to_owned()
}

/// Without a last `e`, and with one of two equal last consonants: `cach` of `cache` and `caching`, `map` of `mapping`.
fn trimmed(stem: &str) -> &str {
    let stem = stem.strip_suffix('e').filter(|shorter| shorter.len() >= 3).unwrap_or(stem);
    let mut last = stem.bytes().rev();
    match (last.next(), last.next()) {
        (Some(a), Some(b)) if a == b && !b"aeioslz".contains(&a) => stem.get(..stem.len() - 1).unwrap_or(stem),
        _ => stem,
    }
}

/// A score as the answers carry it: four digits after the point.
pub(crate) fn rounded(score: f64) -> Json {
    // The sum of nothing is -0.0, which nobody wants to read.
    Json::from((score * 10_000.0).round() / 10_000.0 + 0.0)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_stop_words_are_sorted_so_that_each_is_found() {
        assert!(STOP_WORDS.is_sorted() && STOP_WORDS.iter().all(|word| is_stop_word(word)));
    }

    #[test]
    fn the_forms_of_a_word_have_one_stem() {
        for forms in [
            "validate validates validated validating validation validations",
            "cache caches cached caching",
            "aggregate aggregates aggregation aggregator",
            "publish publishes published publishing publisher",
            "retry retries",
            "metric metrics",
            "consume consumer consumers consuming",
            "map maps mapping mapped",
            "orchestrate orchestrator orchestration",
        ] {
            let stems: BTreeSet<String> = forms.split(' ').map(stem).collect();
            assert_eq!(stems.len(), 1, "{forms}: {stems:?}");
        }
    }

    #[test]
    fn words_of_other_scripts_stay_whole() {
        assert_eq!(words("Größe, 数据-流 x_1").collect::<Vec<_>>(), ["größe", "数据", "流", "x_1"]);
        assert_eq!(stem("größen"), "größen");
    }
}
