//! Members of the classic protocol, dynamic and static.

use fastrand::Rng;

use super::sequence::Subject;

const MEMBER: &str = "SessionTimeoutMs: 60000, RebalanceTimeoutMs: 60000, ProtocolType: consumer";

/// The members that have asked to join; each is known by its place here.
#[derive(Default)]
pub(super) struct Members(Vec<Member>);

#[derive(Clone, Copy)]
struct Member {
    group: &'static str,
    instance: Option<&'static str>,
}

impl Member {
    /// `, GroupInstanceId: i` of a static member.
    fn instance(self) -> String {
        self.instance.map(|instance| format!(", GroupInstanceId: {instance}")).unwrap_or_default()
    }
}

impl Members {
    pub(super) fn operation(&mut self, rng: &mut Rng, subject: &Subject) -> String {
        if self.0.is_empty() || rng.u8(0..4) == 0 {
            return self.join(rng, subject);
        }
        let number = rng.usize(0..self.0.len());
        let Some(member) = self.0.get(number).copied() else { return String::new() };
        let Subject { place, topic, .. } = *subject;
        let (group, instance) = (member.group, member.instance());
        let who = format!("GroupId: @{group}, GenerationId: $e{number}, MemberId: $m{number}{instance}");
        match rng.u8(0..6) {
            0 => format!("Heartbeat 3\n    {who}\n"),
            1 => format!("LeaveGroup 3\n    GroupId: @{group}\n    Members: [{{MemberId: $m{number}{instance}}}]\n"),
            2 => format!(
                "{}    MemberId: $m{number}\nwaits j{place}\n    save e{number} = GenerationId\n",
                join_line(place, topic, member)
            ),
            3 | 4 => format!(
                "SyncGroup 3 on c{place} later s{place}\n    {who}\n    Assignments: [{{MemberId: $m{number}, Assignment: a{place}}}]\nwaits s{place}\n"
            ),
            _ => format!(
                "OffsetCommit 7\n    GroupId: @{group}, GenerationIdOrMemberEpoch: $e{number}, MemberId: $m{number}{instance}\n{}",
                subject.commits()
            ),
        }
    }

    fn join(&mut self, rng: &mut Rng, subject: &Subject) -> String {
        let Subject { place, topic, group, .. } = *subject;
        let number = self.0.len();
        let instance = [None, None, Some("i"), Some("j")].get(rng.usize(0..4)).copied().flatten();
        let member = Member { group, instance };
        self.0.push(member);
        format!(
            "{}waits j{place}\n    save m{number} = MemberId\n    save e{number} = GenerationId\n",
            join_line(place, topic, member)
        )
    }
}

/// Version 3 lets a member in that has no id yet; static members need 5, and have no need of an id.
fn join_line(place: usize, topic: &str, member: Member) -> String {
    let version = if member.instance.is_some() { 5 } else { 3 };
    format!(
        "JoinGroup {version} on c{place} later j{place}\n    GroupId: @{}, {MEMBER}{}\n    Protocols: [{{Name: range, Metadata: {{ConsumerProtocolSubscription: {{Topics: [@{topic}]}}, version: 1}}}}]\n",
        member.group,
        member.instance()
    )
}
