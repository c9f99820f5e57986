//! From one topic of a route to the next: what became of it, and which part blocks.

use std::time::Duration;

use super::groups::GroupState;
use super::observation::Observation;
use super::route::Route;
use super::verdict::Verdict;
use crate::client::GroupPosition;
use crate::evidence::Handling;
use crate::evidence::Place;
use crate::evidence::Transaction;

/// One step of a route, judged.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Step {
    /// The topic that it leads from.
    pub from: String,
    /// The topic that it leads to. A route of one topic has one step, which leads from nowhere to it.
    pub to: String,
    /// What became of it.
    pub verdict: Verdict,
    /// One sentence that names the part that blocks, from evidence.
    pub explanation: String,
    /// The request, by its place in [`Flow::observations`](super::Flow::observations).
    pub request: Option<usize>,
    /// What came of it: an answer or a dead letter.
    pub answer: Option<usize>,
}

/// What is known around the records of a flow.
#[derive(Clone, Debug, Default)]
pub(super) struct Surroundings {
    /// Topics of the route that do not exist.
    pub(super) missing: Vec<String>,
    /// How many records of the first topic were looked through.
    pub(super) looked_through: usize,
    /// Topics that could not be read, or not to their ends, and why.
    pub(super) unread: Vec<(String, String)>,
    /// Why it may have been there before.
    pub(super) loss: Option<String>,
    /// An id in the first topic that is nearly the one looked for.
    pub(super) nearly: Option<(String, Place)>,
    /// Answers to ids that no request has.
    pub(super) orphans: Vec<(Place, String)>,
    pub(super) groups: Vec<GroupState>,
    /// How long was waited.
    pub(super) waited: Duration,
    /// Whether records of other topics were looked for, too.
    pub(super) elsewhere: bool,
}

/// A distance in time for people.
pub(super) fn time(micros: i64) -> String {
    match micros.unsigned_abs() {
        0..100_000 => format!("{:.1} ms", micros as f64 / 1e3),
        100_000..10_000_000 => format!("{} ms", micros / 1000),
        _ => format!("{:.1} s", micros as f64 / 1e6),
    }
}

fn span(duration: Duration) -> String {
    time(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX))
}

/// Judges a route step by step. A step whose request is missing ends it.
pub(super) fn judge(id: &str, observations: &[Observation], route: &Route, around: &Surroundings) -> Vec<Step> {
    let judge = Judge { id, observations, route, around };
    let topics = route.topics();
    let Some(first) = topics.first() else { return Vec::new() };
    let mut request = judge.request(first);
    let mut steps = Vec::new();
    if topics.len() == 1 {
        let found = request.and_then(|number| observations.get(number));
        let (verdict, explanation) = match found {
            Some(found) => (Verdict::Complete, format!("{} is there", found.place)),
            None => judge.absent(first, None),
        };
        let (from, to) = (first.clone(), first.clone());
        return vec![Step { from, to, verdict, explanation, request, answer: request }];
    }
    for pair in topics.windows(2) {
        let [from, to] = pair else { continue };
        let step = judge.step(from, to, request);
        let goes_on = step.verdict.is_final() && step.verdict != Verdict::AnsweredDlq;
        request = step.answer;
        steps.push(step);
        if !goes_on {
            break;
        }
    }
    steps
}

struct Judge<'a> {
    id: &'a str,
    observations: &'a [Observation],
    route: &'a Route,
    around: &'a Surroundings,
}

