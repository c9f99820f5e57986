//! A run against a cluster, over real sockets and a real clock.
//!
//! ```text
//! engine (this thread) ──Produce, without waiting──> request topic ──> the system under test
//!   ^  ^                                                                      │
//!   │  └──── one thread a broker: acknowledgements                            │
//!   └─────── one thread: answers <── response topic, read without a group ────┘
//! ```
//! The readers stand at the ends of their partitions before the first request is sent, and produce and fetch never
//! share a connection: neither a rebalance nor a long poll is measured.

mod answers;
mod error;
mod payload;
mod requests;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use kafka_trial::client::{Client, Deadline, Start, Stopwatch, TopicReader};

pub use self::error::LiveError;
pub use self::payload::{Payload, PayloadError, Tag};

use self::answers::read_answers;
use self::requests::Sender;
use crate::{Interval, Ledger, Plan, Reply, Report, Run, Threshold};

/// How long setting up may take.
const SET_UP: Duration = Duration::from_secs(30);
/// The longest that the engine rests, so that it notices when it is told to stop.
const REST: Duration = Duration::from_millis(20);
/// How often whoever watches is told.
const WATCH: Duration = Duration::from_secs(1);

/// What a run is driven against.
#[derive(Clone, Debug)]
pub struct Target {
    /// Comma-separated `host:port`.
    pub bootstrap_servers: String,
    /// Where requests go. It has to exist.
    pub request_topic: String,
    /// Where answers come. It has to exist.
    pub response_topic: String,
    /// What requests carry.
    pub payload: Payload,
}

/// What the threads of a run tell the engine.
enum Event {
    Acknowledged(Vec<u64>),
    Refused(Vec<u64>, String),
    /// A request's number, or none where an answer fits nothing.
    Answers(Vec<(Option<u64>, Reply)>, Duration),
    ReadingFailed(kafka_trial::client::ClientError),
}

/// Where a run stands, once a second.
#[derive(Debug)]
pub struct Progress<'a> {
    /// Since the start.
    pub elapsed: Duration,
    /// Requests sent so far.
    pub sent: u64,
    /// How those ended that have.
    pub ledger: &'a Ledger,
    /// The last whole second.
    pub last: Option<&'a Interval>,
}

/// Drives a plan against a target and gives the report. With `stop` set no more is sent, and after the drain the report
/// is given as it is.
pub fn drive(
    target: &Target,
    plan: Plan,
    thresholds: &[Threshold],
    stop: &AtomicBool,
    mut watch: impl FnMut(Progress<'_>),
) -> Result<Report, LiveError> {
    let deadline = Deadline::after(SET_UP);
    let tag = Tag::new(plan.seed);
    let (events, inbox) = channel();
    let reader = open_reader(target, deadline)?;
    let mut sender = Sender::open(target, tag, events.clone(), deadline)?;
    let done = AtomicBool::new(false);
    let clock = Stopwatch::start();
    std::thread::scope(|scope| {
        let answers = scope.spawn(|| read_answers(reader, tag, clock, &done, &events));
        let outcome = engine(plan, &mut sender, clock, &inbox, stop, &mut watch);
        done.store(true, Ordering::Relaxed);
        drop(sender);
        // A panic of that thread has been printed by it; its answers are missing from the report all the same.
        let _ = answers.join();
        outcome.map(|run| run.finish(thresholds))
    })
}

fn open_reader(target: &Target, deadline: Deadline) -> Result<TopicReader, LiveError> {
    let client = Client::connect(&target.bootstrap_servers, deadline)?;
    let reader = TopicReader::open(client, &[&target.response_topic], Start::Latest, deadline)?;
    if reader.has_all_topics() { Ok(reader) } else { Err(LiveError::NoTopic(target.response_topic.clone())) }
}

fn engine(
    plan: Plan,
    sender: &mut Sender,
    clock: Stopwatch,
    inbox: &Receiver<Event>,
    stop: &AtomicBool,
    watch: &mut impl FnMut(Progress<'_>),
) -> Result<Run, LiveError> {
    let longest = plan.load.duration() + plan.timeout + plan.drain;
    let drain = plan.drain;
    let mut run = Run::new(plan);
    let mut next_watch = WATCH;
    let mut stopped_at = None;
    loop {
        let now = clock.elapsed();
        if stop.load(Ordering::Relaxed) && stopped_at.is_none() {
            run.stop();
            stopped_at = Some(now);
        }
        let mut due = Vec::new();
        while let Some(send) = run.due(clock.elapsed()) {
            due.push(send);
        }
        if !due.is_empty() {
            sender.send(&due)?;
            let now = clock.elapsed();
            for send in due {
                run.sent(send, sender.lane(send.number), now);
            }
        }
        let now = clock.elapsed();
        run.tick(now);
        let is_over =
            run.is_over(now) || now > longest || stopped_at.is_some_and(|stopped: Duration| now > stopped + drain);
        if is_over {
            return Ok(run);
        }
        if now >= next_watch {
            next_watch += WATCH;
            let (sent, ledger, last) = run.progress();
            watch(Progress { elapsed: now, sent, ledger, last });
        }
        let rest = run.next_due().map_or(REST, |due| due.saturating_sub(now).min(REST));
        match inbox.recv_timeout(rest) {
            Ok(event) => {
                take(&mut run, event, clock)?;
                while let Ok(event) = inbox.try_recv() {
                    take(&mut run, event, clock)?;
                }
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Ok(run),
        }
    }
}

fn take(run: &mut Run, event: Event, clock: Stopwatch) -> Result<(), LiveError> {
    match event {
        Event::Acknowledged(numbers) => {
            let now = clock.elapsed();
            numbers.into_iter().for_each(|number| run.acknowledged(number, now));
        }
        Event::Refused(numbers, why) => {
            let now = clock.elapsed();
            numbers.into_iter().for_each(|number| run.failed(number, &why, now));
        }
        Event::Answers(answers, at) => {
            for (number, reply) in answers {
                match number {
                    Some(number) => run.answered(number, reply, at),
                    None => run.orphan(),
                }
            }
        }
        Event::ReadingFailed(error) => return Err(error.into()),
    }
    Ok(())
}
