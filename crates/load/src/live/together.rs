//! Several drivers of one load, on as many machines: they find each other through a topic.
//!
//! ```text
//! workers 1..   Here, again and again ──>           ──> run ──> Part ──>
//! worker 0      counts them ──> Start (seed, names) ──> run ──> gathers the parts, one report
//! ```
//! Every driver reads the topic from its end on, so what earlier runs left there is not seen. A [`Message::Start`] names
//! the processes that it is for; each starts its own clock when it reads it, so the machines' clocks need not agree.
//! When the first is stopped while they run, it tells the others (`Stop`), and has what all have measured until then.
//! Each takes its [`Share`](crate::Share) of one schedule, and reads all answers to find its own.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use kafka_trial::Record;
use kafka_trial::TopicSpec;
use kafka_trial::client::{Client, Deadline, Endpoint, Start, Stopwatch, TopicReader};
use serde::{Deserialize, Serialize};

use super::{LiveError, Progress, Ready, Target};
use crate::{Plan, Report, Threshold};

/// How long one read waits, and so how often a worker says that it is here.
const TURN: Duration = Duration::from_millis(200);
/// A process that has not been heard for so long is gone, and another may take its number.
const GONE: Duration = Duration::from_secs(3);
/// How long one record may take.
const LIMIT: Duration = Duration::from_secs(30);
/// The bytes of a report in one record: below every broker's default limit, also when all of it is escaped.
const PIECE: usize = 400_000;

/// Where the drivers of a load find each other.
#[derive(Clone, Debug)]
pub struct Meeting {
    /// The cluster with the topic: that under test, or another.
    pub endpoint: Endpoint,
    /// The topic; created where it is missing.
    pub topic: String,
    /// How long the others are waited for, at the start, and for their parts at the end.
    pub wait: Duration,
    /// A number that no other process has.
    pub name: u64,
}

/// What a driver of several ends with.
#[derive(Clone, Debug)]
pub enum Together {
    /// The first: the report of all.
    Whole(Report),
    /// The others: their own part, which they have handed over.
    Part(Report),
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Message {
    /// A worker is ready.
    Here { name: u64, worker: u32, workers: u32, load: String },
    /// All are, and begin now.
    Start { names: Vec<u64>, seed: u64 },
    /// They send no more.
    Stop { names: Vec<u64> },
    /// A piece of a worker's report.
    Part { name: u64, piece: usize, pieces: usize, text: String },
}

/// Drives this driver's share of a plan, together with the others.
pub fn drive_together(
    target: &Target,
    plan: Plan,
    thresholds: &[Threshold],
    meeting: &Meeting,
    stop: &AtomicBool,
    watch: impl FnMut(Progress<'_>),
) -> Result<Together, LiveError> {
    let (worker, workers) = (plan.share.worker(), plan.share.workers());
    let mut room = Room::enter(meeting)?;
    let mut ready = Ready::open(target, plan)?;
    // What has to be the same everywhere, for one report to make sense.
    let Plan { load, warm_up, cool_down, timeout, drain, .. } = &ready.plan;
    let load = format!(
        "{load}, {warm_up:?} of warm-up, {cool_down:?} of cool-down, {timeout:?} to answer, {drain:?} to drain, {} to {}",
        target.request_topic, target.response_topic
    );
    if worker > 0 {
        let here = Message::Here { name: meeting.name, worker, workers, load };
        ready.take_seed(room.wait_for_start(&here, stop)?);
        let report = room.drive_until_told(ready, stop, watch);
        room.hand_over(&report)?;
        return Ok(Together::Part(report));
    }
    let here = Message::Here { name: meeting.name, worker, workers, load: load.clone() };
    let names = room.gather(workers, &here, &load, stop)?;
    let others: Vec<u64> = names.values().copied().collect();
    room.say(&Message::Start { names: others.clone(), seed: ready.plan.seed })?;
    let own = room.drive_and_tell(ready, others, stop, watch);
    if own.broken.is_some() {
        return Ok(Together::Whole(own));
    }
    let mut parts = room.collect(&names)?;
    let missing: Vec<String> = names.keys().filter(|worker| !parts.contains_key(worker)).map(u32::to_string).collect();
    parts.insert(0, own);
    let whole = Report::merge(parts.into_values().collect(), thresholds);
    let mut whole = whole.ok().flatten().ok_or(LiveError::Part)?;
    if !missing.is_empty() {
        let why = format!("no report came from worker {} within {:?}", missing.join(", "), meeting.wait);
        whole.invalid_because = Some(why);
        whole.judge(thresholds, None);
    }
    Ok(Together::Whole(whole))
}

/// The topic, as one process sees it.
struct Room<'a> {
    meeting: &'a Meeting,
    reader: TopicReader,
    writer: Client,
}

impl<'a> Room<'a> {
    fn enter(meeting: &'a Meeting) -> Result<Self, LiveError> {
        let deadline = Deadline::after(LIMIT);
        let mut writer = Client::connect(&meeting.endpoint, deadline)?;
        writer.create_topics(&[TopicSpec::new(&meeting.topic, 1)], -1, deadline)?;
        // A topic is there some time before all brokers know it.
        loop {
            let client = Client::connect(&meeting.endpoint, deadline)?;
            let reader = TopicReader::open(client, &[&meeting.topic], Start::Latest, deadline)?;
            if reader.has_all_topics() {
                return Ok(Self { meeting, reader, writer });
            }
            if deadline.is_past() {
                return Err(LiveError::NoTopic(meeting.topic.clone()));
            }
            kafka_trial::client::pause(TURN);
        }
    }

