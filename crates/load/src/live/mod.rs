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
mod loopback;
mod payload;
mod requests;
mod search;
mod split;
mod tag;
mod together;
mod watched;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self as channel, Receiver, RecvTimeoutError};
use std::time::Duration;

use kafka_trial::client::{Client, Deadline, Endpoint, Start, Stopwatch, ToEndpoint, TopicReader};

pub use self::error::LiveError;
pub use self::loopback::drive_loopback;
pub use self::payload::{Payload, PayloadError};
pub use self::search::{SearchProgress, search};
pub use self::split::drive_embedded;
pub use self::tag::{Match, Tag};
pub use self::together::{Meeting, Together, drive_together};
pub use self::watched::Watched;

use self::answers::{Answer, read_answers};
use self::requests::Sender;
use self::split::{Place, Places};
use self::watched::Group;
use crate::{Interval, Ledger, Plan, Report, Run, Send, Setting, Threshold};

/// How long setting up may take.
const SET_UP: Duration = Duration::from_secs(30);
/// The longest that the engine rests, so that it notices when it is told to stop.
const REST: Duration = Duration::from_millis(20);
/// How often whoever watches is told.
const WATCH: Duration = Duration::from_secs(1);

/// What a run is driven against.
#[derive(Clone, Debug)]
pub struct Target {
    /// The cluster.
    pub endpoint: Endpoint,
    /// Where requests go. It has to exist.
    pub request_topic: String,
    /// Where answers come. It has to exist.
    pub response_topic: String,
    /// What requests carry.
    pub payload: Payload,
    /// What is watched beside the answers.
    pub watched: Watched,
}

impl Target {
    /// Requests of 256 bytes, and nothing is watched beside their answers.
    pub fn new(
        endpoint: impl ToEndpoint,
        request_topic: impl Into<String>,
        response_topic: impl Into<String>,
    ) -> Result<Self, LiveError> {
        Ok(Self {
            endpoint: endpoint.to_endpoint()?,
            request_topic: request_topic.into(),
            response_topic: response_topic.into(),
            payload: Payload::default(),
            watched: Watched::default(),
        })
    }
}

/// Where requests go.
trait Outlet {
    /// Sends requests without waiting for what becomes of them. Gives the partition of each.
    fn send(&mut self, sends: &[Send]) -> Result<Vec<u32>, LiveError>;
}

