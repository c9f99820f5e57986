//! `validate`: judges Python source code by what its syntax tree shows.
//!
//! Compliance starts at 0.5, loses 0.1 for each moderate finding and wins 0.1 for each modern one; one critical
//! finding makes it 0. Quality is 0.6 compliance, 0.3 recency and 0.1 era.

mod findings;
mod inspect;
mod rules;
mod source;

use serde_json::{Map, Value as Json, json};

use self::findings::{Findings, Severity};
use crate::fields::{Fields, wrong};
use crate::node_type::NodeType;
use crate::request_error::{RequestError, excerpt};
use crate::text::rounded;

/// How recent the code is, from 0 to 1. Source text alone does not tell, so it is the middle.
const UNKNOWN_RECENCY: f64 = 0.5;
const MIN_QUALITY: f64 = 0.7;
const MIN_COMPLIANCE: f64 = 0.6;
/// The longest source, in bytes. Code that is full of errors takes the parser a few microseconds per byte.
const MAX_CODE: usize = 256 << 10;
const MAX_SUGGESTIONS: usize = 10;
/// Each of them is searched for in the code.
const MAX_CONTRACTS: usize = 100;
/// How many lines of one kind an answer carries; `details` has the full counts.
const MAX_LISTED: usize = 100;

pub(crate) fn answer(fields: &Fields<'_>) -> Result<Map<String, Json>, RequestError> {
    let code = fields.required_text(&["code_content", "code"], MAX_CODE)?;
    let node_type = NodeType::read(fields)?;
    let file_path = fields.text("file_path")?;
    let contracts = contract_names(fields)?;
    let findings = inspect::inspect(code)?;

    let compliance = compliance(&findings);
    let era = Era::of(&findings);
    let quality = 0.6 * compliance + 0.3 * UNKNOWN_RECENCY + 0.1 * era.score();
    let violations = listed(&findings, Severity::Critical);
    let mut warnings = listed(&findings, Severity::Moderate);
    warnings.extend(rules::warnings(&findings, node_type, file_path));
    let mut suggestions = rules::suggestions(&findings, node_type, code, &contracts);
    suggestions.truncate(MAX_SUGGESTIONS);
    let is_valid = violations.is_empty() && at_least(quality, MIN_QUALITY) && at_least(compliance, MIN_COMPLIANCE);

    let mut payload = Map::new();
    let mut put = |name: &str, value: Json| payload.insert(name.to_owned(), value);
    put("quality_score", rounded(quality));
    put("onex_compliance_score", rounded(compliance));
    put("violations", json!(violations));
    put("warnings", json!(warnings));
    put("suggestions", json!(suggestions));
    put("is_valid", json!(is_valid));
    put("architectural_era", json!(era.name()));
    let details = json!({
        "node_type": node_type.name(),
        "file_path": file_path.map(excerpt),
        "lines": code.lines().count(),
        "classes": findings.classes,
        "functions": findings.functions,
        "critical_findings": findings.count(Severity::Critical),
        "moderate_findings": findings.count(Severity::Moderate),
        "modern_findings": findings.count(Severity::Modern),
        "modern_practices": listed(&findings, Severity::Modern),
        "recency_score": UNKNOWN_RECENCY,
        "era_score": era.score(),
    });
    put("details", details);
    Ok(payload)
}

fn compliance(findings: &Findings) -> f64 {
    if findings.count(Severity::Critical) > 0 {
        return 0.0;
    }
    let tenths = |severity| f64::from(findings.count(severity)) / 10.0;
    (0.5 - tenths(Severity::Moderate) + tenths(Severity::Modern)).clamp(0.0, 1.0)
}

/// Compares scores as the answer shows them: 0.7 reached in tenths counts as 0.7.
fn at_least(score: f64, limit: f64) -> bool {
    score > limit - 1e-9
}

fn listed(findings: &Findings, severity: Severity) -> Vec<String> {
    findings.of(severity).take(MAX_LISTED).map(ToString::to_string).collect()
}

/// The names of the contracts that the code is to fulfil: texts, or objects with a `name`.
fn contract_names<'a>(fields: &Fields<'a>) -> Result<Vec<&'a str>, RequestError> {
    let contracts = fields.list("contracts", MAX_CONTRACTS)?;
    let name = |(index, contract): (usize, &'a Json)| {
        let name = contract.as_str().or_else(|| contract.get("name")?.as_str());
        name.ok_or_else(|| wrong(format!("contracts[{index}]"), "text or an object with a name", contract))
    };
    contracts.iter().enumerate().map(name).collect()
}

/// Which generation of practices a source belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Era {
    /// Something that has to go before anything else counts.
    Legacy,
    /// Neither old nor modern practices.
    Plain,
    /// Both of them.
    Transitional,
    /// Modern practices only.
    Modern,
}

impl Era {
    fn of(findings: &Findings) -> Self {
        let [critical, moderate, modern] =
            [Severity::Critical, Severity::Moderate, Severity::Modern].map(|severity| findings.count(severity) > 0);
        match (critical, moderate, modern) {
            (true, _, _) | (_, true, false) => Self::Legacy,
            (_, true, true) => Self::Transitional,
            (_, false, true) => Self::Modern,
            (_, false, false) => Self::Plain,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Legacy => "legacy",
            Self::Plain => "plain",
            Self::Transitional => "transitional",
            Self::Modern => "modern",
        }
    }

    const fn score(self) -> f64 {
        match self {
            Self::Legacy => 0.0,
            Self::Plain | Self::Transitional => 0.5,
            Self::Modern => 1.0,
        }
    }
}
