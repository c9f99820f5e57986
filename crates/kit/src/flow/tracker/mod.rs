//! Following ids through a cluster.

mod open;
mod retained;
mod shared;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

pub use self::shared::SharedTracker;
use super::anomaly::anomalies;
use super::expect::Expect;
use super::follow::Follow;
use super::hop::hops;
use super::model::{Flow, Source};
use super::observation::Observation;
use super::route::Route;
use super::step::{Surroundings, judge};
use super::verdict::Verdict;
use crate::client::{ClientError, Deadline, Start, Stopwatch, ToEndpoint};
use crate::evidence::{Entry, Index, Locators, Log, Place, Reading, Tap, Traffic};
use crate::value::Values;
use crate::{Cluster, EmbeddedCluster, journal};

/// How long one look takes at most before topics that are missing are looked for again.
const LOOK: Duration = Duration::from_millis(100);
/// How long what is there already may take to be read, however short the wait for more is.
const CATCH_UP: Duration = Duration::from_secs(5);
/// How much is held of what belongs to no flow asked for.
const MEMORY: usize = 256 << 20;

/// Reads topics without a group and knows every flow in them. Records of other flows that it comes by are kept by their
/// ids, so that the next question finds them at once, as long as there is room: see [`FlowTracker::memory`].
///
/// ```
/// use std::time::Duration;
/// use kafka_trial::client::Deadline;
/// use kafka_trial::flow::{Follow, FlowTracker, Route, Verdict};
/// use kafka_trial::{Cluster, ClusterConfig, TopicSpec};
///
/// let cluster = Cluster::start(ClusterConfig { topics: vec![TopicSpec::new("requests", 1)], ..Default::default() })?;
/// let mut tracker = FlowTracker::connect(&cluster.bootstrap_servers(), Deadline::after(Duration::from_secs(5)))?;
/// let flow = tracker.follow(&Follow::new("order-7", Route::through(["requests", "responses"])), Duration::ZERO);
/// assert_eq!(flow.verdict, Verdict::NeverProduced);
/// assert_eq!(flow.explanation, "no record of requests carries order-7 (0 records were looked through)");
/// # Ok::<(), kafka_trial::Error>(())
/// ```
#[derive(Debug)]
pub struct FlowTracker {
    log: Log,
    index: Index,
    reading: Reading,
    /// The journal of an embedded cluster.
    tap: Option<Tap>,
    /// Whether golden files are written instead of being compared.
    records_golden: bool,
    /// What is waited for at present, by number.
    asked: BTreeMap<u64, Asked>,
    next: u64,
}

/// What one wait is about.
#[derive(Debug)]
struct Asked {
    /// The ids, each with the topics of its answers.
    ids: BTreeMap<String, BTreeSet<String>>,
    topics: BTreeSet<String>,
}

/// How flows are waited for.
#[derive(Clone, Copy)]
struct Wait {
    timeout: Duration,
    /// How long was waited by the flow's account.
    waited: Duration,
    /// Whether groups and other topics are looked at where something is missing.
    is_thorough: bool,
}

impl Wait {
    fn thorough(timeout: Duration) -> Self {
        Self { timeout, waited: timeout, is_thorough: true }
    }

    fn brief(timeout: Duration) -> Self {
        Self { is_thorough: false, ..Self::thorough(timeout) }
    }
}

/// A wait that is under way.
struct Watch<'a> {
    number: u64,
    follows: &'a [Follow],
    wait: Wait,
    deadline: Deadline,
    quiet: Duration,
    /// Since when no record has come, where it has to be quiet in the end.
    unchanged: Stopwatch,
    members: usize,
    settled: Vec<Option<Flow>>,
}

impl FlowTracker {
    /// Connects to a cluster; topics are read from their beginning. The error says why it cannot be reached.
    pub fn connect(endpoint: impl ToEndpoint, deadline: Deadline) -> Result<Self, ClientError> {
        Self::connect_from(endpoint, Start::Earliest, deadline)
    }

    /// The same, with topics read from another place on.
    pub fn connect_from(endpoint: impl ToEndpoint, start: Start, deadline: Deadline) -> Result<Self, ClientError> {
        let log = Log::open(&endpoint.to_endpoint()?, start, deadline)?;
        Ok(Self {
            log,
            index: Index::new(MEMORY),
            reading: Reading::default(),
            tap: None,
            records_golden: false,
            asked: BTreeMap::new(),
            next: 0,
        })
    }

    /// On an embedded cluster. Its journal tells what no log does: who has fetched and committed a record, and when the
    /// broker appended it.
    pub fn on(cluster: &Cluster, deadline: Deadline) -> Result<Self, ClientError> {
        Self::embedded(cluster.embedded(), deadline)
    }