    fn say(&mut self, message: &Message) -> Result<(), LiveError> {
        let value = serde_json::to_vec(message).map_err(|_| LiveError::Part)?;
        let record = Record::new(&self.meeting.topic, value).partition(0);
        self.writer.produce(&record, Deadline::after(LIMIT))?;
        Ok(())
    }

    /// What was said meanwhile. Whatever else is in the topic is passed over.
    fn listen(&mut self) -> Result<Vec<Message>, LiveError> {
        let records = self.reader.poll(TURN)?;
        Ok(records.iter().filter_map(|record| serde_json::from_slice(record.value.as_deref()?).ok()).collect())
    }

    /// Says that this worker is here until it is told to start, with a seed.
    fn wait_for_start(&mut self, here: &Message, stop: &AtomicBool) -> Result<u64, LiveError> {
        let clock = Stopwatch::start();
        while clock.elapsed() < self.meeting.wait && !stop.load(Ordering::Relaxed) {
            self.say(here)?;
            for message in self.listen()? {
                match message {
                    Message::Start { names, seed } if names.contains(&self.meeting.name) => return Ok(seed),
                    _ => {}
                }
            }
        }
        if stop.load(Ordering::Relaxed) {
            return Err(LiveError::Interrupted);
        }
        Err(LiveError::Alone { missing: "0".to_owned(), wait: clock.elapsed() })
    }

    /// Waits until all workers are here; gives their names.
    fn gather(
        &mut self,
        workers: u32,
        here: &Message,
        load: &str,
        stop: &AtomicBool,
    ) -> Result<BTreeMap<u32, u64>, LiveError> {
        let clock = Stopwatch::start();
        let mut present: BTreeMap<u32, (u64, Duration)> = BTreeMap::new();
        while clock.elapsed() < self.meeting.wait && !stop.load(Ordering::Relaxed) {
            // Another that takes itself for the first is noticed by this.
            self.say(here)?;
            for message in self.listen()? {
                let Message::Here { name, worker, workers: theirs, load: their_load } = message else { continue };
                if name == self.meeting.name {
                    continue;
                }
                if worker == 0 {
                    return Err(LiveError::Twice(0));
                }
                if theirs != workers || their_load != load {
                    let (ours, theirs) =
                        (format!("{workers} workers: {load}"), format!("{theirs} workers: {their_load}"));
                    return Err(LiveError::Disagree { worker, ours, theirs });
                }
                let now = clock.elapsed();
                match present.insert(worker, (name, now)) {
                    Some((other, heard)) if other != name && now < heard + GONE => {
                        return Err(LiveError::Twice(worker));
                    }
                    _ => {}
                }
            }
            present.retain(|_, (_, heard)| clock.elapsed() < *heard + GONE);
            if (1..workers).all(|worker| present.contains_key(&worker)) {
                return Ok(present.into_iter().map(|(worker, (name, _))| (worker, name)).collect());
            }
        }
        if stop.load(Ordering::Relaxed) {
            return Err(LiveError::Interrupted);
        }
        let missing: Vec<String> =
            (1..workers).filter(|one| !present.contains_key(one)).map(|one| one.to_string()).collect();
        Err(LiveError::Alone { missing: missing.join(", "), wait: clock.elapsed() })
    }