impl Judge<'_> {
    fn request(&self, topic: &str) -> Option<usize> {
        let carries = |o: &Observation| o.place.topic == topic && o.is_visible() && o.matched_by.is_some();
        self.observations.iter().position(carries)
    }

    fn step(&self, from: &str, to: &str, request: Option<usize>) -> Step {
        let step = |verdict, explanation, answer| {
            let (from, to) = (from.to_owned(), to.to_owned());
            Step { from, to, verdict, explanation, request, answer }
        };
        // By the clocks of producers an answer may look older than its request: it only has to be another record.
        let answers = |o: &Observation| o.place.topic == to && o.is_visible() && o.matched_by.is_some();
        let mut answers =
            self.observations.iter().enumerate().filter(|(number, o)| Some(*number) != request && answers(o));
        let answer = answers.next();
        let Some(asked) = request.and_then(|number| self.observations.get(number)) else {
            let (verdict, text) = self.absent(from, answer.map(|(_, answer)| &answer.place));
            return step(verdict, text, answer.map(|(number, _)| number));
        };
        let place = &asked.place;
        if let Some((number, answer)) = answer {
            let micros = answer.micros() - asked.micros();
            let after = format!("{place} was answered by {} after {}", answer.place, time(micros));
            let limit = self.route.limit().unwrap_or(self.around.waited);
            let is_late = i128::from(micros) > i128::try_from(limit.as_micros()).unwrap_or(i128::MAX);
            if let Some(error) = &answer.error {
                return step(Verdict::AnsweredError, format!("{after} with an error: {error}"), Some(number));
            }
            if is_late && !limit.is_zero() {
                return step(Verdict::AnsweredLate, format!("{after}; the limit is {}", span(limit)), Some(number));
            }
            return step(Verdict::Complete, after, Some(number));
        }
        let is_letter = |o: &Observation| match &o.origin {
            Some(origin) => origin == place,
            None => self.route.is_dead_letter(&o.place.topic) && o.matched_by.is_some(),
        };
        let letter = self.observations.iter().position(|o| is_letter(o) && o.is_visible());
        if let Some((number, letter)) = letter.and_then(|number| Some((number, self.observations.get(number)?))) {
            let after = time(letter.micros() - asked.micros());
            let reason = letter.error.as_ref().map(|error| format!(": {error}")).unwrap_or_default();
            let text = format!("{place} went to the dead letters, {}, after {after}{reason}", letter.place);
            return step(Verdict::AnsweredDlq, text, Some(number));
        }
        let (verdict, text) = self.unanswered(asked, to);
        step(verdict, text, None)
    }

    /// Why a topic could not be read, or not to its end.
    fn unread(&self, topic: &str) -> Option<&str> {
        let unread = self.around.unread.iter().find(|(known, _)| known == topic);
        unread.map(|(_, reason)| reason.as_str())
    }

    /// The request is nowhere to be seen; was it never there?
    fn absent(&self, topic: &str, answer: Option<&Place>) -> (Verdict, String) {
        let is_hidden = self.observations.iter().any(|o| o.place.topic == topic && !o.is_visible());
        let text = self.never_produced(topic, answer);
        match self.unread(topic).filter(|_| !is_hidden) {
            Some(reason) => (Verdict::CannotBeKnown, format!("{text}, which proves nothing: {reason}")),
            None => (Verdict::NeverProduced, text),
        }
    }

    fn never_produced(&self, topic: &str, answer: Option<&Place>) -> String {
        let Self { id, around, .. } = self;
        if around.missing.iter().any(|missing| missing == topic) {
            return format!("topic {topic} does not exist");
        }
        let of_topic = |o: &&Observation| o.place.topic == topic && !o.is_visible();
        if let Some(hidden) = self.observations.iter().find(of_topic) {
            let became = if hidden.transaction == Transaction::Aborted { "was aborted" } else { "is still open" };
            return format!("{} carries {id}, but its transaction {became}", hidden.place);
        }
        let records = match around.looked_through {
            1 => "1 record was".to_owned(),
            count => format!("{count} records were"),
        };
        let mut text = format!("no record of {topic} carries {id} ({records} looked through)");
        if let Some(answer) = answer {
            text += &format!(", although {answer} does");
        }
        if let Some((near, place)) = &around.nearly {
            text += &format!("; {place} carries {near:?}, which is nearly the same");
        }
        if let Some(loss) = &around.loss {
            text += &format!("; {loss}");
        }
        text
    }

    /// The request is there and nothing that answers it: who should have, and how far has it got?
    fn unanswered(&self, request: &Observation, to: &str) -> (Verdict, String) {
        // What nobody has fetched, nobody has answered.
        let was_fetched = request.handled.as_ref().is_none_or(|handled| !handled.is_empty());
        if let Some(reason) = self.unread(to).filter(|_| was_fetched) {
            let text = format!("{} is there; whether {to} answers it cannot be known: {reason}", request.place);
            return (Verdict::CannotBeKnown, text);
        }
        let (verdict, mut text) = match &request.handled {
            Some(handled) if !handled.is_empty() => (Verdict::FetchedNotAnswered, self.fetched(request, handled)),
            Some(_) => (Verdict::ProducedNotFetched, self.not_fetched(request)),
            None => self.by_groups(request),
        };
        if let Some(hint) = self.hint(request, to) {
            text += &format!("; {hint}");
        } else if verdict == Verdict::FetchedNotAnswered {
            text += &format!("; nothing has come in {to} within {}", span(self.around.waited));
        }
        (verdict, text)
    }

    /// What there is instead of an answer.
    fn hint(&self, request: &Observation, to: &str) -> Option<String> {
        if self.around.missing.iter().any(|missing| missing == to) {
            return Some(format!("topic {to} does not exist"));
        }
        let mut others = self.observations.iter().filter(|o| o.place != request.place);
        let changed = others.clone().find(|o| o.place.topic == to && o.matched_by.is_none());
        if let Some(changed) = changed {
            return Some(format!("{} answers it, but does not carry its id", changed.place));
        }
        if let Some(hidden) = others.clone().find(|o| o.place.topic == to && !o.is_visible()) {
            let became = if hidden.transaction == Transaction::Aborted { "was aborted" } else { "is still open" };
            return Some(format!("the answer {} is there, but its transaction {became}", hidden.place));
        }
        let known = |topic: &str| self.route.step_of(topic).is_some();
        if let Some(stray) = others.find(|o| !known(&o.place.topic) && o.is_visible()) {
            return Some(format!("{} carries its id, but an answer is expected in {to}", stray.place));
        }
        let (orphan, id) = self.around.orphans.first()?;
        Some(format!("{orphan} answers {id:?}, an id that no request has"))
    }

    /// By the broker's journal: who was sent the record.
    fn fetched(&self, request: &Observation, handled: &[Handling]) -> String {
        let wanted =
            |handling: &&Handling| self.route.group().is_none_or(|group| handling.group.as_deref() == Some(group));
        let Some(last) = handled.iter().rfind(wanted).or_else(|| handled.last()) else {
            return format!("{} was fetched", request.place);
        };
        let group = last.group.clone().or_else(|| self.holder(request, last));
        let who = match (&group, &last.member) {
            (Some(group), Some(member)) => format!("member {member} of group {group} (client {})", last.client_id),
            (Some(group), None) => format!("group {group} (client {})", last.client_id),
            _ if last.candidates.is_empty() => format!("client {}, which is in no group,", last.client_id),
            _ => {
                let groups = last.candidates.join(" and ");
                format!("client {} (in groups {groups}; a fetch does not say for which)", last.client_id)
            }
        };
        let begin = request.micros();
        let mut text = format!("{who} fetched {} at +{}", request.place, time(last.fetched_at - begin));
        if let Some(at) = last.committed_at {
            text += &format!(", committed it at +{}", time(at - begin));
        } else if let Some(position) = group.as_ref().and_then(|group| self.position(group, request)) {
            let committed = position.committed.map_or("nothing".to_owned(), |offset| offset.to_string());
            let lag = position.lag().map_or(String::new(), |lag| format!(", lag {lag}"));
            text += &format!(", has committed {committed} of {}{lag}", position.partition);
        }
        text + " and has answered nothing since"
    }

    /// The one group that a reading may be of which has its client assigned to the partition.
    fn holder(&self, request: &Observation, reading: &Handling) -> Option<String> {
        let partition = request.place.topic_partition();
        let holds = |group: &&GroupState| {
            let position = group.position(&partition);
            position.is_some_and(|position| position.client_id.as_deref() == Some(&reading.client_id))
        };
        let mut holders = self.around.groups.iter().filter(holds).map(|group| &group.id);
        let only = holders.next().filter(|group| reading.candidates.contains(group))?;
        holders.next().is_none().then(|| only.clone())
    }

    /// Where a group stands in the partition of a record.
    fn position(&self, group: &str, record: &Observation) -> Option<&GroupPosition> {
        let group = self.around.groups.iter().find(|known| known.id == group)?;
        group.position(&record.place.topic_partition())
    }

    /// By the broker's journal nobody was sent the record: why not?
    fn not_fetched(&self, request: &Observation) -> String {
        match self.blocked(request).into_iter().next() {
            Some(blocked) => blocked,
            None => format!("nobody has fetched {}, and no group reads {}", request.place, request.place.topic),
        }
    }

    /// By what groups have committed, which is all that a cluster tells.
    fn by_groups(&self, request: &Observation) -> (Verdict, String) {
        let place = &request.place;
        let passed = self.groups(&place.topic).find_map(|group| {
            let committed = group.position(&place.topic_partition())?.committed?;
            (committed > place.offset).then_some((group, committed))
        });
        if let Some((group, committed)) = passed {
            let mut text = format!(
                "group {} has committed {} up to {committed}, past {place}, and has not answered it",
                group.id,
                place.topic_partition()
            );
            if group.members.is_empty() {
                text += ", and has no members now";
            }
            if let Some(blocked) = self.blocked(request).first() {
                text += &format!(" ({blocked})");
            }
            return (Verdict::FetchedNotAnswered, text);
        }
        match self.blocked(request).into_iter().next() {
            Some(blocked) => (Verdict::ProducedNotFetched, blocked),
            None => {
                let text = match self.route.group() {
                    Some(group) => format!("group {group} has never read {}", place.topic),
                    None => format!("no group reads {}", place.topic),
                };
                let unseen = "a reader without a group cannot be seen from outside";
                (Verdict::ProducedNotFetched, format!("{place} is there, and {text}; {unseen}"))
            }
        }
    }

    fn groups(&self, topic: &str) -> impl Iterator<Item = &GroupState> {
        let wanted = |group: &&GroupState| self.route.group().is_none_or(|wanted| group.id == wanted);
        self.around.groups.iter().filter(wanted).filter(move |group| group.reads(topic))
    }

    /// The groups that have not got past the record, each with what keeps it.
    fn blocked(&self, request: &Observation) -> Vec<String> {
        let place = &request.place;
        let partition = place.topic_partition();
        let reason = |group: &GroupState| {
            let position = group.position(&partition);
            let committed = position.and_then(|position| position.committed);
            if committed.is_some_and(|committed| committed > place.offset) {
                return None;
            }
            let (id, lag) = (&group.id, group.lag(&place.topic));
            if group.members.is_empty() {
                return Some(match lag {
                    Some(lag) => format!("group {id} has no members, lag {lag} on {}", place.topic),
                    None => format!("group {id} has no members and has committed nothing of {}", place.topic),
                });
            }
            let members = match group.members.len() {
                1 => "1 member".to_owned(),
                count => format!("{count} members"),
            };
            let Some(client) = position.and_then(|position| position.client_id.as_deref()) else {
                let state = &group.state;
                return Some(format!(
                    "group {id} has {members}, and none of them is assigned {partition} (state {state})"
                ));
            };
            let member = group.members.iter().find(|member| member.assigned.contains(&partition));
            let member = member.map_or(client, |member| member.id.as_str());
            let at = match (committed, position.and_then(|position| position.lag())) {
                (Some(committed), Some(lag)) => format!("stands at {committed} of {partition}, lag {lag}"),
                _ => format!("has committed nothing of {partition}"),
            };
            Some(format!("member {member} of group {id} (client {client}) {at}, and has not got past {place}"))
        };
        self.groups(&place.topic).filter_map(reason).collect()
    }
}
