//! Random requests at random times drive the state as a machine.

use std::collections::BTreeMap;

use bytes::Bytes;
use kafka_trial_wire::records::{Batch, BatchBuilder};
use proptest::prelude::*;

use crate::{
    Commit, Completion, ConsumerHeartbeat, Happened, JoinRequest, LogConfig, Node, Settings, State, SyncRequest, Time,
    TopicPartition, TransactionVersion,
};

const START: Time = Time(1_700_000_000_000_000);
const TOPICS: [&str; 3] = ["a", "b", "compacted"];

/// A request to a cluster, or a step of its time.
#[derive(Clone, Debug)]
pub(super) enum Step {
    Append { topic: usize, partition: i32, records: u8, idempotent: bool },
    Begin { id: u8 },
    AppendInTransaction { id: u8, topic: usize, partition: i32 },
    End { id: u8, commits: bool },
    Join { group: u8, member: u8 },
    Sync { group: u8, member: u8 },
    Beat { member: u8 },
    Commit { group: u8, topic: usize, offset: i64 },
    DeleteRecords { topic: usize, offset: i64 },
    AddTopic { name: u8 },
    RemoveTopic { name: u8 },
    StopBroker { id: i32 },
    StartBroker { id: i32 },
    MoveLeader { topic: usize, id: i32 },
    Compact,
    Pass { ms: i64 },
}

fn step() -> impl Strategy<Value = Step> {
    let topic = 0..TOPICS.len();
    prop_oneof![
        8 => (topic.clone(), 0..2i32, 1..5u8, any::<bool>())
            .prop_map(|(topic, partition, records, idempotent)| Step::Append { topic, partition, records, idempotent }),
        2 => (0..2u8).prop_map(|id| Step::Begin { id }),
        3 => (0..2u8, topic.clone(), 0..2i32)
            .prop_map(|(id, topic, partition)| Step::AppendInTransaction { id, topic, partition }),
        2 => (0..2u8, any::<bool>()).prop_map(|(id, commits)| Step::End { id, commits }),
        3 => (0..2u8, 0..3u8).prop_map(|(group, member)| Step::Join { group, member }),
        3 => (0..2u8, 0..3u8).prop_map(|(group, member)| Step::Sync { group, member }),
        3 => (0..3u8).prop_map(|member| Step::Beat { member }),
        2 => (0..2u8, topic.clone(), 0..20i64).prop_map(|(group, topic, offset)| Step::Commit { group, topic, offset }),
        1 => (topic.clone(), 0..10i64).prop_map(|(topic, offset)| Step::DeleteRecords { topic, offset }),
        1 => (0..2u8).prop_map(|name| Step::AddTopic { name }),
        1 => (0..2u8).prop_map(|name| Step::RemoveTopic { name }),
        1 => (0..3i32).prop_map(|id| Step::StopBroker { id }),
        2 => (0..3i32).prop_map(|id| Step::StartBroker { id }),
        1 => (topic, 0..3i32).prop_map(|(topic, id)| Step::MoveLeader { topic, id }),
        1 => Just(Step::Compact),
        4 => (0..20_000i64).prop_map(|ms| Step::Pass { ms }),
        1 => (20_000..900_000i64).prop_map(|ms| Step::Pass { ms }),
    ]
}

/// A cluster with all of its outputs.
#[derive(Clone, Debug)]
struct Machine {
    state: State,
    members: BTreeMap<(u8, u8), (String, i32)>,
    epochs: BTreeMap<u8, i32>,
    producers: BTreeMap<u8, (i64, i16)>,
    next_ticket: u64,
    asked: BTreeMap<u64, (u8, u8)>,
    results: Vec<String>,
    happened: Vec<Happened>,
    completed: Vec<Completion>,
}

impl Machine {
    fn new(seed: u64) -> Self {
        let properties = [
            ("log.retention.check.interval.ms", "10000"),
            ("group.initial.rebalance.delay.ms", "3000"),
            ("transaction.marker.delay.ms", "0"),
            ("trial.transaction.marker.delay.ms", "40"),
        ];
        let properties = properties.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
        let (settings, _) = Settings::parse(&properties).unwrap();
        let node = |id| Node { id, host: "127.0.0.1".to_owned(), port: 9092, rack: None };
        let mut state = State::new(settings, (0..3).map(node).collect(), seed, START);
        for name in TOPICS {
            add_topic(&mut state, name);
        }
        Self {
            state,
            members: BTreeMap::new(),
            epochs: BTreeMap::new(),
            producers: BTreeMap::new(),
            next_ticket: 0,
            asked: BTreeMap::new(),
            results: Vec::new(),
            happened: Vec::new(),
            completed: Vec::new(),
        }
    }

