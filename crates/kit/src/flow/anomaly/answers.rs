//! What is odd about the answers to a request.

use super::{Anomaly, DuplicateClass};
use crate::evidence::Entry;
use crate::evidence::Handling;
use crate::evidence::Place;
use crate::flow::observation::Observation;
use crate::flow::route::Route;

/// What is odd about the answers of each step.
pub(super) fn answers(
    entries: &[&Entry],
    observations: &[Observation],
    route: &Route,
    single: &[&str],
    found: &mut Vec<Anomaly>,
) {
    let is_json = |entry: &Entry| entry.stored.record.value.is_some() && entry.facts.unreadable.is_none();
    let first = |topic: &str| observations.iter().zip(entries).find(|(o, _)| o.place.topic == topic && o.is_visible());
    for pair in route.topics().windows(2) {
        let [from, to] = pair else { continue };
        if from == to {
            continue;
        }
        let request = first(from);
        let of_step = observations.iter().zip(entries).filter(|(o, _)| o.place.topic == *to && o.is_visible());
        let answers: Vec<&Observation> = of_step.clone().map(|(observation, _)| observation).collect();
        let mut odd = Vec::new();
        if let Some(repeats) = request.and_then(|(request, _)| repeats(request, &answers)) {
            // Why the request was handled twice tells more than that its answers are alike.
            let is_of_step = |place: &Place| answers.iter().any(|answer| answer.place == *place);
            found.retain(|anomaly| match anomaly {
                Anomaly::Duplicate { class, second, .. } => *class == DuplicateClass::Wire || !is_of_step(second),
                _ => true,
            });
            odd.extend(repeats);
        } else if single.contains(&to.as_str()) && request.is_some() {
            let is_repeat = |place: &Place| {
                found.iter().any(|anomaly| matches!(anomaly, Anomaly::Duplicate { second, .. } if second == place))
            };
            let at: Vec<Place> = answers.iter().map(|o| o.place.clone()).filter(|place| !is_repeat(place)).collect();
            if at.len() > 1 {
                odd.push(Anomaly::SeveralAnswers { at });
            }
        }
        for (answer, entry) in of_step {
            let at = answer.place.clone();
            if answer.value.is_none() {
                odd.push(Anomaly::Tombstone { at });
            } else if let (Some(reason), Some(true)) =
                (&entry.facts.unreadable, request.map(|(_, entry)| is_json(entry)))
            {
                odd.push(Anomaly::NotJson { at, reason: reason.clone() });
            }
            let Some((request, _)) = request else { continue };
            let (request_at, answer_at) = (request.place.clone(), answer.place.clone());
            match request.appended.zip(answer.appended) {
                Some((asked, answered)) if answered < asked => {
                    odd.push(Anomaly::Misordered { request: request_at, answer: answer_at });
                }
                _ if answer.timestamp < request.timestamp => odd.push(Anomaly::ClockSkew {
                    request: request_at,
                    answer: answer_at,
                    millis: request.timestamp - answer.timestamp,
                }),
                _ => {}
            }
        }
        found.extend(odd);
    }
}

/// Answers that are there because a group was given the request twice, by the journal.
fn repeats(request: &Observation, answers: &[&Observation]) -> Option<Vec<Anomaly>> {
    let of_group = || request.handled.iter().flatten().filter(|handling| handling.group.is_some());
    let is_twice = of_group().any(|one| of_group().filter(|other| other.group == one.group).count() > 1);
    let (first, _) = answers.split_first().filter(|(_, others)| is_twice && !others.is_empty())?;
    let zombie = answers.iter().find(|answer| is_of_zombie(request, answer));
    let one = zombie.unwrap_or(first);
    let others = answers.iter().filter(|answer| answer.place != one.place);
    let pair = |other: &&Observation| match zombie {
        Some(zombie) => (DuplicateClass::Zombie, other.place.clone(), zombie.place.clone()),
        None => (DuplicateClass::Redelivery, first.place.clone(), other.place.clone()),
    };
    Some(others.map(pair).map(|(class, first, second)| Anomaly::Duplicate { class, first, second }).collect())
}

/// Whether an answer was written by a member after its group had given the request to another.
fn is_of_zombie(request: &Observation, answer: &Observation) -> bool {
    let (Some(writer), Some(at)) = (&answer.produced_by, answer.appended) else { return false };
    let of_group = || request.handled.iter().flatten().filter(|handling| handling.group.is_some());
    let own = of_group().rfind(|handling| handling.client_id == *writer);
    own.is_some_and(|own| {
        let is_later = |other: &Handling| (own.fetched_at + 1..at).contains(&other.fetched_at);
        of_group().any(|other| other.group == own.group && other.client_id != *writer && is_later(other))
    })
}
