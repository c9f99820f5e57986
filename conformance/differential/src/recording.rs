//! What Kafka answered, kept beside the scenarios: `NAME.recorded`.
//!
//! JSON, a line an answer. Answers that are the same over several rounds stand once.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::{Value as Json, json};

/// The answers to a scenario.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recording {
    /// Whose answers these are.
    pub(crate) kafka: String,
    /// The day, as `2026-01-31`.
    pub(crate) day: String,
    pub(crate) sections: BTreeMap<String, Vec<Recorded>>,
}

/// The answers to a step in each round.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Recorded {
    /// The step as the scenario wrote it.
    pub(crate) step: String,
    pub(crate) answers: Vec<Json>,
}

impl Recording {
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("{}: record it with --record, or look at its scenario", path.display()))?;
        let json: Json = serde_json::from_str(&text).with_context(|| path.display().to_string())?;
        Self::from_json(&json).with_context(|| format!("{}: not a recording", path.display()))
    }

    fn from_json(json: &Json) -> Option<Self> {
        let text = |name: &str| json.get(name)?.as_str().map(str::to_owned);
        let mut sections = BTreeMap::new();
        for (title, steps) in json.get("sections")?.as_object()? {
            let mut recorded = Vec::new();
            for step in steps.as_array()? {
                let mut answers = Vec::new();
                for row in step.get("answers")?.as_array()? {
                    let times = usize::try_from(row.get(0)?.as_u64()?).ok()?;
                    answers.extend(std::iter::repeat_n(row.get(1)?.clone(), times));
                }
                recorded.push(Recorded { step: step.get("step")?.as_str()?.to_owned(), answers });
            }
            sections.insert(title.clone(), recorded);
        }
        Some(Self { kafka: text("kafka")?, day: text("recorded")?, sections })
    }

    /// The text of the file.
    pub(crate) fn to_text(&self) -> String {
        let mut out = String::new();
        let _ =
            writeln!(out, "{{\"kafka\": {}, \"recorded\": {}, \"sections\": {{", json!(self.kafka), json!(self.day));
        for (title, last) in with_last(self.sections.keys()) {
            let _ = writeln!(out, "{}: [", json!(title));
            for (step, last) in with_last(self.sections.get(title).into_iter().flatten()) {
                let _ = writeln!(out, " {{\"step\": {}, \"answers\": [", json!(step.step));
                for ((times, answer), last) in with_last(runs(&step.answers).into_iter()) {
                    let _ = writeln!(out, "  [{times}, {answer}]{}", comma(last));
                }
                let _ = writeln!(out, " ]}}{}", comma(last));
            }
            let _ = writeln!(out, "]{}", comma(last));
        }
        out.push_str("}}\n");
        out
    }
}

/// Equal neighbours once, with how often.
fn runs(answers: &[Json]) -> Vec<(usize, &Json)> {
    let mut runs: Vec<(usize, &Json)> = Vec::new();
    for answer in answers {
        match runs.last_mut() {
            Some((times, same)) if *same == answer => *times += 1,
            _ => runs.push((1, answer)),
        }
    }
    runs
}

fn with_last<T>(elements: impl Iterator<Item = T>) -> impl Iterator<Item = (T, bool)> {
    let mut elements = elements.peekable();
    std::iter::from_fn(move || elements.next().map(|element| (element, elements.peek().is_none())))
}

fn comma(last: bool) -> &'static str {
    if last { "" } else { "," }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recording_is_read_as_it_was_written() {
        let answers = vec![json!({ "A": 1 }), json!({ "A": 1 }), json!("closed")];
        let steps = vec![Recorded { step: "Metadata all".to_owned(), answers }];
        let sections = BTreeMap::from([("a section".to_owned(), steps), ("b".to_owned(), Vec::new())]);
        let recording = Recording { kafka: "4.3.1".to_owned(), day: "2026-01-31".to_owned(), sections };
        let text = recording.to_text();
        let again = Recording::from_json(&serde_json::from_str(&text).unwrap()).unwrap();
        assert_eq!(again.sections, recording.sections, "{text}");
    }
}
