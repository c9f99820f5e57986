//! What is counted of a run: declared here once, for thresholds, reports, pages and merging.

use std::ops::{Index, IndexMut};

use serde::de::{Deserializer, Error as _};
use serde::ser::{SerializeMap as _, Serializer};
use serde::{Deserialize, Serialize};

/// Something that is counted. Each request ends in exactly one of [`Count::CLASSES`]; the others stand beside them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Count {
    /// Requests sent, without those of the warm-up and the cool-down.
    Sent,
    /// Answered in time.
    Ok,
    /// Answered in time, with an error.
    ErrorResponse,
    /// Answered in time, with something that cannot be read.
    Malformed,
    /// Answered after its time-out.
    Late,
    /// Not answered until the end of the drain.
    Lost,
    /// The cluster did not take it.
    ProduceFailed,
    /// Answers to requests that had been answered.
    Duplicates,
    /// Answers that came after the answer to a later request of the same partition.
    Misordered,
    /// Answers that nobody asked for, or that came when the request was given up.
    Orphans,
    /// Requests that could not be sent in their time.
    Dropped,
    /// Requests sent during the warm-up.
    WarmUp,
    /// Requests sent during the cool-down.
    CoolDown,
    /// Requests that are among the dead letters, and dead letters in which no request is found.
    DeadLetters,
    /// First answers that do not fit their schema, where there is one.
    OffSchema,
}

impl Count {
    /// All of them, in the order of reports.
    pub const ALL: [Self; 15] = [
        Self::Sent,
        Self::Ok,
        Self::ErrorResponse,
        Self::Malformed,
        Self::Late,
        Self::Lost,
        Self::ProduceFailed,
        Self::Duplicates,
        Self::Misordered,
        Self::Orphans,
        Self::Dropped,
        Self::WarmUp,
        Self::CoolDown,
        Self::DeadLetters,
        Self::OffSchema,
    ];
    /// How a request ends: these sum up to what was sent.
    pub const CLASSES: [Self; 6] =
        [Self::Ok, Self::ErrorResponse, Self::Malformed, Self::Late, Self::Lost, Self::ProduceFailed];

    /// What stands beside the classes.
    pub fn beside() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(|count| *count != Self::Sent && !Self::CLASSES.contains(count))
    }

    /// Its word in thresholds and in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Ok => "ok",
            Self::ErrorResponse => "error_response",
            Self::Malformed => "malformed",
            Self::Late => "late",
            Self::Lost => "lost",
            Self::ProduceFailed => "produce_failed",
            Self::Duplicates => "duplicates",
            Self::Misordered => "misordered",
            Self::Orphans => "orphans",
            Self::Dropped => "dropped",
            Self::WarmUp => "warm_up",
            Self::CoolDown => "cool_down",
            Self::DeadLetters => "dead_letters",
            Self::OffSchema => "off_schema",
        }
    }

    /// The same for people, after a number.
    pub fn about(self) -> &'static str {
        match self {
            Self::ErrorResponse => "error responses",
            Self::ProduceFailed => "not taken by the cluster",
            Self::Misordered => "out of order",
            Self::Orphans => "answers to no request",
            Self::Dropped => "dropped before sending",
            Self::WarmUp => "of the warm-up",
            Self::CoolDown => "of the cool-down",
            Self::DeadLetters => "dead letters",
            Self::OffSchema => "off their schema",
            _ => self.word(),
        }
    }

    /// The count of a word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|count| count.word() == word)
    }
}

/// How many there are of each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts([u64; Count::ALL.len()]);

impl Counts {
    /// Each with its number, in the order of reports.
    pub fn iter(&self) -> impl Iterator<Item = (Count, u64)> {
        Count::ALL.into_iter().zip(self.0)
    }

    /// The requests that have no time: slower than any that has one.
    pub fn unanswered(&self) -> u64 {
        self[Count::Lost] + self[Count::ProduceFailed]
    }

    /// All requests, those of the warm-up and the cool-down too.
    pub fn requests(&self) -> u64 {
        self[Count::WarmUp] + self[Count::Sent] + self[Count::CoolDown]
    }

    /// The requests that were answered, by the end of the drain.
    pub fn answered(&self) -> u64 {
        self[Count::Sent].saturating_sub(self.unanswered())
    }

    /// The requests that were not answered in time.
    pub fn timed_out(&self) -> u64 {
        self[Count::Late] + self[Count::Lost]
    }

    /// A number by the word that thresholds have for it.
    pub fn by_name(&self, name: &str) -> Option<u64> {
        if name == TIMEOUT { Some(self.timed_out()) } else { Count::of_word(name).map(|count| self[count]) }
    }

    /// Adds those of another driver.
    pub(crate) fn add(&mut self, other: &Self) {
        self.0.iter_mut().zip(other.0).for_each(|(all, more)| *all += more);
    }
}

/// The word for what was late or lost.
pub(crate) const TIMEOUT: &str = "timeout";

impl Index<Count> for Counts {
    type Output = u64;

    #[expect(clippy::indexing_slicing, reason = "there is a place for each variant")]
    fn index(&self, count: Count) -> &u64 {
        &self.0[count as usize]
    }
}

impl IndexMut<Count> for Counts {
    #[expect(clippy::indexing_slicing, reason = "there is a place for each variant")]
    fn index_mut(&mut self, count: Count) -> &mut u64 {
        &mut self.0[count as usize]
    }
}

impl Serialize for Counts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        self.iter().try_for_each(|(count, number)| map.serialize_entry(count.word(), &number))?;
        map.end()
    }
}

impl<'de> Deserialize<'de> for Counts {
    /// What an earlier version did not count is 0; what a later one counts beside is left out.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let map = std::collections::BTreeMap::<String, u64>::deserialize(deserializer)?;
        if !map.contains_key(Count::Sent.word()) {
            return Err(D::Error::missing_field(Count::Sent.word()));
        }
        let mut counts = Self::default();
        for (word, number) in map {
            if let Some(count) = Count::of_word(&word) {
                counts[count] = number;
            }
        }
        Ok(counts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_count_has_a_place_and_a_word_of_its_own() {
        let mut counts = Counts::default();
        for (count, number) in Count::ALL.into_iter().zip(1..) {
            counts[count] = number;
            assert_eq!(Count::of_word(count.word()), Some(count));
        }
        let numbers: Vec<u64> = counts.iter().map(|(_, number)| number).collect();
        assert_eq!(numbers, (1..=15).collect::<Vec<u64>>());
        let json = serde_json::to_string(&counts).unwrap();
        assert_eq!(serde_json::from_str::<Counts>(&json).unwrap(), counts);
        assert_eq!((counts.by_name("timeout"), counts.by_name("none")), (Some(5 + 6), None));
    }

    #[test]
    fn an_earlier_report_has_fewer_counts_and_a_later_one_more() {
        let counts: Counts = serde_json::from_str(r#"{"sent": 7, "invented_later": 1}"#).unwrap();
        assert_eq!((counts[Count::Sent], counts[Count::OffSchema]), (7, 0));
        assert!(serde_json::from_str::<Counts>("{}").is_err());
    }
}
