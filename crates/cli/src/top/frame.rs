//! A look as lines of text, as many and as wide as there is room for.

use super::look::{Look, Rates};
use crate::table::{Table, cut, or_dash};

/// How much room there is.
#[derive(Clone, Copy)]
pub(super) struct Room {
    pub(super) columns: usize,
    pub(super) lines: usize,
}

/// What is to be shown.
pub(super) struct Frame<'a> {
    servers: &'a str,
    look: &'a Look,
    rates: Option<&'a Rates>,
    /// What stands under the title.
    pub(super) note: Option<String>,
}

/// A table with as many rows as there is room for.
struct Part<const N: usize> {
    table: Table<N>,
    /// The plural of a row.
    noun: &'static str,
}

impl<'a> Frame<'a> {
    pub(super) fn new(servers: &'a str, look: &'a Look, rates: Option<&'a Rates>) -> Self {
        Self { servers, look, rates, note: None }
    }

    /// The lines, each no wider than the room. Errors have up to a quarter of it, groups up to half of what is left, topics
    /// the rest.
    pub(super) fn lines(&self, room: Room, styled: bool) -> Vec<String> {
        let plural = if self.look.brokers == 1 { "" } else { "s" };
        let mut lines = vec![format!("{}, {} broker{plural}", self.servers, self.look.brokers)];
        lines.extend(self.note.clone());
        let (topics, groups, errors) = (self.topics(), self.groups(), self.errors());
        // A header and an empty line for each.
        let used = if errors.is_some() { 6 } else { 4 };
        let left = room.lines.saturating_sub(lines.len() + used);
        let for_errors = errors.as_ref().map_or(0, |errors| errors.table.rows.len().max(1).min(left / 4));
        let left = left - for_errors;
        let for_groups = groups.table.rows.len().min((left / 2).max(left.saturating_sub(topics.table.rows.len())));
        lines.push(String::new());
        topics.show(&mut lines, left.saturating_sub(for_groups), room.columns, styled);
        lines.push(String::new());
        groups.show(&mut lines, for_groups, room.columns, styled);
        if let Some(errors) = errors {
            lines.push(String::new());
            errors.show(&mut lines, for_errors, room.columns, styled);
        }
        lines.truncate(room.lines);
        lines.into_iter().map(|line| if line.contains('\x1b') { line } else { cut(&line, room.columns) }).collect()
    }

    /// The busiest first, those that are alike by name: clusters list them in no order.
    fn topics(&self) -> Part<4> {
        let rate = |name: &str| self.rates.and_then(|rates| rates.appended(name));
        let mut topics: Vec<_> = self.look.topics.iter().map(|topic| (rate(&topic.name), topic)).collect();
        topics.sort_by(|(a, x), (b, y)| b.unwrap_or(0.0).total_cmp(&a.unwrap_or(0.0)).then(x.name.cmp(&y.name)));
        let row = |(rate, topic): (Option<f64>, &super::look::Topic)| {
            [topic.name.clone(), topic.partitions.to_string(), topic.records.to_string(), per_second(rate)]
        };
        let rows = topics.into_iter().map(row).collect();
        Part { table: Table { header: ["TOPIC", "PARTITIONS", "RECORDS", "IN/S"], rows }, noun: "topics" }
    }

    /// Those that are furthest behind first.
    fn groups(&self) -> Part<6> {
        let mut groups: Vec<_> = self.look.groups.iter().collect();
        groups.sort_by_key(|group| std::cmp::Reverse(group.lag));
        let rows = groups.into_iter().map(|group| {
            [
                group.id.clone(),
                group.state.clone(),
                or_dash(group.members),
                or_dash(group.lag),
                per_second(self.rates.and_then(|rates| rates.committed(&group.id))),
                or_dash(group.rebalances),
            ]
        });
        let header = ["GROUP", "STATE", "MEMBERS", "LAG", "READ/S", "REBALANCES"];
        Part { table: Table { header, rows: rows.collect() }, noun: "groups" }
    }

    /// What comes most often first; none where nobody gives out metrics.
    fn errors(&self) -> Option<Part<4>> {
        let scrape = self.look.scrape.as_ref()?;
        let rate = |of| self.rates.and_then(|rates| rates.failed(of));
        let mut errors: Vec<_> = scrape.errors.iter().map(|(of, count)| (rate(of), of, count)).collect();
        errors.sort_by(|(a, _, m), (b, _, n)| b.unwrap_or(0.0).total_cmp(&a.unwrap_or(0.0)).then(n.cmp(m)));
        let rows = errors.into_iter().map(|(rate, of, count)| {
            let (api, error) = of;
            [api.clone(), error.clone(), count.to_string(), per_second(rate)]
        });
        Some(Part { table: Table { header: ["API", "ERROR", "COUNT", "NEW/S"], rows: rows.collect() }, noun: "errors" })
    }
}

fn per_second(rate: Option<f64>) -> String {
    or_dash(rate.map(|rate| format!("{rate:.1}")))
}

impl<const N: usize> Part<N> {
    /// Shows up to `most` rows under the header; the last line says how many more there are.
    fn show(&self, lines: &mut Vec<String>, most: usize, columns: usize, styled: bool) {
        let (header, rows) = self.table.lines(Some(columns));
        let header = cut(&header, columns);
        lines.push(if styled { format!("\x1b[1m{header}\x1b[0m") } else { header });
        let count = rows.len();
        let shown = if count > most { most.saturating_sub(1) } else { count };
        lines.extend(rows.into_iter().take(shown));
        if count == 0 {
            lines.push(format!("no {}", self.noun));
        } else if shown < count {
            lines.push(format!("and {} more {}", count - shown, self.noun));
        }
    }
}