/// What the threads of a run tell the engine.
enum Event {
    /// Requests, where the first of them is, and how long ago that came.
    Acknowledged(Vec<u64>, Place, Stopwatch),
    Refused(Vec<u64>, String),
    Answers(Vec<Answer>, Duration),
    /// The requests that they are of; none where that cannot be told.
    DeadLetters(Vec<Option<Match>>),
    /// How long the group was not stable.
    Rebalanced(Duration),
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
/// is given as it is. When the cluster goes away in the middle, the report says so and has what was measured.
///
/// ```
/// use std::sync::atomic::AtomicBool;
/// use std::time::Duration;
///
/// use kafka_trial::responder::Responder;
/// use kafka_trial::{Cluster, ClusterConfig, TopicSpec};
/// use kafka_trial_load::live::{Target, drive};
/// use kafka_trial_load::{Load, Plan};
///
/// let topics = vec![TopicSpec::new("requests", 1), TopicSpec::new("responses", 1)];
/// let cluster = Cluster::start(ClusterConfig { topics, ..ClusterConfig::default() })?;
/// // The service under test; this one answers each request with itself.
/// let _service = Responder::start(&cluster.bootstrap_servers(), &["requests"], |request| {
///     vec![request.forward_to("responses")]
/// })?;
/// let target = Target::new(cluster.bootstrap_servers(), "requests", "responses")?;
/// let plan = Plan::new(Load::sustained(50.0, Duration::from_millis(500)));
/// let report = drive(&target, plan, &["lost == 0".parse()?], &AtomicBool::new(false), |_| ())?;
/// assert_eq!(report.counts.ok, 25);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn drive(
    target: &Target,
    plan: Plan,
    thresholds: &[Threshold],
    stop: &AtomicBool,
    watch: impl FnMut(Progress<'_>),
) -> Result<Report, LiveError> {
    Ok(Ready::open(target, plan)?.drive(thresholds, stop, watch))
}

/// A run that is ready: its readers stand at the ends of their partitions, and nothing has been sent.
pub(crate) struct Ready {
    plan: Plan,
    tag: Tag,
    reader: TopicReader,
    sender: Sender,
    watched: Watched,
    group: Option<Group>,
    events: channel::Sender<Event>,
    inbox: Receiver<Event>,
    setting: Setting,
}

impl Ready {
    pub(crate) fn open(target: &Target, plan: Plan) -> Result<Self, LiveError> {
        let deadline = Deadline::after(SET_UP);
        let tag = Tag::new(plan.seed, plan.share);
        let (events, inbox) = channel::channel();
        // Of several drivers the first looks at the group.
        let id = target.watched.group.as_deref().filter(|_| plan.share.worker() == 0);
        let group = id.map(|id| Group::open(target, id, deadline)).transpose()?;
        let reader = open_reader(target, deadline)?;
        let sender = Sender::open(target, tag, events.clone(), deadline)?;
        let setting = Setting {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            workers: plan.share.workers(),
            bootstrap_servers: target.endpoint.to_string(),
            brokers: sender.brokers(),
            request_topic: target.request_topic.clone(),
            response_topic: target.response_topic.clone(),
        };
        Ok(Self { plan, tag, reader, sender, watched: target.watched.clone(), group, events, inbox, setting })
    }

    /// How many partitions requests go to.
    pub(crate) fn lanes(&self) -> usize {
        self.sender.lanes()
    }

    /// Takes the seed that all drivers of a shared load have.
    pub(crate) fn take_seed(&mut self, seed: u64) {
        self.plan.seed = seed;
        self.tag = Tag::new(seed, self.plan.share);
        self.sender.mark_with(self.tag);
    }

