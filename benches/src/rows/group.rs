//! How long it takes until all members of a classic group have their assignment: one is there, the others come at once.

use kafka_trial_wire::ErrorCode;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use kafka_trial::client::{Deadline, Stopwatch, pause};
use kafka_trial_wire::messages::join_group_request::JoinGroupRequestProtocol;
use kafka_trial_wire::messages::sync_group_request::SyncGroupRequestAssignment;
use kafka_trial_wire::messages::{
    DescribeGroupsRequest, FindCoordinatorRequest, JoinGroupRequest, JoinGroupResponse, SyncGroupRequest,
};
use kafka_trial_wire::{Bytes, Text};

use crate::limit;
use crate::raw::{Raw, answer, frame};
use crate::row::Bench;
use crate::server::Kind;

/// Below 4 a member gets its id and its place in one step (KIP-394).
const JOIN: i16 = 3;
const SYNC: i16 = 2;
const DESCRIBE: i16 = 4;
const FIND: i16 = 3;
const SESSION_MS: i32 = 30_000;
/// How long a coordinator may take to be there.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);
/// What a request and an answer take about.
const EXCHANGE: usize = 150;
/// `ConsumerProtocolSubscription` version 0 with no topics and no user data. Kafka reads it when the group is complete,
/// and answers nobody when it cannot.
const SUBSCRIPTION: &[u8] = b"\0\0\0\0\0\0\xff\xff\xff\xff";

pub(crate) fn of_1(bench: &Bench, kind: Kind) -> Result<Option<f64>> {
    round(1, bench, kind, fill)
}

pub(crate) fn of_10(bench: &Bench, kind: Kind) -> Result<Option<f64>> {
    round(10, bench, kind, fill)
}

pub(crate) fn of_100(bench: &Bench, kind: Kind) -> Result<Option<f64>> {
    round(100, bench, kind, fill)
}

/// A group that nobody is in yet.
pub(super) struct Empty {
    pub(super) group: Group,
    /// The connections of those who are to join it.
    pub(super) members: Vec<Raw>,
    /// One more, for everything else.
    pub(super) watcher: Raw,
}

/// A round of so many members: `fill` tells how long it took until all were in. On the bare server it is what their
/// requests and answers alone take.
pub(super) fn round(
    count: usize,
    bench: &Bench,
    kind: Kind,
    fill: fn(&Bench, Empty) -> Result<f64>,
) -> Result<Option<f64>> {
    let address = bench.address(kind)?;
    let mut members = (0..count).map(|_| Raw::connect(address)).collect::<Result<Vec<_>>>()?;
    if kind == Kind::Limit {
        return exchange_twice(&mut members).map(Some);
    }
    let mut watcher = Raw::connect(address)?;
    let group = Group(bench.new_name().into());
    group.find_coordinator(&mut watcher)?;
    fill(bench, Empty { group, members, watcher }).map(Some)
}

fn fill(_: &Bench, empty: Empty) -> Result<f64> {
    let Empty { group, mut members, mut watcher } = empty;
    let count = members.len();
    let (first, others) = members.split_first_mut().context("a group has a member")?;

    let watch = Stopwatch::start();
    first.send(&group.join("")?)?;
    let alone = joined(first)?;
    let mut answers = vec![alone];
    if !others.is_empty() {
        for other in &mut *others {
            other.send(&group.join("")?)?;
        }
        // Were the first to come back before all others are there, the group would be complete without them.
        group.wait_for(count, &mut watcher)?;
        let id = answers.first().map(|answer| answer.member_id.clone()).context("it has answered")?;
        first.send(&group.join(&id)?)?;
        answers = std::iter::once(&mut *first).chain(others).map(joined).collect::<Result<_>>()?;
    }
    let ids: Vec<Text> = answers.iter().map(|answer| answer.member_id.clone()).collect();
    for (member, answer) in members.iter_mut().zip(&answers) {
        member.send(&group.sync(answer, &ids)?)?;
    }
    for member in &mut members {
        let answer = answer::<SyncGroupRequest>(member.receive()?, SYNC)?;
        ensure!(answer.error_code == ErrorCode::NONE && !answer.assignment.is_empty(), "no assignment: {answer:?}");
    }
    Ok(watch.elapsed().as_secs_f64())
}

fn joined(member: &mut Raw) -> Result<JoinGroupResponse> {
    let answer = answer::<JoinGroupRequest>(member.receive()?, JOIN)?;
    ensure!(answer.error_code == ErrorCode::NONE, "not joined: {answer:?}");
    Ok(answer)
}

/// The limit: a join and a sync of each member, all at once.
fn exchange_twice(members: &mut [Raw]) -> Result<f64> {
    let request = limit::request(EXCHANGE, EXCHANGE)?;
    let watch = Stopwatch::start();
    for _ in 0..2 {
        for member in &mut *members {
            member.send(&request)?;
        }
        for member in &mut *members {
            member.take(EXCHANGE)?;
        }
    }
    Ok(watch.elapsed().as_secs_f64())
}

pub(super) struct Group(pub(super) Text);

impl Group {
    /// Kafka makes its topic of offsets when it is first asked.
    fn find_coordinator(&self, raw: &mut Raw) -> Result<()> {
        let deadline = Deadline::after(PATIENCE);
        let request = FindCoordinatorRequest { key: self.0.clone(), ..FindCoordinatorRequest::default() };
        loop {
            let answer = raw.ask(&request, FIND)?;
            if answer.error_code == ErrorCode::NONE {
                return self.wait_for(0, raw);
            }
            ensure!(!deadline.is_past(), "no coordinator: {answer:?}");
            pause(Duration::from_millis(10));
        }
    }

    /// Waits until the coordinator knows so many members.
    fn wait_for(&self, count: usize, raw: &mut Raw) -> Result<()> {
        let deadline = Deadline::after(PATIENCE);
        let request = DescribeGroupsRequest { groups: vec![self.0.clone()], ..DescribeGroupsRequest::default() };
        loop {
            let answer = raw.ask(&request, DESCRIBE)?;
            let group = answer.groups.first().context("a group was asked for")?;
            if group.error_code == ErrorCode::NONE && group.members.len() == count {
                return Ok(());
            }
            ensure!(!deadline.is_past(), "not {count} members: {group:?}");
        }
    }

    fn join(&self, member_id: &str) -> Result<Vec<u8>> {
        let protocol = JoinGroupRequestProtocol {
            name: "range".into(),
            metadata: Bytes::from_static(SUBSCRIPTION),
            ..JoinGroupRequestProtocol::default()
        };
        let request = JoinGroupRequest {
            group_id: self.0.clone(),
            session_timeout_ms: SESSION_MS,
            rebalance_timeout_ms: SESSION_MS,
            member_id: member_id.into(),
            protocol_type: "consumer".into(),
            protocols: vec![protocol],
            ..JoinGroupRequest::default()
        };
        frame(&request, JOIN)
    }

    /// The leader gives everybody something.
    fn sync(&self, answer: &JoinGroupResponse, ids: &[Text]) -> Result<Vec<u8>> {
        let is_leader = answer.leader == answer.member_id;
        let assignments = ids.iter().filter(|_| is_leader).map(|id| SyncGroupRequestAssignment {
            member_id: id.clone(),
            assignment: Bytes::from_static(b"assignment"),
            ..SyncGroupRequestAssignment::default()
        });
        let request = SyncGroupRequest {
            group_id: self.0.clone(),
            generation_id: answer.generation_id,
            member_id: answer.member_id.clone(),
            assignments: assignments.collect(),
            ..SyncGroupRequest::default()
        };
        frame(&request, SYNC)
    }
}
