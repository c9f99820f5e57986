//! What the cluster has to look like after each step.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use fastrand::Rng;
use kafka_trial::client::TopicView;

/// Something that happens to the cluster. As text it is a line of `kafka-trial serve --control`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Stop(i32),
    Start(i32),
    MoveLeader { topic: String, partition: i32, to: i32 },
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stop(id) => write!(f, "stop {id}"),
            Self::Start(id) => write!(f, "start {id}"),
            Self::MoveLeader { topic, partition, to } => write!(f, "move-leader {topic} {partition} {to}"),
        }
    }
}

/// Brokers, and who leads; every partition has a replica on every broker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Model {
    brokers: BTreeSet<i32>,
    running: BTreeSet<i32>,
    partitions: BTreeMap<(String, i32), Partition>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Partition {
    /// In the order in which they are preferred.
    replicas: Vec<i32>,
    leader: i32,
}

impl Model {
    /// A cluster as it is found, all of its brokers running.
    pub(super) fn of(brokers: BTreeSet<i32>, topics: &[TopicView]) -> Self {
        let partitions = topics.iter().flat_map(|topic| {
            topic.partitions.iter().map(|partition| {
                let leader = partition.leader.unwrap_or(-1);
                ((topic.name.clone(), partition.index), Partition { replicas: partition.replicas.clone(), leader })
            })
        });
        Self { running: brokers.clone(), brokers, partitions: partitions.collect() }
    }

    /// The brokers that run.
    pub(super) fn running(&self) -> &BTreeSet<i32> {
        &self.running
    }

    /// The brokers that do not.
    pub(super) fn stopped(&self) -> Vec<i32> {
        self.brokers.difference(&self.running).copied().collect()
    }

    /// One of the steps that are possible now. One broker always runs.
    pub(super) fn choose(&self, rng: &mut Rng) -> Step {
        let pick = |rng: &mut Rng, ids: &[i32]| rng.choice(ids).copied();
        let running: Vec<i32> = self.running.iter().copied().collect();
        let stop = (running.len() > 1).then(|| pick(rng, &running)).flatten().map(Step::Stop);
        let start = pick(rng, &self.stopped()).map(Step::Start);
        let to = pick(rng, &running).unwrap_or_default();
        let moved = rng.choice(self.partitions.keys()).map(|(topic, partition)| Step::MoveLeader {
            topic: topic.clone(),
            partition: *partition,
            to,
        });
        // Half of the steps are about brokers, so that both kinds meet.
        let (stop, start, moved) = (stop.into_iter(), start.into_iter(), moved.into_iter());
        let steps: Vec<Step> = match rng.u8(0..4) {
            0 => stop.chain(moved).collect(),
            1 => start.chain(stop).collect(),
            _ => moved.chain(start).collect(),
        };
        steps.into_iter().next().unwrap_or(Step::Stop(to))
    }

    /// What a step makes of it.
    pub(super) fn apply(&mut self, step: &Step) {
        match step {
            Step::Start(id) => _ = self.running.insert(*id),
            Step::MoveLeader { topic, partition, to } => {
                if let Some(partition) = self.partitions.get_mut(&(topic.clone(), *partition)) {
                    partition.leader = *to;
                }
            }
            Step::Stop(id) => {
                self.running.remove(id);
                for partition in self.partitions.values_mut().filter(|partition| partition.leader == *id) {
                    let next = partition.replicas.iter().find(|replica| self.running.contains(replica));
                    partition.leader = next.copied().unwrap_or(-1);
                }
            }
        }
    }

    /// Where a broker shows the cluster otherwise.
    pub(super) fn differences(&self, shown_by: i32, brokers: &BTreeSet<i32>, topics: &[TopicView]) -> Vec<String> {
        let mut differences = Vec::new();
        if *brokers != self.running {
            differences.push(format!("broker {shown_by} shows brokers {brokers:?}, running are {:?}", self.running));
        }
        for ((topic, index), expected) in &self.partitions {
            let found = topics.iter().find(|found| found.name == *topic);
            let found = found.and_then(|found| found.partitions.iter().find(|found| found.index == *index));
            let leader = found.and_then(|found| found.leader).unwrap_or(-1);
            let in_sync: BTreeSet<i32> = found.map(|found| found.in_sync.iter().copied().collect()).unwrap_or_default();
            if leader != expected.leader || in_sync != self.running {
                differences.push(format!(
                    "broker {shown_by} shows {topic}-{index} led by {leader} with {in_sync:?} in sync; it is led by {} \
                     with {:?}",
                    expected.leader, self.running
                ));
            }
        }
        differences
    }
}

#[cfg(test)]
mod tests {
    use kafka_trial::client::PartitionView;
    use kafka_trial_wire::Uuid;

    use super::*;

    fn model() -> Model {
        let partition = |index: i32| PartitionView {
            index,
            leader: Some(index + 1),
            replicas: (0..3).map(|replica| (index + replica) % 3 + 1).collect(),
            in_sync: vec![1, 2, 3],
        };
        let partitions = (0..3).map(partition).collect();
        let topic = TopicView { name: "t".to_owned(), id: Uuid::ZERO, is_internal: false, partitions };
        Model::of(BTreeSet::from([1, 2, 3]), &[topic])
    }

    #[test]
    fn the_next_replica_that_runs_leads_and_keeps_on_leading() {
        let mut model = model();
        for step in [Step::Stop(2), Step::Stop(1), Step::Start(1)] {
            model.apply(&step);
        }
        let leaders: Vec<i32> = model.partitions.values().map(|partition| partition.leader).collect();
        assert_eq!(leaders, [3, 3, 3]);
        assert_eq!(model.stopped(), [2]);
    }

    #[test]
    fn a_seed_gives_the_same_steps_and_one_broker_always_runs() {
        let steps = |seed| {
            let (mut model, mut rng) = (model(), Rng::with_seed(seed));
            let steps: Vec<Step> = (0..200)
                .map(|_| {
                    let step = model.choose(&mut rng);
                    model.apply(&step);
                    assert!(!model.running().is_empty(), "after {step}");
                    step
                })
                .collect();
            steps
        };
        assert_eq!(steps(7), steps(7));
        assert_ne!(steps(7), steps(8));
        let kinds: BTreeSet<_> = steps(7).iter().map(std::mem::discriminant).map(|kind| format!("{kind:?}")).collect();
        assert_eq!(kinds.len(), 3);
    }
}
