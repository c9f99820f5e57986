//! Records of the flow in one topic.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::super::model::Flow;
use super::super::observation::Observation;
use super::super::step::time;
use super::{Missed, visible};
use crate::payload::{Difference, Payload};

/// The most records that do not fit of which is told why.
const SHOWN: usize = 3;

/// Records of the flow in one topic; made by [`Expect::topic`](super::Expect::topic).
#[derive(Clone, Debug)]
pub(super) struct InTopic {
    pub(super) topic: String,
    pub(super) least: usize,
    pub(super) most: Option<usize>,
    pub(super) within: Option<Duration>,
    pub(super) after: Option<String>,
    pub(super) conditions: Vec<Condition>,
}

#[derive(Clone)]
pub(super) enum Condition {
    Payload(Payload),
    That(String, Predicate),
}

type Predicate = Arc<dyn Fn(&Observation) -> bool + Send + Sync>;

impl InTopic {
    pub(super) fn missed(&self, flow: &Flow) -> Option<Missed> {
        let (fitting, others): (Vec<&Observation>, Vec<&Observation>) =
            visible(flow, &self.topic).partition(|o| self.conditions.iter().all(|condition| condition.holds(o)));
        if self.most.is_some_and(|most| fitting.len() > most) {
            let places: Vec<String> = fitting.iter().take(5).map(|o| o.place.to_string()).collect();
            return Some(format!("{} are there: {}", fitting.len(), places.join(", ")).into());
        }
        if fitting.len() < self.least {
            return Some(self.too_few(fitting.len(), &others));
        }
        self.too_late(flow, &fitting).map(Missed::from)
    }

    fn too_few(&self, count: usize, others: &[&Observation]) -> Missed {
        let mut seen = match count {
            0 => "none is there".to_owned(),
            count => format!("{count} of them are there"),
        };
        let mut differences = Vec::new();
        for other in others.iter().take(SHOWN) {
            let reasons: Vec<String> = self.conditions.iter().filter_map(|condition| condition.miss(other)).collect();
            seen += &format!("; {} does not fit: {}", other.place, reasons.join(", "));
            differences.extend(self.conditions.iter().flat_map(|condition| condition.differences(other)));
        }
        Missed { seen, differences }
    }

    fn too_late(&self, flow: &Flow, fitting: &[&Observation]) -> Option<String> {
        let begin = flow.observations.iter().find(|o| o.is_visible()).map_or(0, Observation::micros);
        let limit = self.within.and_then(|limit| i64::try_from(limit.as_micros()).ok());
        // With so many expected, the last of them has to be in time.
        let last = fitting.get(self.least.saturating_sub(1));
        if let (Some(limit), Some(last)) = (limit, last) {
            let micros = last.micros() - begin;
            if micros > limit {
                return Some(format!("{} came after {}", last.place, time(micros)));
            }
        }
        let after = self.after.as_ref().map(|topic| (topic, visible(flow, topic).next()));
        match (after, fitting.first()) {
            (Some((topic, None)), Some(_)) => Some(format!("nothing is in {topic}")),
            (Some((_, Some(before))), Some(first)) if first.micros() < before.micros() => {
                Some(format!("{} came before {}", first.place, before.place))
            }
            _ => None,
        }
    }
}

impl Condition {
    fn holds(&self, observation: &Observation) -> bool {
        self.miss(observation).is_none()
    }

    fn miss(&self, observation: &Observation) -> Option<String> {
        match self {
            Self::Payload(_) => {
                let texts: Vec<String> = self.differences(observation).iter().map(ToString::to_string).collect();
                (!texts.is_empty()).then(|| texts.join(", "))
            }
            Self::That(text, holds) => (!holds(observation)).then(|| format!("not {text}")),
        }
    }

    fn differences(&self, observation: &Observation) -> Vec<Difference> {
        let Self::Payload(payload) = self else { return Vec::new() };
        let place = observation.place.to_string();
        let all = payload.differences(observation.value.as_ref()).into_iter();
        all.map(|difference| difference.of(&place)).collect()
    }
}

impl fmt::Debug for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Payload(payload) => fmt::Display::fmt(payload, f),
            Self::That(text, _) => f.write_str(text),
        }
    }
}

impl fmt::Display for InTopic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.least, self.most) {
            (_, Some(0)) => f.write_str("nothing")?,
            (1, None) => f.write_str("a record")?,
            (least, None) => write!(f, "at least {least} records")?,
            (_, Some(1)) => f.write_str("exactly 1 record")?,
            (_, Some(most)) => write!(f, "exactly {most} records")?,
        }
        write!(f, " in {}", self.topic)?;
        if let Some(limit) = self.within {
            write!(f, " within {limit:?}")?;
        }
        if let Some(other) = &self.after {
            write!(f, " after {other}")?;
        }
        let conditions: Vec<String> = self.conditions.iter().map(|holds| format!("{holds:?}")).collect();
        if conditions.is_empty() { Ok(()) } else { write!(f, " with {}", conditions.join(" and ")) }
    }
}
