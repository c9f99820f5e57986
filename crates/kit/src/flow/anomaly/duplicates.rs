//! Records that repeat others, by what stands in the log.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::{Anomaly, DuplicateClass};
use crate::evidence::Place;
use crate::evidence::ProducerStamp;
use crate::flow::observation::Observation;

/// Each record is compared with the first of its kind, so that a thousand of them make a thousand comparisons.
pub(super) fn duplicates(observations: &[Observation], found: &mut Vec<Anomaly>) {
    if observations.len() < 2 {
        return;
    }
    type Content<'a> = (&'a str, Option<&'a Bytes>, Option<&'a Bytes>);
    let mut stamps: BTreeMap<(&str, i32, i64, i16, i32), &Place> = BTreeMap::new();
    let mut events: BTreeMap<(&str, &str), &Place> = BTreeMap::new();
    let mut contents: BTreeMap<Content<'_>, &Place> = BTreeMap::new();
    let mut epochs: BTreeMap<(&str, i32, i64), (i16, &Place)> = BTreeMap::new();
    let mut in_log: Vec<&Observation> = observations.iter().collect();
    in_log.sort_by(|a, b| a.place.cmp(&b.place));
    for observation in in_log {
        let place = &observation.place;
        let topic = place.topic.as_str();
        let mut first = None;
        if let Some(ProducerStamp { id, epoch, sequence }) = observation.producer {
            let same = stamps.insert((topic, place.partition, id, epoch, sequence), place);
            first = same.map(|first| (DuplicateClass::Wire, first));
            let newest = epochs.entry((topic, place.partition, id)).or_insert((epoch, place));
            if newest.0 > epoch {
                first = first.or(Some((DuplicateClass::Zombie, newest.1)));
            } else {
                *newest = (epoch, place);
            }
        }
        if let Some(event) = &observation.event_id {
            let same = *events.entry((topic, event)).or_insert(place);
            first = first.or((same != place).then_some((DuplicateClass::Application, same)));
        } else if observation.producer.is_none() {
            let content = (topic, observation.key.as_ref(), observation.value.as_ref());
            let same = *contents.entry(content).or_insert(place);
            first = first.or((same != place).then_some((DuplicateClass::Retry, same)));
        }
        if let Some((class, first)) = first {
            found.push(Anomaly::Duplicate { class, first: first.clone(), second: place.clone() });
        }
    }
}
