//! What a run found: differences by place, with the versions that show them.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use kafka_trial_wire::ApiKey;
use serde_json::Value as Json;

use crate::compare::{Difference, differences};
use crate::divergences::Divergences;
use crate::recording::Recorded;
use crate::run::answer;
use crate::scenario::{Action, Section, Step, Versions};
use crate::side::NOT_SENT;

/// How a section compares.
#[derive(Clone, Debug, Default)]
pub(crate) struct Verdict {
    /// Differences that nobody has listed, as text.
    pub(crate) unknown: Vec<String>,
    /// How many differences are listed.
    pub(crate) known: usize,
    /// How many answers were compared.
    pub(crate) answers: usize,
}

/// Compares the answers to a section, round by round.
pub(crate) fn judge(
    scenario: &str,
    section: &Section,
    ours: &[Recorded],
    theirs: &[Recorded],
    served: &BTreeMap<ApiKey, Versions>,
    divergences: &Divergences,
) -> Verdict {
    let mut verdict = Verdict::default();
    let stale = |what: &str| {
        let title = &section.title;
        format!(
            "{scenario} / {title}\n    {what}: `cargo xtask differential --record {title:?}` writes {scenario}.recorded"
        )
    };
    if theirs.len() != section.steps.len() {
        verdict.unknown.push(stale("the recording has not these steps"));
        return verdict;
    }
    divergences.compared(scenario, &section.title);
    for ((step, recorded), place) in section.steps.iter().zip(theirs).zip(0..) {
        if recorded.step != step.text {
            verdict.unknown.push(stale(&format!("the recording has {:?} for {:?}", recorded.step, step.text)));
            continue;
        }
        if matches!(&step.action, Action::Send(request) if !served.contains_key(&request.api)) {
            continue;
        }
        let mut found: BTreeMap<String, Vec<(String, Difference)>> = BTreeMap::new();
        for round in 0..recorded.answers.len() {
            let (Some(our), Some(their)) = (answer(ours, place, round), answer(theirs, place, round)) else { continue };
            verdict.answers += 1;
            // It is no answer, though both sides would say the same.
            if let Some(mistake) = [our, their].into_iter().find_map(|answer| answer.get(NOT_SENT)) {
                let place = format!("{scenario} / {} / line {}: {}", section.title, step.line, step.text);
                verdict.unknown.push(format!("{place}\n    {NOT_SENT}: {}", mistake.as_str().unwrap_or_default()));
                break;
            }
            for difference in differences(our, their) {
                let api = step.text.split(' ').next().unwrap_or_default();
                if divergences.knows(scenario, &section.title, api, &difference.path) {
                    verdict.known += 1;
                    continue;
                }
                let shown = show(&difference);
                found.entry(shown).or_default().push((version(step, round), difference));
            }
        }
        let mut found: Vec<_> = found.into_iter().collect();
        found.sort_by_key(|(_, seen)| seen.first().map(|(_, difference)| difference.path.clone()));
        if found.is_empty() {
            continue;
        }
        let mut text = format!("{scenario} / {} / line {}: {}", section.title, step.line, step.text);
        for (shown, seen) in found {
            let mut versions: Vec<&str> = seen.iter().map(|(version, _)| version.as_str()).collect();
            versions.dedup();
            let _ = write!(text, "\n    {}{shown}", version_list(&versions));
        }
        verdict.unknown.push(text);
    }
    verdict
}

/// A difference on three lines.
pub(crate) fn show(difference: &Difference) -> String {
    let side = |value: &Option<Json>| match value {
        Some(value) => cut(&value.to_string()),
        None => "nothing".to_owned(),
    };
    let path = &difference.path;
    format!("{path}\n        ours:   {}\n        theirs: {}", side(&difference.ours), side(&difference.theirs))
}

fn cut(text: &str) -> String {
    const WIDTH: usize = 400;
    match text.char_indices().nth(WIDTH) {
        Some((at, _)) => format!("{}… ({} bytes)", text.get(..at).unwrap_or_default(), text.len()),
        None => text.to_owned(),
    }
}

fn version(step: &Step, round: usize) -> String {
    match &step.action {
        Action::Send(request) => request.versions.in_round(round).to_string(),
        _ => String::new(),
    }
}

fn version_list(versions: &[&str]) -> String {
    match versions {
        [] | [""] => String::new(),
        [one] => format!("version {one}: "),
        [first, .., last] => format!("versions {last} to {first}: "),
    }
}

#[cfg(test)]
mod tests {
    use kafka_trial_wire::view::Schema;
    use serde_json::json;

    use super::*;
    use crate::scenario::Scenario;

    #[test]
    fn what_neither_side_was_sent_is_no_agreement() {
        let text = "== a section\nProduce 9\n";
        let scenario = Scenario::parse("x".to_owned(), text, &Schema::load()).unwrap();
        let section = &scenario.sections[0];
        let said = json!({ NOT_SENT: "Records: a batch expected" });
        let both = [Recorded { step: section.steps[0].text.clone(), answers: vec![said] }];
        let served = BTreeMap::from([(ApiKey::Produce, Versions { min: 0, max: 13 })]);
        let verdict = judge("x", section, &both, &both, &served, &Divergences::default());
        let expected = "x / a section / line 2: Produce 9\n    not sent: Records: a batch expected";
        assert_eq!(verdict.unknown, [expected]);
    }
}
