//! Flows of which something is missing: what else there is to know about them.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::FlowTracker;
use super::retained;
use crate::client::Deadline;
use crate::evidence::Entry;
use crate::flow::follow::Follow;
use crate::flow::groups::{self, GroupState};
use crate::flow::model::Flow;
use crate::flow::step::Surroundings;

/// How long a look at groups and other topics may take.
const LOOK_AROUND: Duration = Duration::from_secs(3);
/// The most records in which a flow that was not answered is looked for beside its route.
const ELSEWHERE: i64 = 100_000;
/// The most flows for which each id of the cluster is compared.
const COMPARED: usize = 100;

impl FlowTracker {
    /// All flows: those that are settled, and the others with what there is to know about them.
    pub(super) fn tell(&mut self, follows: &[Follow], settled: Vec<Option<Flow>>, timeout: Duration) -> Vec<Flow> {
        let deadline = Deadline::after(LOOK_AROUND);
        self.look_elsewhere(deadline);
        let (groups, remarks) = self.look_around(follows, deadline);
        let of_open = |(follow, flow): (&Follow, &Option<Flow>)| if flow.is_none() { self.since(follow) } else { None };
        let begun: Vec<Option<i64>> = follows.iter().zip(&settled).map(of_open).collect();
        let unasked = follows.iter().zip(&settled).zip(&begun);
        let unasked = unasked.filter(|((_, flow), since)| flow.is_none() && since.is_none());
        let losses = self.losses(unasked.map(|((follow, _), _)| first_topic(follow)).collect(), deadline);
        let mut orphans: BTreeMap<(&str, &str), Vec<&Entry>> = BTreeMap::new();
        let is_few = follows.len() <= COMPARED;
        let mut flows = Vec::with_capacity(follows.len());
        for ((follow, settled), since) in follows.iter().zip(settled).zip(begun) {
            if let Some(flow) = settled {
                flows.push(flow);
                continue;
            }
            let first = first_topic(follow);
            let of_route = match follow.route.topics() {
                [from, .., to] => {
                    let ends = (from.as_str(), to.as_str());
                    &**orphans.entry(ends).or_insert_with(|| self.index.orphans(to, from).collect())
                }
                _ => &[],
            };
            let orphan =
                of_route.iter().find(|entry| since.is_some_and(|since| entry.stored.record.timestamp >= since));
            let orphan = orphan.and_then(|entry| Some((entry.place(), entry.found.first()?.id.clone())));
            let nearly = if is_few { self.index.nearly(&follow.id, first) } else { None };
            let around = Surroundings {
                unread: self.unread(),
                missing: follow.topics().filter(|topic| !self.log.has_topic(topic)).map(str::to_owned).collect(),
                looked_through: self.index.count(first),
                loss: losses.get(first).filter(|_| since.is_none()).cloned(),
                nearly: nearly.map(|(id, place)| (id.to_owned(), place)),
                orphans: orphan.into_iter().collect(),
                groups: groups.clone(),
                waited: timeout,
                elsewhere: true,
            };
            let mut flow = self.assemble(follow, &around, timeout);
            flow.remarks.extend(remarks.iter().cloned());
            flows.push(flow);
        }
        flows
    }

    /// Reads the other topics of the cluster too, where they are not too much: an answer may be in the wrong one.
    fn look_elsewhere(&mut self, deadline: Deadline) {
        let Ok(views) = self.log.client().topics(None, deadline) else { return };
        let others: Vec<String> = views
            .into_iter()
            .filter(|view| !view.is_internal && !self.log.attends(&view.name))
            .map(|view| view.name)
            .collect();
        let names: Vec<&str> = others.iter().map(String::as_str).collect();
        if names.is_empty() || self.log.unread_of(&names, deadline).is_none_or(|records| records > ELSEWHERE) {
            return;
        }
        self.log.attend(others.iter().cloned().collect());
        self.log.look_again();
        self.log.read_up(&mut self.index, &self.reading, &names, deadline);
        self.attend();
    }

    /// The groups that read these topics, and what kept the reader itself from knowing more.
    fn look_around(&mut self, follows: &[Follow], deadline: Deadline) -> (Vec<GroupState>, Vec<String>) {
        let topics: BTreeSet<&str> = follows.iter().flat_map(Follow::topics).collect();
        let read: Vec<&str> = topics.into_iter().filter(|topic| self.log.has_topic(topic)).collect();
        let (groups, mut remarks) = groups::look(self.log.client(), &read, deadline);
        let leaderless = self.log.leaderless(&read).into_iter();
        remarks.extend(leaderless.map(|partition| format!("{partition} could not be read: no broker leads it")));
        remarks.extend(self.log.unread().map(|records| {
            format!("there was no time to read {records} more records; --since or Start::Since begins later")
        }));
        remarks.extend(self.index.let_go().map(|(records, bytes)| {
            format!("{records} records of other flows were let go, to hold {} MiB at most", bytes >> 20)
        }));
        (groups, remarks)
    }

    /// Why requests that are nowhere may have been there before, by the topics where they should be.
    fn losses<'a>(&mut self, topics: BTreeSet<&'a str>, deadline: Deadline) -> BTreeMap<&'a str, String> {
        let loss = |topic: &'a str| {
            let partitions = self.log.has_topic(topic).then(|| self.log.partitions_of(topic))?;
            Some((topic, retained::loss(self.log.client(), topic, &partitions, deadline)?))
        };
        topics.into_iter().filter_map(loss).collect()
    }

    /// When a flow began, by its request's own timestamp; `None` when there is no request.
    pub(super) fn since(&self, follow: &Follow) -> Option<i64> {
        let first = follow.route.topics().first();
        let members = self.members(follow).into_iter().filter_map(|number| self.index.get(number));
        let requests = members.filter(|entry| Some(&entry.stored.record.topic) == first);
        requests.map(|entry| entry.stored.record.timestamp).min()
    }
}

fn first_topic(follow: &Follow) -> &str {
    follow.route.topics().first().map(String::as_str).unwrap_or_default()
}
