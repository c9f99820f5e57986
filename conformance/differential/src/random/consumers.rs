//! Members of the consumer protocol (KIP-848). Their ids are the same in all runs, because Kafka goes through members in
//! the order of their hashes; so no member of the classic protocol, whose id the coordinator makes, is among them.

use fastrand::Rng;

use super::sequence::Subject;

/// The members, each with its instance if it is static.
const MEMBERS: &[(&str, Option<&str>)] = &[("x", None), ("y", None), ("z", Some("i")), ("w", Some("i"))];

/// A heartbeat: it joins, stays, says what it owns, or leaves. Epochs count up from 1, so one of the first few is right
/// often enough.
pub(super) fn consumer(rng: &mut Rng, subject: &Subject) -> String {
    let (name, instance) = MEMBERS.get(rng.usize(0..MEMBERS.len())).copied().unwrap_or_default();
    let instance = instance.map(|instance| format!(", InstanceId: {instance}")).unwrap_or_default();
    let who = format!("ConsumerGroupHeartbeat 1\n    GroupId: @k, MemberId: {name}{instance}");
    let join = |topics: &str| {
        format!("{who}, RebalanceTimeoutMs: 60000\n    SubscribedTopicNames: [{topics}]\n    TopicPartitions: []\n")
    };
    match rng.u8(0..10) {
        0..3 => join(&format!("@{}", subject.topic)),
        3 => join("@a, @b"),
        4..6 => format!("{who}, MemberEpoch: {}\n", rng.u8(1..6)),
        6..8 => {
            let owned = ["0", "1", "0, 1", ""].get(rng.usize(0..4)).copied().unwrap_or_default();
            let topic = subject.topic;
            format!(
                "{who}, MemberEpoch: {}\n    TopicPartitions: [{{TopicId: ${topic}, Partitions: [{owned}]}}]\n",
                rng.u8(1..6)
            )
        }
        8 => format!("{who}, MemberEpoch: -1\n"),
        _ => format!("{who}, MemberEpoch: -2\n"),
    }
}