    /// Drives the first's share; tells the others when it is stopped.
    fn drive_and_tell(
        &mut self,
        ready: Ready,
        names: Vec<u64>,
        stop: &AtomicBool,
        mut watch: impl FnMut(Progress<'_>),
    ) -> Report {
        let mut end = Some(Message::Stop { names });
        let report = ready.drive(&[], stop, |progress| {
            if let Some(end) = end.take_if(|_| stop.load(Ordering::Relaxed)) {
                // Whom it does not reach goes on to the end of the schedule, and is waited for.
                let _ = self.say(&end);
            }
            watch(progress);
        });
        if let Some(end) = end.filter(|_| stop.load(Ordering::Relaxed)) {
            let _ = self.say(&end);
        }
        report
    }

    /// Drives another's share, until it or the first is stopped.
    fn drive_until_told(&mut self, ready: Ready, stop: &AtomicBool, watch: impl FnMut(Progress<'_>)) -> Report {
        let (done, told) = (AtomicBool::new(false), AtomicBool::new(false));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) && !told.load(Ordering::Relaxed) {
                    let name = self.meeting.name;
                    let is_end = |one: &Message| matches!(one, Message::Stop { names } if names.contains(&name));
                    // The load goes on as long as its own cluster does, whether the others can be heard or not.
                    let heard = self.listen().unwrap_or_else(|_| {
                        kafka_trial::client::pause(TURN);
                        Vec::new()
                    });
                    if heard.iter().any(is_end) || stop.load(Ordering::Relaxed) {
                        told.store(true, Ordering::Relaxed);
                    }
                }
            });
            let report = ready.drive(&[], &told, watch);
            done.store(true, Ordering::Relaxed);
            report
        })
    }

    fn hand_over(&mut self, report: &Report) -> Result<(), LiveError> {
        let text = serde_json::to_string(report).map_err(|_| LiveError::Part)?;
        let text: Vec<char> = text.chars().collect();
        let pieces: Vec<String> = text.chunks(PIECE).map(|piece| piece.iter().collect()).collect();
        let (name, count) = (self.meeting.name, pieces.len());
        for (text, piece) in pieces.into_iter().zip(0..) {
            self.say(&Message::Part { name, piece, pieces: count, text })?;
        }
        Ok(())
    }

    /// Waits for the reports of the others; those that did not come in time are missing.
    fn collect(&mut self, names: &BTreeMap<u32, u64>) -> Result<BTreeMap<u32, Report>, LiveError> {
        let clock = Stopwatch::start();
        let mut texts: BTreeMap<u64, BTreeMap<usize, String>> = BTreeMap::new();
        let mut reports = BTreeMap::new();
        while reports.len() < names.len() && clock.elapsed() < self.meeting.wait {
            for message in self.listen()? {
                let Message::Part { name, piece, pieces, text } = message else { continue };
                let Some((worker, _)) = names.iter().find(|(_, known)| **known == name) else { continue };
                let texts = texts.entry(name).or_default();
                texts.insert(piece, text);
                if texts.len() == pieces {
                    let whole: String = std::mem::take(texts).into_values().collect();
                    reports.insert(*worker, serde_json::from_str(&whole).map_err(|_| LiveError::Part)?);
                }
            }
        }
        Ok(reports)
    }
}
