//! A flow as text: the verdict, a timeline, and what else there is to know.

use std::fmt::{self, Write as _};

use textwrap::{WordSeparator, WordSplitter};

use super::groups::GroupState;
use super::model::{Flow, Source};
use super::observation::Observation;
use super::step::time;
use super::unmet::Unmet;
use super::verdict::Verdict;
use crate::evidence::Transaction;
use crate::matcher::Difference;

/// The most lines of a timeline.
const TIMELINE: usize = 30;
/// The most items of any other list.
const LISTED: usize = 8;
/// The narrowest that a report is.
const NARROWEST: usize = 60;
/// How far the tree goes to the right.
const DEEPEST: usize = 6;
/// How wide the times are.
const TIMES: usize = 11;
/// What a name keeps at least when it is shortened.
const SHORTEST: usize = 20;

impl fmt::Display for Flow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.report(80))
    }
}

impl Flow {
    /// The report in lines of at most `width` columns, or a few more where that leaves no room.
    pub fn report(&self, width: usize) -> String {
        self.report_with(width, None)
    }

    /// The same with the command that runs the test again, after the timeline.
    pub fn report_with(&self, width: usize, rerun: Option<&str>) -> String {
        let rerun = rerun.map_or_else(String::new, |command| format!("\n  rerun\n    {command}\n"));
        let mut text = self.head(width) + &rerun + &self.details(width);
        text.truncate(text.trim_end().len());
        text
    }

    /// What became of it, and when.
    pub(crate) fn head(&self, width: usize) -> String {
        let width = width.max(NARROWEST);
        let is_wrong = self.verdict == Verdict::Complete && !self.unmet.is_empty();
        let but = if is_wrong { ", but not as expected" } else { "" };
        let mut text = format!("flow {}: {}{but}\n", self.id, self.verdict);
        let mut explanation = self.explanation.clone();
        if let Some(anomaly) = self.anomalies.first().filter(|_| self.verdict == Verdict::Complete) {
            explanation += &format!("; but {anomaly}");
        }
        text += &wrapped(&explanation, "  ", "  ", width);
        text + &self.timeline(width)
    }

    /// What was expected of it, and what stands around it.
    pub(crate) fn details(&self, width: usize) -> String {
        let width = width.max(NARROWEST);
        let mut text = list("expected", self.unmet.iter().map(unmet_line), width);
        let differences = self.unmet.iter().flat_map(|unmet| &unmet.differences);
        text += &payload(&differences.collect::<Vec<_>>(), width);
        text += &list("odd", self.anomalies.iter().map(ToString::to_string), width);
        text += &list("groups", self.groups.iter().map(group_line), width);
        text + &list("remarks", self.remarks.iter().cloned(), width)
    }

    /// The clients that should have done what did not happen: those that have the request, or else its partition.
    pub fn blocking_clients(&self) -> Vec<&str> {
        let step = self.steps.last().filter(|step| step.answer.is_none());
        let Some(request) = step.and_then(|step| self.observations.get(step.request?)) else { return Vec::new() };
        let fetched = request.handled.iter().flatten().map(|handling| handling.client_id.as_str());
        let partition = request.place.topic_partition();
        let holders = self.groups.iter().filter_map(|group| group.position(&partition)?.client_id.as_deref());
        let mut clients: Vec<&str> = fetched.collect();
        if clients.is_empty() {
            clients.extend(holders);
        }
        clients.sort_unstable();
        clients.dedup();
        clients
    }

    /// At most 30 lines, one or two a record.
    fn timeline(&self, width: usize) -> String {
        let Some(first) = self.observations.first() else { return String::new() };
        let begin = first.micros();
        let mut lines: Vec<String> = Vec::new();
        for (number, observation) in self.observations.iter().enumerate() {
            lines.push(self.line(number, observation, begin, width));
            for handling in observation.handled.iter().flatten() {
                let who = match &handling.group {
                    Some(group) => format!("group {group}, client {}", handling.client_id),
                    None => format!("client {}", handling.client_id),
                };
                let committed = handling.committed_at.map(|at| format!(", committed at {}", since(begin, at)));
                let what = format!("fetched by {who}{}", committed.unwrap_or_default());
                let indent = " ".repeat(3 * self.depth(number) + 3);
                lines.push(cut(&format!("{:>TIMES$}  {indent}{what}", since(begin, handling.fetched_at)), width));
            }
        }
        if let Some(step) = self.steps.last().filter(|step| step.request.is_some() && step.answer.is_none()) {
            lines.push(cut(&format!("{:>TIMES$}  nothing in {}", "", step.to), width));
        }
        if lines.len() > TIMELINE {
            let more = lines.len() - (TIMELINE - 1);
            let tail = lines.split_off(lines.len() - TIMELINE / 2);
            lines.truncate(TIMELINE - 1 - tail.len());
            lines.push(format!("{:>TIMES$}  ... {more} more lines", ""));
            lines.extend(tail);
        }
        let clock = match self.source {
            Source::Journal => "times by the broker's clock",
            Source::Log => "times by the records' timestamps; who fetched is n/a",
        };
        lines.into_iter().fold(format!("\n  timeline ({clock})\n"), |text, line| text + line.trim_end() + "\n")
    }

