//! `mixin`: recommends mixins for requirements, by rules.

mod rules;

use serde_json::{Map, Value as Json, json};

use self::rules::Rule;
use crate::fields::{Fields, MAX_TEXT, wrong};
use crate::node_type::NodeType;
use crate::request_error::RequestError;
use crate::text::{rounded, stem_line};

const REQUIREMENTS: &str = "requirements";
const MAX_REQUIREMENTS: usize = 1000;

pub(crate) fn answer(fields: &Fields<'_>) -> Result<Map<String, Json>, RequestError> {
    let requirements = requirements(fields)?;
    let node_type = NodeType::read(fields)?;
    // The bar keeps a keyword of two words from being found across two requirements.
    let line = requirements.into_iter().map(stem_line).collect::<Vec<_>>().join("|");

    let mut matches: Vec<_> = rules::of(node_type).iter().filter_map(|rule| Match::of(rule, &line)).collect();
    matches.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
    let confidence: f64 = matches.iter().map(|found| found.confidence).sum();
    let average = if matches.is_empty() { 0.0 } else { confidence / in_f64(matches.len()) };

    let mut payload = Map::new();
    let recommendations = matches.iter().map(Match::to_json).collect();
    payload.insert("recommendations".to_owned(), Json::Array(recommendations));
    payload.insert("count".to_owned(), json!(matches.len()));
    payload.insert("avg_confidence".to_owned(), rounded(average));
    Ok(payload)
}

/// The requirements one by one; one text is a list of one.
fn requirements<'a>(fields: &Fields<'a>) -> Result<Vec<&'a str>, RequestError> {
    let texts: Vec<&str> = match fields.get(REQUIREMENTS) {
        Some(Json::Array(_)) => {
            let items = fields.list(REQUIREMENTS, MAX_REQUIREMENTS)?.iter().enumerate();
            let text = |(index, item): (usize, &'a Json)| {
                item.as_str().ok_or_else(|| wrong(format!("{REQUIREMENTS}[{index}]"), "text", item))
            };
            items.map(text).collect::<Result<_, _>>()?
        }
        Some(Json::String(text)) => vec![text],
        Some(other) => return Err(wrong(REQUIREMENTS, "text or a list of texts", other)),
        None => Vec::new(),
    };
    if texts.iter().all(|text| text.trim().is_empty()) {
        return Err(RequestError::Missing(REQUIREMENTS));
    }
    let length = texts.iter().map(|text| text.len()).sum();
    if length > MAX_TEXT {
        return Err(RequestError::TooLong { field: REQUIREMENTS, length, limit: MAX_TEXT });
    }
    Ok(texts)
}

/// A mixin with the keywords that speak for it.
struct Match {
    rule: &'static Rule,
    keywords: Vec<&'static str>,
    confidence: f64,
}

impl Match {
    fn of(rule: &'static Rule, line: &str) -> Option<Self> {
        let keywords: Vec<_> = rule.keywords.iter().copied().filter(|word| line.contains(&stem_line(word))).collect();
        let confidence = in_f64(keywords.len()) / in_f64(rule.keywords.len());
        (!keywords.is_empty()).then_some(Self { rule, keywords, confidence })
    }

    fn to_json(&self) -> Json {
        let config: Map<String, Json> =
            self.rule.config.iter().map(|(key, value)| ((*key).to_owned(), value.to_json())).collect();
        json!({
            "mixin_name": self.rule.name,
            "confidence": rounded(self.confidence),
            "reason": format!("{}; the requirements name {}", self.rule.purpose, self.keywords.join(", ")),
            "required_config": config,
        })
    }
}

fn in_f64(items: usize) -> f64 {
    f64::from(u32::try_from(items).unwrap_or(u32::MAX))
}