    fn take(&mut self, step: &Step) {
        let result = self.act(step);
        self.results.push(result);
        self.state.take_events(&mut self.happened);
        for completion in self.state.take_completions() {
            if let crate::GroupReply::Join(reply) = &completion.reply
                && let Some(asker) = self.asked.get(&completion.ticket)
                && !reply.member_id.is_empty()
            {
                self.members.insert(*asker, (reply.member_id.clone(), reply.generation));
            }
            self.completed.push(completion);
        }
    }

    fn act(&mut self, step: &Step) -> String {
        let state = &mut self.state;
        match step.clone() {
            Step::Append { topic, partition, records, idempotent } => {
                let id = state.topics().get(TOPICS[topic]).unwrap().id;
                let found = state.topics().by_id(id).and_then(|topic| topic.partition(partition)).unwrap();
                let known = found.producers.iter().find(|(id, _)| *id == 99);
                let sequence = known.map_or(0, |(_, producer)| producer.last_sequence() + 1);
                let producer = idempotent.then_some((99, 0, sequence));
                format!("{:?}", state.append(id, partition, batch(records, producer, false), None))
            }
            Step::Begin { id } => {
                let begun = state.begin_transactional_producer(&name("txn", id), 15_000, None);
                if let Ok(producer) = begun {
                    self.producers.insert(id, producer);
                }
                format!("{begun:?}")
            }
            Step::AppendInTransaction { id, topic, partition } => {
                let Some((producer, epoch)) = self.producers.get(&id).copied() else { return String::new() };
                let topic_id = state.topics().get(TOPICS[topic]).unwrap().id;
                let at = TopicPartition::new(TOPICS[topic], partition);
                let added = state.add_to_transaction(&name("txn", id), (producer, epoch), TransactionVersion::V2, [at]);
                if added.is_err() {
                    return format!("{added:?}");
                }
                let found = state.topics().by_id(topic_id).and_then(|topic| topic.partition(partition)).unwrap();
                let known = found.producers.iter().find(|(id, known)| *id == producer && known.epoch == epoch);
                let sequence = known.map_or(0, |(_, producer)| producer.last_sequence() + 1);
                let batch = batch(2, Some((producer, epoch, sequence)), true);
                state.begin_verification(topic_id, partition, &batch);
                format!("{:?}", state.append(topic_id, partition, batch, Some(TransactionVersion::V2)))
            }
            Step::End { id, commits } => {
                let Some((producer, epoch)) = self.producers.get(&id).copied() else { return String::new() };
                let ended = state.end_transaction(&name("txn", id), producer, epoch, commits, TransactionVersion::V2);
                if let Ok(next) = ended {
                    self.producers.insert(id, next);
                }
                format!("{ended:?}")
            }
            Step::Join { group, member } => {
                let ticket = self.ticket(group, member);
                let known = self.members.get(&(group, member)).cloned().unwrap_or_default();
                let join = JoinRequest {
                    member_id: known.0,
                    client_id: name("client", member),
                    client_host: "/127.0.0.1".to_owned(),
                    protocol_type: "consumer".to_owned(),
                    protocols: vec![("range".to_owned(), Bytes::from_static(b"\0\0\0\0\0\0\xff\xff\xff\xff"))],
                    session_timeout_ms: 10_000,
                    rebalance_timeout_ms: 30_000,
                    require_known_id: true,
                    ..JoinRequest::new(ticket)
                };
                self.state.join_group(&name("classic", group), join);
                String::new()
            }
            Step::Sync { group, member } => {
                let ticket = self.ticket(group, member);
                let (id, generation) = self.members.get(&(group, member)).cloned().unwrap_or_default();
                let assignments = BTreeMap::from([(id.clone(), Bytes::from_static(b"assigned"))]);
                let sync = SyncRequest {
                    ticket,
                    member_id: id,
                    instance_id: None,
                    generation,
                    protocol_type: None,
                    protocol: None,
                    assignments,
                };
                self.state.sync_group(&name("classic", group), sync);
                String::new()
            }
            Step::Beat { member } => {
                let epoch = self.epochs.get(&member).copied().unwrap_or(0);
                let beat = ConsumerHeartbeat {
                    member_id: name("member", member),
                    instance_id: None,
                    epoch,
                    rack_id: None,
                    client_id: name("client", member),
                    client_host: "/127.0.0.1".to_owned(),
                    rebalance_timeout_ms: (epoch == 0).then_some(15_000),
                    names: (epoch == 0).then(|| TOPICS.map(str::to_owned).into()),
                    regex: None,
                    assignor: None,
                    owned: (epoch == 0).then(Default::default),
                };
                let beaten = state.heartbeat_consumer("consumers", beat);
                self.epochs.insert(member, beaten.as_ref().map_or(0, |reply| reply.epoch));
                format!("{beaten:?}")
            }
            Step::Commit { group, topic, offset } => {
                let commit = Commit { offset, leader_epoch: -1, metadata: String::new(), expires: None };
                state.commit(&name("classic", group), vec![(TopicPartition::new(TOPICS[topic], 0), commit)]);
                String::new()
            }
            Step::DeleteRecords { topic, offset } => {
                let id = state.topics().get(TOPICS[topic]).unwrap().id;
                format!("{:?}", state.delete_records(id, 0, offset))
            }
            Step::AddTopic { name: number } => {
                let name = name("extra", number);
                if state.topics().get(&name).is_none() {
                    add_topic(state, &name);
                }
                String::new()
            }
            Step::RemoveTopic { name: number } => {
                state.remove_topic(&name("extra", number));
                String::new()
            }
            Step::StopBroker { id } => {
                if state.is_alive(id) {
                    state.stop_broker(id);
                }
                String::new()
            }
            Step::StartBroker { id } => {
                if !state.is_alive(id) {
                    state.start_broker(id);
                }
                String::new()
            }
            Step::MoveLeader { topic, id } => format!("{:?}", state.move_leader(TOPICS[topic], 0, id)),
            Step::Compact => format!("{:?}", state.compact_topic("compacted")),
            Step::Pass { ms } => {
                state.advance(state.now().plus_millis(ms));
                String::new()
            }
        }
    }

