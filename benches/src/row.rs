//! A figure, how it is measured, and what it ought to be.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::server::{Installation, Kind, Server};

/// A line of the table.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) unit: Unit,
    pub(crate) aim: Aim,
    pub(crate) set: Set,
    /// Where a round is so slow that the first one has to do.
    pub(crate) once: &'static [Kind],
    /// One round on one server; `None` where the row has no meaning for it.
    pub(crate) measure: fn(&Bench, Kind) -> Result<Option<f64>>,
}

/// Rows that are asked for together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Set {
    /// Through nothing but a socket and the project's own codec.
    Raw,
    /// Through librdkafka.
    #[cfg_attr(not(feature = "librdkafka"), expect(dead_code, reason = "the rows are built with it only"))]
    Librdkafka,
    /// Those that take minutes.
    Long,
    /// Those that are not of the broker, and measured where they are asked for by name.
    Named,
}

/// What a figure counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    /// In seconds.
    Time,
    /// Of memory.
    Bytes,
    BytesPerSecond,
    RecordsPerSecond,
}

/// What a figure of ours ought to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Aim {
    /// So many times the limit, at most.
    TimesLimit(f64),
    /// This part of the limit, at least.
    PartOfLimit(f64),
    /// So many times the figure of kfake, at least.
    TimesKfake(f64),
    /// This, at most.
    Below(f64),
    /// This, at least.
    AtLeast(f64),
    /// None; the figure is there to be watched.
    None,
}

/// How much is measured in a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effort {
    Full,
    /// Just enough to see that it runs.
    Smoke,
}

impl Effort {
    /// How often something is done in a round when `full` times are enough for a figure.
    pub(crate) fn times(self, full: usize) -> usize {
        match self {
            Self::Full => full,
            Self::Smoke => full.min(3),
        }
    }
}

/// The figures of all rounds.
pub(crate) type Figures = BTreeMap<Kind, Vec<f64>>;

/// What all rows share.
pub(crate) struct Bench {
    pub(crate) installation: Installation,
    pub(crate) effort: Effort,
    /// The servers that run throughout, in the order in which they are measured.
    pub(crate) servers: Vec<Server>,
    /// How many names have been given out.
    pub(crate) names: Cell<u32>,
}

impl Bench {
    /// A topic or group name that no measurement has had.
    pub(crate) fn new_name(&self) -> String {
        self.names.set(self.names.get() + 1);
        format!("bench-{}", self.names.get())
    }

    /// Where the server of this kind listens.
    pub(crate) fn address(&self, kind: Kind) -> Result<&str> {
        let server = self.servers.iter().find(|server| server.kind == kind);
        Ok(&server.with_context(|| format!("{kind} does not run"))?.address)
    }

    /// All rounds of a row, in each all servers one after the other.
    pub(crate) fn measure(&self, row: &Row, rounds: u32) -> Result<Figures> {
        let mut figures = Figures::new();
        for round in 0..rounds {
            for server in self.servers.iter().filter(|server| round == 0 || !row.once.contains(&server.kind)) {
                let context = || format!("{} on {}", row.name, server.kind);
                if let Some(figure) = (row.measure)(self, server.kind).with_context(context)? {
                    figures.entry(server.kind).or_default().push(figure);
                }
            }
            eprint!(".");
        }
        Ok(figures)
    }
}

/// The one in the middle; of an even number the mean of the two there.
pub(crate) fn median(mut figures: Vec<f64>) -> Option<f64> {
    figures.sort_by(f64::total_cmp);
    let upper = figures.get(figures.len() / 2)?;
    let lower = figures.get(figures.len().checked_sub(1)? / 2)?;
    Some(f64::midpoint(*lower, *upper))
}

/// The median of some times, in seconds.
pub(crate) fn median_time(times: Vec<Duration>) -> Option<f64> {
    median(times.iter().map(Duration::as_secs_f64).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle_whatever_the_order() {
        assert_eq!(median(vec![9.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(vec![4.0, 1.0, 2.0, 100.0]), Some(3.0));
        assert_eq!(median(vec![]), None);
    }
}
