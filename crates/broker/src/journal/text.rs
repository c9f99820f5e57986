//! An entry is printed in one line.

use std::fmt;

use kafka_trial_wire::ErrorCode;

use super::{Detail, Ending, Entry, Membership, Offsets, ProducerState};

/// How many partitions, topics or members one line shows.
const SHOWN: usize = 4;

impl fmt::Display for Entry {
    /// Prints a line such as `orders-service Produce orders-0: 0 to 2, 0.2 ms`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let client = if self.client_id.is_empty() { "-" } else { &self.client_id };
        write!(f, "{client} {}", self.api)?;
        self.detail.fmt(f)?;
        if self.error != ErrorCode::NONE {
            write!(f, ", {}", self.error)?;
        }
        match self.ending {
            Ending::Waiting => return f.write_str(", waits"),
            Ending::Answered => {}
            Ending::Silent => f.write_str(", wants no answer")?,
            Ending::Closed => match &self.close_reason {
                Some(reason) => write!(f, ", the broker closed the connection: {reason}")?,
                None => f.write_str(", the broker closed the connection")?,
            },
            Ending::Disconnected => f.write_str(", the client went away")?,
        }
        let millis = self.duration().unwrap_or_default().as_secs_f64() * 1000.0;
        write!(f, ", {millis:.1} ms")
    }
}

impl fmt::Display for Detail {
    /// Prints the part after the name of the API, with a space before it; nothing if there are no details.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Produce(produce) => list(f, &produce.partitions, |f, of| {
                write!(f, "{}-{}", of.topic, of.partition)?;
                place(f, of.offsets)?;
                if let Some(ProducerState { id, epoch, sequence }) = of.producer {
                    write!(f, " (producer {id} epoch {epoch} sequence {sequence})")?;
                }
                if of.is_duplicate { f.write_str(" duplicate") } else { Ok(()) }
            }),
            Self::Fetch(fetch) => {
                // Partitions without records appear only if there is nothing else to show.
                let told: Vec<_> = fetch.partitions.iter().filter(|of| of.offsets.is_some()).collect();
                let all: Vec<_> = if told.is_empty() { fetch.partitions.iter().collect() } else { told };
                list(f, &all, |f, of| {
                    write!(f, "{}-{}", of.topic, of.partition)?;
                    match of.offsets {
                        None => write!(f, ": nothing from {}", of.from),
                        offsets => place(f, offsets),
                    }
                })
            }
            Self::Commit(commit) => {
                write!(f, " {}", commit.membership)?;
                list(f, &commit.partitions, |f, of| write!(f, "{}-{}: {}", of.topic, of.partition, of.offset))
            }
            Self::Members(members) => list(f, members, |f, member| member.fmt(f)),
            Self::Transaction(step) => {
                if let Some(id) = &step.transactional_id {
                    write!(f, " {id}")?;
                }
                if step.producer.id >= 0 {
                    write!(f, " producer {} epoch {}", step.producer.id, step.producer.epoch)?;
                }
                if let Some(group) = &step.group {
                    write!(f, " group {group}")?;
                }
                match step.committed {
                    Some(true) => f.write_str(" commit"),
                    Some(false) => f.write_str(" abort"),
                    None => Ok(()),
                }
            }
            Self::Topics(names) | Self::Groups(names) => list(f, names, |f, name| f.write_str(name)),
            Self::Other => Ok(()),
        }
    }
}

impl fmt::Display for Membership {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.group)?;
        if !self.member.is_empty() {
            write!(f, " member {}", self.member)?;
        }
        if self.generation >= 0 { write!(f, " generation {}", self.generation) } else { Ok(()) }
    }
}

fn place(f: &mut fmt::Formatter<'_>, offsets: Option<Offsets>) -> fmt::Result {
    match offsets {
        None => Ok(()),
        Some(Offsets { first, last }) if first == last => write!(f, ": {first}"),
        Some(Offsets { first, last }) => write!(f, ": {first} to {last}"),
    }
}

fn list<T>(
    f: &mut fmt::Formatter<'_>,
    items: &[T],
    show: impl Fn(&mut fmt::Formatter<'_>, &T) -> fmt::Result,
) -> fmt::Result {
    for (index, item) in items.iter().take(SHOWN).enumerate() {
        f.write_str(if index == 0 { " " } else { ", " })?;
        show(f, item)?;
    }
    match items.len().saturating_sub(SHOWN) {
        0 => Ok(()),
        more => write!(f, " and {more} more"),
    }
}