    pub(crate) fn embedded(cluster: &Arc<EmbeddedCluster>, deadline: Deadline) -> Result<Self, ClientError> {
        Ok(Self { tap: Some(Tap::new(cluster)), ..Self::connect(cluster.bootstrap_servers(), deadline)? })
    }

    /// Takes what `entries` gives for the journal of the cluster, as [`FlowTracker::on`] takes the journal itself. It is
    /// called at each look, and gives what has been journaled since the last.
    ///
    /// ```no_run
    /// # use std::time::Duration;
    /// # use kafka_trial::client::Deadline;
    /// # use kafka_trial::flow::FlowTracker;
    /// // What `kafka-trial serve --journal requests.jsonl` has written until now.
    /// let text = std::fs::read_to_string("requests.jsonl").unwrap_or_default();
    /// let mut entries: Vec<_> = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    /// let tracker = FlowTracker::connect("localhost:19092", Deadline::after(Duration::from_secs(5)))?
    ///     .journal(move || std::mem::take(&mut entries));
    /// # Ok::<(), kafka_trial::client::ClientError>(())
    /// ```
    pub fn journal(mut self, entries: impl FnMut() -> Vec<journal::Entry> + Send + Sync + 'static) -> Self {
        self.tap = Some(Tap::given(entries));
        self
    }

    /// Finds ids by these locators instead of the default ones, in what is read from now on.
    pub fn locators(mut self, locators: Locators) -> Self {
        self.reading.locators = locators;
        self
    }

    /// Reads values in this way from now on: with a decoder those that a schema registry has framed.
    pub fn values(mut self, values: Values) -> Self {
        self.reading.values = values;
        self
    }

    /// Holds about this many bytes of records at most, 256 MiB else, beside those of the flows asked for, which are always
    /// held. Where that is too little the oldest go; a question for one of them reads the topics again. It has to be said
    /// before the first question.
    pub fn memory(mut self, bytes: usize) -> Self {
        self.index = Index::new(bytes);
        self
    }

    /// Writes the golden files of flows that are complete, instead of comparing them: see [`Expect::golden`].
    pub fn update_golden(mut self, is_wanted: bool) -> Self {
        self.records_golden = is_wanted;
        self
    }

    /// Follows an id until something has come of it and all that is expected holds, for `timeout` at most. With a zero
    /// timeout it tells what is there. Whatever happens to the cluster meanwhile stands in the flow's remarks.
    pub fn follow(&mut self, follow: &Follow, timeout: Duration) -> Flow {
        let mut flows = self.follow_all(std::slice::from_ref(follow), timeout);
        flows.pop().unwrap_or_else(|| self.assemble(follow, &self.around(timeout), timeout))
    }

    /// Follows many ids at once; the flows are in the order of the ids.
    pub fn follow_all(&mut self, follows: &[Follow], timeout: Duration) -> Vec<Flow> {
        if !self.records_golden {
            return self.told(follows, timeout);
        }
        let recording: Vec<Follow> = follows.iter().map(Follow::recording).collect();
        let flows = self.told(&recording, timeout);
        recorded(&recording, flows)
    }

    fn told(&mut self, follows: &[Follow], timeout: Duration) -> Vec<Flow> {
        let mut watch = self.begin(follows, Wait::thorough(timeout));
        while !self.turn(&mut watch, LOOK) {}
        self.finish(watch)
    }

    /// As [`FlowTracker::follow`], without a look at groups and other topics where something is missing: the sentence
    /// of such a flow says less.
    pub fn seen(&mut self, follow: &Follow, timeout: Duration) -> Flow {
        let mut watch = self.begin(std::slice::from_ref(follow), Wait::brief(timeout));
        while !self.turn(&mut watch, LOOK) {}
        self.finish(watch).pop().unwrap_or_else(|| self.assemble(follow, &self.around(timeout), timeout))
    }

    /// Looks once more at a flow that was waited for before: without waiting, and judged as after that wait. An answer that
    /// has come since is late.
    pub fn again(&mut self, follow: &Follow, waited: Duration) -> Flow {
        let wait = Wait { waited, ..Wait::thorough(Duration::ZERO) };
        let mut watch = self.begin(std::slice::from_ref(follow), wait);
        while !self.turn(&mut watch, LOOK) {}
        self.finish(watch).pop().unwrap_or_else(|| self.assemble(follow, &self.around(waited), waited))
    }

