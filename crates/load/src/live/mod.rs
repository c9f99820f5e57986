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
mod by_schema;
mod engine;
mod error;
mod event;
mod job;
mod loopback;
mod payload;
mod requests;
mod search;
mod split;
mod tag;
mod target;
mod together;
mod watched;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self as channel, Receiver};
use std::time::Duration;

use kafka_trial::client::{Client, Deadline, Start, Stopwatch, TopicReader};

pub use self::by_schema::BySchema;
pub use self::engine::Progress;
pub use self::error::LiveError;
pub use self::job::{Done, Job, JobError, JobProgress};
pub use self::loopback::drive_loopback;
pub use self::payload::{Payload, PayloadError};
pub use self::search::{SearchProgress, search};
pub use self::split::drive_embedded;
pub use self::tag::{Match, Tag};
pub use self::target::Target;
pub use self::together::{Meeting, Together, drive_together};
pub use self::watched::Watched;

use self::answers::read_answers;
use self::engine::engine;
use self::event::Event;
use self::requests::Sender;
use self::split::Places;
use self::watched::Group;
use crate::{Plan, Report, Run, Setting, Threshold};

/// How long setting up may take.
const SET_UP: Duration = Duration::from_secs(30);

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
/// use kafka_trial_load::{Count, Load, Plan};
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
/// assert_eq!(report.counts[Count::Ok], 25);
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
