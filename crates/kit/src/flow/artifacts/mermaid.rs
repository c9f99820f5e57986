//! A flow as a sequence diagram: who sends what through which topic.

use std::collections::BTreeMap;

use crate::excerpt::excerpt;
use crate::flow::model::Flow;
use crate::flow::observation::Observation;
use crate::flow::step::time;

/// The most records in a diagram; Mermaid draws no more than people read.
const RECORDS: usize = 60;

/// The text of the diagram. Topics are its participants.
pub(super) fn diagram(flow: &Flow) -> String {
    let mut lines = vec!["sequenceDiagram".to_owned()];
    let mut names: BTreeMap<&str, String> = BTreeMap::new();
    let shown = || flow.observations.iter().take(RECORDS);
    for topic in flow.route.topics().iter().map(String::as_str).chain(shown().map(|o| o.place.topic.as_str())) {
        let number = names.len();
        names.entry(topic).or_insert_with(|| {
            lines.push(format!("    participant t{number} as {}", plain(topic)));
            format!("t{number}")
        });
    }
    let participant = |o: &Observation| names.get(o.place.topic.as_str()).map_or("t0", String::as_str);
    for (number, observation) in shown().enumerate() {
        let to = participant(observation);
        let hop = flow.hop_to(number);
        let from = hop.and_then(|hop| flow.observations.get(hop.from)).map_or(to, participant);
        let arrow = match (&observation.error, observation.is_visible()) {
            (_, false) => "--)",
            (Some(_), true) => "-x",
            (None, true) => "->>",
        };
        let about = hop.map_or("produced".to_owned(), |hop| format!("{}, {}", hop.kind.name(), time(hop.micros)));
        let place = format!("{}@{}", observation.place.partition, observation.place.offset);
        lines.push(format!("    {from}{arrow}{to}: {}", plain(&format!("{place} {about}"))));
    }
    if let Some(first) = flow.route.topics().first().and_then(|topic| names.get(topic.as_str())) {
        lines.push(format!(
            "    Note over {first}: {}",
            plain(&excerpt(&format!("{}: {}", flow.verdict, flow.explanation)))
        ));
    }
    if flow.observations.len() > RECORDS {
        lines.push(format!("    %% and {} more records", flow.observations.len() - RECORDS));
    }
    lines.join("\n") + "\n"
}

/// Text without what Mermaid takes for its own.
fn plain(text: &str) -> String {
    text.chars()
        .map(|c| if matches!(c, ';' | '#' | '<' | '>' | '%' | '"') || c.is_control() { ' ' } else { c })
        .collect()
}