    fn ticket(&mut self, group: u8, member: u8) -> u64 {
        self.next_ticket += 1;
        self.asked.insert(self.next_ticket, (group, member));
        self.next_ticket
    }

    /// Returns everything that a reader of the cluster sees.
    fn seen(&self) -> String {
        format!("{:#?}", (&self.state, &self.results, &self.happened, &self.completed))
    }
}

fn name(kind: &str, number: u8) -> String {
    format!("{kind}-{number}")
}

fn add_topic(state: &mut State, name: &str) {
    let mut own = BTreeMap::from([("retention.ms".to_owned(), "60000".to_owned())]);
    if name == "compacted" {
        own.insert("cleanup.policy".to_owned(), "compact".to_owned());
    }
    let config = LogConfig::resolve(&own, state.settings()).unwrap();
    let replicas = state.place_replicas(2, 2, 0);
    state.add_topic(name, replicas, own, config);
}

fn batch(records: u8, producer: Option<(i64, i16, i32)>, transactional: bool) -> Batch {
    let mut builder = BatchBuilder::new();
    if let Some((id, epoch, sequence)) = producer {
        builder = builder.producer(id, epoch, sequence);
    }
    if transactional {
        builder = builder.transactional();
    }
    for number in 0..records {
        builder.push(START.millis(), Some(&[number]), Some(b"value"), &[]);
    }
    Batch::split(&mut builder.build().unwrap()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_same_inputs_give_the_same_outputs(seed: u64, steps in proptest::collection::vec(step(), 1..80)) {
        let run = || {
            let mut machine = Machine::new(seed);
            steps.iter().for_each(|step| machine.take(step));
            machine.seen()
        };
        prop_assert!(run() == run());
    }

    #[test]
    fn a_clone_and_its_original_never_affect_each_other(
        before in proptest::collection::vec(step(), 0..60),
        mine in proptest::collection::vec(step(), 0..40),
        theirs in proptest::collection::vec(step(), 0..40),
    ) {
        let after = |steps: &[Step]| {
            let mut machine = Machine::new(1);
            before.iter().chain(steps).for_each(|step| machine.take(step));
            machine.seen()
        };
        let mut original = Machine::new(1);
        before.iter().for_each(|step| original.take(step));
        let mut clone = original.clone();
        // Both run in turns, so that each writes where the other reads.
        for index in 0..mine.len().max(theirs.len()) {
            mine.get(index).into_iter().for_each(|step| original.take(step));
            theirs.get(index).into_iter().for_each(|step| clone.take(step));
        }
        prop_assert!(original.seen() == after(&mine));
        prop_assert!(clone.seen() == after(&theirs));
    }

    #[test]
    fn one_jump_in_time_has_the_same_outcome_as_many_small_steps(
        before in proptest::collection::vec(step(), 0..60),
        pauses in proptest::collection::vec(0..120_000i64, 1..20),
    ) {
        let mut jump = Machine::new(1);
        before.iter().for_each(|step| jump.take(step));
        let mut walk = jump.clone();
        jump.take(&Step::Pass { ms: pauses.iter().sum() });
        pauses.iter().for_each(|ms| walk.take(&Step::Pass { ms: *ms }));
        prop_assert_eq!(&jump.happened, &walk.happened);
        prop_assert_eq!(&jump.completed, &walk.completed);
        let seen = |machine: &Machine| format!("{:?}", machine.state);
        prop_assert!(seen(&jump) == seen(&walk));
    }
}
