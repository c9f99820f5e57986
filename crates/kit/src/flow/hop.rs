//! How the records of a flow hang together.

use super::observation::Observation;
use super::route::Route;

/// From one record of a flow to the next.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Hop {
    /// The record it comes from, by its place in [`Flow::observations`](super::Flow::observations).
    pub from: usize,
    /// The record it leads to.
    pub to: usize,
    /// How that is known.
    pub kind: HopKind,
    /// From append to append, in microseconds. Negative where the clocks of producers disagree.
    pub micros: i64,
    /// From the first record's append to its being fetched by the client that wrote the second, in microseconds.
    /// `None` where only the log is known.
    pub to_fetch: Option<i64>,
}

/// How a hop is known, the strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum HopKind {
    /// The record names the other's event id as its cause.
    Causation,
    /// A dead letter names the record's place.
    Link,
    /// Both are of one trace.
    Trace,
    /// Both carry the id, and the route leads from one's topic to the other's.
    Topology,
    /// Both carry the id, and one was appended after the other.
    Order,
}

impl HopKind {
    /// `causation`, `link`, `trace`, `topology` or `order`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Causation => "causation",
            Self::Link => "link",
            Self::Trace => "trace",
            Self::Topology => "topology",
            Self::Order => "order",
        }
    }
}

/// One hop to each record but those that begin the flow. The records are in the order of their times.
pub(super) fn hops(observations: &[Observation], route: &Route) -> Vec<Hop> {
    let hop = |(to, child): (usize, &Observation)| {
        let (from, kind) = parent(observations, to, child, route)?;
        let origin = observations.get(from)?;
        let reader =
            origin.handled.iter().flatten().find(|handling| Some(&handling.client_id) == child.produced_by.as_ref());
        Some(Hop {
            from,
            to,
            kind,
            micros: child.micros() - origin.micros(),
            to_fetch: reader.zip(origin.appended).map(|(handling, appended)| handling.fetched_at - appended),
        })
    };
    observations.iter().enumerate().filter_map(|(to, child)| hop((to, child))).collect()
}

fn parent(observations: &[Observation], to: usize, child: &Observation, route: &Route) -> Option<(usize, HopKind)> {
    let others = || observations.iter().enumerate().filter(|(number, _)| *number != to);
    let find = |is_parent: &dyn Fn(&Observation) -> bool| others().find(|(_, other)| is_parent(other)).map(|(n, _)| n);
    if let Some(cause) = &child.causation_id
        && let Some(from) = find(&|other| other.event_id.as_ref() == Some(cause))
    {
        return Some((from, HopKind::Causation));
    }
    if let Some(origin) = &child.origin
        && let Some(from) = find(&|other| other.place == *origin)
    {
        return Some((from, HopKind::Link));
    }
    let step = route.step_of(&child.place.topic);
    // What the route begins with comes from nowhere.
    if step == Some(0) && route.topics().iter().filter(|topic| **topic == child.place.topic).count() == 1 {
        return None;
    }
    let earlier = || others().take_while(|(number, _)| *number < to);
    if child.trace_id.is_some()
        && let Some((from, _)) = earlier().filter(|(_, other)| other.trace_id == child.trace_id).last()
    {
        return Some((from, HopKind::Trace));
    }
    if let Some(before) = route.before(&child.place.topic) {
        let of_topic = |(_, other): &(usize, &Observation)| other.place.topic == before && other.is_visible();
        // By the clocks of producers an answer may look older than its request.
        if let Some((from, _)) = earlier().filter(of_topic).last().or_else(|| others().find(of_topic)) {
            return Some((from, HopKind::Topology));
        }
    }
    earlier().last().map(|(from, _)| (from, HopKind::Order))
}