    fn line(&self, number: usize, observation: &Observation, begin: i64, width: usize) -> String {
        let hop = self.hop_to(number);
        let mut details = Vec::new();
        if let Some(hop) = hop {
            details.push(hop.kind.name().to_owned());
        }
        match observation.transaction {
            Transaction::Aborted => details.push("ABORTED".to_owned()),
            Transaction::Open => details.push("transaction open".to_owned()),
            Transaction::None | Transaction::Committed => {}
        }
        if observation.value.is_none() {
            details.push("tombstone".to_owned());
        }
        if let Some(error) = &observation.error {
            details.push(format!("error: {error}"));
        } else if hop.is_none() {
            details.push(observation.locator.clone());
        }
        let depth = self.depth(number);
        let tree = if depth == 0 { String::new() } else { format!("{}`- ", "   ".repeat(depth - 1)) };
        let place = observation.place.to_string();
        let details = details.join(", ");
        let taken = TIMES + 2 + tree.len() + 2;
        let room = width.saturating_sub(taken + details.chars().count().min(width / 3)).max(SHORTEST);
        let place = shortened(&place, room);
        cut(&format!("{:>TIMES$}  {tree}{place}  {details}", since(begin, observation.micros())), width)
    }

    /// How many hops lie before a record.
    fn depth(&self, number: usize) -> usize {
        let mut depth = 0;
        let mut at = number;
        while let Some(hop) = self.hop_to(at).filter(|_| depth < DEEPEST) {
            depth += 1;
            at = hop.from;
        }
        depth
    }
}

fn unmet_line(unmet: &Unmet) -> String {
    let Unmet { expected, seen, location, .. } = unmet;
    format!("{expected} ({location}); {seen}")
}

/// What was expected and what came, part by part.
fn payload(differences: &[&Difference], width: usize) -> String {
    if differences.is_empty() {
        return String::new();
    }
    let mut text = "\n  payload\n".to_owned();
    for Difference { record, pointer, expected, received, .. } in differences.iter().take(LISTED) {
        let received = received.as_deref().unwrap_or("nothing");
        text += &(cut(format!("    - {record} {pointer}").trim_end(), width) + "\n");
        text += &(cut(&format!("        expected {expected}"), width) + "\n");
        text += &(cut(&format!("        received {received}"), width) + "\n");
    }
    if differences.len() > LISTED {
        text += &format!("    - and {} more\n", differences.len() - LISTED);
    }
    text
}

fn since(begin: i64, at: i64) -> String {
    let micros = at.saturating_sub(begin);
    if micros < 0 { time(micros) } else { format!("+{}", time(micros)) }
}

fn group_line(group: &GroupState) -> String {
    let mut text = match group.members.len() {
        1 => format!("{}: {}, 1 member", group.id, group.state),
        count => format!("{}: {}, {count} members", group.id, group.state),
    };
    for position in group.positions.iter().take(LISTED) {
        let committed = position.committed.map_or("nothing".to_owned(), |offset| offset.to_string());
        let lag = position.lag().map_or(String::new(), |lag| format!(", lag {lag}"));
        let client = position.client_id.as_ref().map_or(String::new(), |client| format!(", client {client}"));
        // Writing to a String does not fail.
        let _ = write!(text, "; {}: committed {committed}{lag}{client}", position.partition);
    }
    text
}

/// A list under its heading, nothing where it is empty.
fn list(heading: &str, items: impl ExactSizeIterator<Item = String>, width: usize) -> String {
    let count = items.len();
    if count == 0 {
        return String::new();
    }
    let mut text = items
        .take(LISTED)
        .fold(format!("\n  {heading}\n"), |text, item| text + &wrapped(&item, "    - ", "      ", width));
    if count > LISTED {
        text += &format!("    - and {} more\n", count - LISTED);
    }
    text
}

/// Lines of words. A word that is longer than a line has one of its own.
fn wrapped(text: &str, first: &str, indent: &str, width: usize) -> String {
    let options = textwrap::Options::new(width)
        .initial_indent(first)
        .subsequent_indent(indent)
        .break_words(false)
        .word_separator(WordSeparator::AsciiSpace)
        .word_splitter(WordSplitter::NoHyphenation);
    let words: Vec<&str> = text.split_whitespace().collect();
    textwrap::fill(&words.join(" "), options) + "\n"
}

/// A name with its middle left out: its beginning says what it is, and its end where.
fn shortened(name: &str, room: usize) -> String {
    let length = name.chars().count();
    if length <= room {
        return name.to_owned();
    }
    let tail = room.saturating_sub(2) * 2 / 3;
    let head = room.saturating_sub(2 + tail);
    let start: String = name.chars().take(head).collect();
    let end: String = name.chars().skip(length - tail).collect();
    format!("{start}..{end}")
}

fn cut(line: &str, width: usize) -> String {
    if line.chars().count() <= width {
        return line.to_owned();
    }
    line.chars().take(width.saturating_sub(3)).chain("...".chars()).collect()
}