    pub(crate) fn drive(self, thresholds: &[Threshold], stop: &AtomicBool, watch: impl FnMut(Progress<'_>)) -> Report {
        self.drive_noting(thresholds, stop, watch, None)
    }

    /// Likewise, and notes where requests and answers are.
    fn drive_noting(
        self,
        thresholds: &[Threshold],
        stop: &AtomicBool,
        mut watch: impl FnMut(Progress<'_>),
        places: Option<&mut Places>,
    ) -> Report {
        let Self { plan, tag, reader, mut sender, watched, group, events, inbox, setting } = self;
        let done = AtomicBool::new(false);
        let clock = Stopwatch::start();
        std::thread::scope(|scope| {
            let answers = scope.spawn(|| read_answers(reader, &watched, tag, clock, &done, &events));
            let mut run = Run::new(plan);
            let rebalances = group.map(|group| {
                run.watches_rebalances();
                scope.spawn(|| group.watch(&done, &events))
            });
            let driven = engine(&mut run, &mut sender, clock, &inbox, stop, &mut watch, places);
            done.store(true, Ordering::Relaxed);
            drop(sender);
            // A panic of that thread has been printed by it; its answers are missing from the report all the same.
            let _ = answers.join();
            if rebalances.is_some_and(|thread| thread.join().is_ok()) {
                // What went on at the end.
                let ends = inbox.try_iter().filter_map(|event| match event {
                    Event::Rebalanced(took) => Some(took),
                    _ => None,
                });
                ends.for_each(|took| run.rebalanced(took));
            }
            let mut report = Report { setting, ..run.finish(&[]) };
            if let Err(error) = driven {
                report.invalid_because = Some(format!("the run broke off: {error}"));
                report.broken = Some(error.to_string());
            }
            report.judge(thresholds, None);
            report
        })
    }
}

fn open_reader(target: &Target, deadline: Deadline) -> Result<TopicReader, LiveError> {
    let mut client = Client::connect(&target.endpoint, deadline)?;
    let topics: Vec<&str> =
        std::iter::once(target.response_topic.as_str()).chain(target.watched.dead_letters.as_deref()).collect();
    let views = client.topics(Some(&topics), deadline)?;
    if let Some(missing) = topics.iter().find(|topic| !views.iter().any(|view| view.name == **topic)) {
        return Err(LiveError::NoTopic((*missing).to_owned()));
    }
    Ok(TopicReader::open(client, &topics, Start::Latest, deadline)?)
}

fn engine(
    run: &mut Run,
    sender: &mut impl Outlet,
    clock: Stopwatch,
    inbox: &Receiver<Event>,
    stop: &AtomicBool,
    watch: &mut impl FnMut(Progress<'_>),
    mut places: Option<&mut Places>,
) -> Result<(), LiveError> {
    let Plan { load, timeout, drain, .. } = run.plan();
    let (longest, drain) = (load.duration() + *timeout + *drain, *drain);
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
            let lanes = sender.send(&due)?;
            let now = clock.elapsed();
            for (send, lane) in due.into_iter().zip(lanes) {
                run.sent(send, lane, now);
            }
        }
        let now = clock.elapsed();
        run.tick(now);
        let is_over =
            run.is_over(now) || now > longest || stopped_at.is_some_and(|stopped: Duration| now > stopped + drain);
        if is_over {
            return Ok(());
        }
        if now >= next_watch {
            next_watch += WATCH;
            let (sent, ledger, last) = run.progress();
            watch(Progress { elapsed: now, sent, ledger, last });
        }
        let rest = run.next_due().map_or(REST, |due| due.saturating_sub(now).min(REST));
        match inbox.recv_timeout(rest) {
            Ok(event) => {
                take(run, event, clock, places.as_deref_mut())?;
                while let Ok(event) = inbox.try_recv() {
                    take(run, event, clock, places.as_deref_mut())?;
                }
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Ok(()),
        }
    }
}

fn take(run: &mut Run, event: Event, clock: Stopwatch, places: Option<&mut Places>) -> Result<(), LiveError> {
    match event {
        Event::Acknowledged(numbers, (partition, first), came) => {
            let now = clock.elapsed().saturating_sub(came.elapsed());
            numbers.iter().for_each(|number| run.acknowledged(*number, now));
            if let Some(places) = places {
                numbers.into_iter().zip(first..).for_each(|(number, at)| places.requested(number, (partition, at)));
            }
        }
        Event::Refused(numbers, why) => {
            let now = clock.elapsed();
            numbers.into_iter().for_each(|number| run.failed(number, &why, now));
        }
        Event::Answers(answers, at) => {
            let mut places = places;
            for Answer { to, reply, complaint, place } in answers {
                match to {
                    Some(Match::Own(number)) => {
                        if let Some(why) = complaint {
                            run.off_schema(number, &why);
                        }
                        let service = run.answered(number, reply, at);
                        if let (Some(places), Some(service)) = (places.as_deref_mut(), service) {
                            places.answered(number, place, service);
                        }
                    }
                    // Each worker reads all answers; what fits nothing is counted by the first.
                    None if run.plan().share.worker() == 0 => run.orphan(),
                    Some(Match::Other) | None => {}
                }
            }
        }
        Event::DeadLetters(letters) => letters.into_iter().for_each(|of| match of {
            Some(Match::Own(number)) => run.dead_letter(Some(number)),
            None if run.plan().share.worker() == 0 => run.dead_letter(None),
            Some(Match::Other) | None => {}
        }),
        Event::Rebalanced(took) => run.rebalanced(took),
        Event::ReadingFailed(error) => return Err(error.into()),
    }
    Ok(())
}