    /// Begins to wait for flows: their topics are read up to their present ends.
    fn begin<'a>(&mut self, follows: &'a [Follow], wait: Wait) -> Watch<'a> {
        let deadline = Deadline::after(wait.timeout);
        if self.asked.is_empty() {
            self.log.forget_remarks();
        }
        let topics = topics_of(follows);
        let ids = follows.iter().map(|follow| (follow.id.clone(), follow.answers().cloned().collect())).collect();
        let number = self.next;
        self.next += 1;
        self.asked.insert(number, Asked { ids, topics: topics.clone() });
        self.attend();
        self.log.look_again();
        // What was read of a topic that is gone is no evidence for a new question.
        let gone: BTreeSet<&String> = topics.iter().filter(|topic| !self.log.has_topic(topic)).collect();
        self.index.forget(|partition| gone.contains(&partition.topic));
        let names: Vec<&str> = topics.iter().map(String::as_str).collect();
        let limit = if wait.is_thorough || wait.timeout.is_zero() { wait.timeout.max(CATCH_UP) } else { wait.timeout };
        self.log.catch_up(&mut self.index, &self.reading, &names, Deadline::after(limit));
        let quiet = follows.iter().map(Follow::quiet).max().unwrap_or_default();
        let (unchanged, members, settled) = (Stopwatch::start(), 0, Vec::new());
        Watch { number, follows, wait, deadline, quiet, unchanged, members, settled }
    }

    /// Reads on for all that are waited for at present.
    fn attend(&mut self) {
        let mut ids: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (id, answers) in self.asked.values().flat_map(|asked| &asked.ids) {
            ids.entry(id.clone()).or_default().extend(answers.iter().cloned());
        }
        if !self.index.ask(ids) {
            self.log.begin_again();
        }
        self.log.attend(self.asked.values().flat_map(|asked| asked.topics.iter().cloned()).collect());
    }

    /// Looks once, for `look` at most. Whether nothing more has to be waited for.
    fn turn(&mut self, watch: &mut Watch<'_>, look: Duration) -> bool {
        let Watch { follows, wait, deadline, quiet, .. } = *watch;
        watch.settled = self.settled(follows, wait.waited);
        let is_waiting = watch.settled.iter().any(Option::is_none);
        let count = if quiet.is_zero() { 0 } else { follows.iter().map(|f| self.members(f).len()).sum() };
        if count != watch.members {
            (watch.unchanged, watch.members) = (Stopwatch::start(), count);
        }
        let rest = quiet.saturating_sub(watch.unchanged.elapsed());
        if !is_waiting && rest.is_zero() || deadline.is_past() {
            return true;
        }
        let rest = if is_waiting { look } else { rest };
        let is_any = self.log.read(&mut self.index, &self.reading, deadline.left().min(look).min(rest));
        if !is_any && !deadline.is_past() {
            self.log.look_again();
        }
        false
    }

    /// The flows as they are at the end of the wait.
    fn finish(&mut self, watch: Watch<'_>) -> Vec<Flow> {
        let Watch { number, follows, wait, settled, .. } = watch;
        let flows = if wait.is_thorough && settled.iter().any(Option::is_none) {
            self.tell(follows, settled, wait.waited)
        } else {
            let around = self.around(wait.waited);
            let pairs = follows.iter().zip(settled);
            pairs.map(|(of, flow)| flow.unwrap_or_else(|| self.assemble(of, &around, wait.waited))).collect()
        };
        self.asked.remove(&number);
        flows
    }

    /// What the log itself tells of why something is missing.
    fn around(&self, waited: Duration) -> Surroundings {
        Surroundings { waited, unread: self.unread(), ..Surroundings::default() }
    }

    /// The topics that could not be read, or not to their ends, and why.
    fn unread(&self) -> Vec<(String, String)> {
        let topics: BTreeSet<&String> = self.asked.values().flat_map(|asked| &asked.topics).collect();
        let reason = |topic: &String| {
            let lost = self.log.lost().map(str::to_owned);
            let led = || Some(format!("no broker leads {}", self.log.leaderless(&[topic]).first()?));
            let left = || self.log.unread().map(|records| format!("there was no time to read {records} more records"));
            Some((topic.clone(), lost.or_else(led).or_else(left)?))
        };
        topics.into_iter().filter_map(reason).collect()
    }

    /// Those flows of which nothing more has to come.
    fn settled(&mut self, follows: &[Follow], timeout: Duration) -> Vec<Option<Flow>> {
        if let Some(tap) = &mut self.tap {
            tap.refresh();
        }
        let around = self.around(timeout);
        let settled =
            |follow: &Follow| Some(self.assemble(follow, &around, timeout)).filter(|flow| follow.is_settled(flow));
        follows.iter().map(settled).collect()
    }

    /// The numbers of the records that are a part of a flow.
    fn members(&self, follow: &Follow) -> Vec<usize> {
        self.members_where(follow, |_| false)
    }

    /// The same, with the records of other topics since the flow began: an answer may be in the wrong topic.
    fn members_anywhere(&self, follow: &Follow) -> Vec<usize> {
        let since = self.since(follow);
        self.members_where(follow, |entry| since.is_none_or(|since| entry.stored.record.timestamp >= since))
    }

    fn members_where(&self, follow: &Follow, is_member_elsewhere: impl Fn(&Entry) -> bool) -> Vec<usize> {
        let mut members = self.index.flow(&follow.id, &follow.answers().map(String::as_str).collect());
        members.retain(|number| {
            let entry = self.index.get(*number);
            entry.is_some_and(|entry| follow.concerns(&entry.stored.record.topic) || is_member_elsewhere(entry))
        });
        members
    }

    /// The flow as far as it is known.
    fn assemble(&self, follow: &Follow, around: &Surroundings, timeout: Duration) -> Flow {
        let route = &follow.route;
        let members = if around.elsewhere { self.members_anywhere(follow) } else { self.members(follow) };
        let members = members.into_iter().filter_map(|number| self.index.get(number));
        let mut seen: Vec<(&Entry, Observation)> =
            members.map(|entry| (entry, self.observe(entry, &follow.id))).collect();
        let step = |place: &Place| route.step_of(&place.topic).unwrap_or(usize::MAX);
        // Of one time, requests come first.
        seen.sort_by(|(_, a), (_, b)| {
            (a.micros(), step(&a.place), &a.place).cmp(&(b.micros(), step(&b.place), &b.place))
        });
        let (entries, observations): (Vec<&Entry>, Vec<Observation>) = seen.into_iter().unzip();
        let fan_out: Vec<&str> = follow.expected.iter().filter_map(Expect::fan_out).collect();
        let single: Vec<&str> = route.topics().iter().map(String::as_str).filter(|t| !fan_out.contains(t)).collect();
        let steps = judge(&follow.id, &observations, route, around);
        let blocking = steps.iter().find(|step| step.verdict != Verdict::Complete).or(steps.last());
        let (verdict, explanation) = match blocking {
            Some(step) => (step.verdict, step.explanation.clone()),
            None => (Verdict::NeverProduced, "the route has no topics".to_owned()),
        };
        let mut flow = Flow {
            id: follow.id.clone(),
            route: route.clone(),
            source: if self.tap.is_some() { Source::Journal } else { Source::Log },
            verdict,
            explanation,
            steps,
            hops: hops(&observations, route),
            anomalies: anomalies(&follow.id, &entries, &observations, route, &single),
            observations,
            unmet: Vec::new(),
            groups: around.groups.clone(),
            remarks: self.log.remarks().to_vec(),
            timeout,
        };
        flow.unmet = follow.expected.iter().filter_map(|expected| expected.unmet(&flow)).collect();
        flow
    }

    fn observe(&self, entry: &Entry, id: &str) -> Observation {
        let located = entry.found.iter().find(|located| located.id == id);
        let locator = match (located, &entry.facts.origin) {
            (Some(located), _) => self.reading.locators.text(located),
            (None, Some(origin)) => format!("link({}, {}, {})", origin.topic, origin.partition, origin.offset),
            (None, None) => "causation".to_owned(),
        };
        let place = entry.place();
        let traffic = self.tap.as_ref().and_then(|tap| tap.of(&place));
        let (appended, produced_by, handled) = match traffic {
            Some(Traffic { appended, produced_by, handled }) => (Some(appended), Some(produced_by), Some(handled)),
            None => (None, None, None),
        };
        Observation {
            place,
            key: entry.stored.record.key.clone(),
            value: entry.stored.record.value.clone(),
            headers: entry.stored.record.headers.clone(),
            timestamp: entry.stored.record.timestamp,
            timestamp_type: entry.stored.timestamp_type,
            appended,
            producer: entry.stored.producer,
            produced_by,
            transaction: entry.stored.transaction,
            matched_by: located.map(|located| located.part),
            locator,
            event_id: entry.facts.event_id.clone(),
            causation_id: entry.facts.cause.clone(),
            trace_id: entry.facts.trace.clone(),
            origin: entry.facts.origin.clone(),
            error: entry.facts.error.clone(),
            handled,
            values: self.reading.values.clone(),
        }
    }
}

/// Writes the golden files of those flows that are complete.
fn recorded(recording: &[Follow], mut flows: Vec<Flow>) -> Vec<Flow> {
    for (follow, flow) in recording.iter().zip(&mut flows).filter(|(_, flow)| flow.is_complete()) {
        flow.unmet = follow.expected.iter().filter_map(|expected| expected.record(flow)).collect();
    }
    flows
}

/// All topics that have to be read: those of the routes, of what is expected, and where dead letters go.
fn topics_of(follows: &[Follow]) -> BTreeSet<String> {
    let mut routes: Vec<&Route> = follows.iter().map(|follow| &follow.route).collect();
    // Many ids on one route are what is usual.
    routes.dedup();
    let letters = routes.into_iter().flat_map(Route::dead_letter_topics);
    follows.iter().flat_map(Follow::topics).map(str::to_owned).chain(letters).collect()
}
