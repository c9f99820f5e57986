//! Running one test: its own thread, a time limit that a blocked test cannot evade, teardown, the report.
//!
//! ```text
//! caller ──spawns──> test thread: set up, body ──ended──> teardown, close ──closed──> gone
//!    │                                             │                          │
//!    └── waits, for the limit and a grace at most ─┴── and for the teardown ──┴── the result
//! ```
//! A thread that is blocked cannot be ended. It is left behind, and the caller reports without it.

use std::any::Any;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;
use std::{io, thread};

use tokio::runtime::{Builder, Runtime};

use super::sight::LOOK;
use super::world::Plan;
use super::{Environment, Flavor, Outcome, Trial, World};
use crate::SetupError;
use crate::report::{Cause, Report};

/// How much later than at its limit a test counts as blocked: one that only waits is over before.
const GRACE: Duration = Duration::from_secs(1);
/// How long what is awaited after a test may take.
const TEARDOWN: Duration = Duration::from_secs(10);
/// How long clients and topics may take to close after that.
const CLOSING: Duration = Duration::from_secs(20);
/// How long blocking calls of a test that has ended are waited for.
const STRAGGLERS: Duration = Duration::from_millis(500);

/// How a test went that has not failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It passed.
    Passed,
    /// It cannot run on this cluster; the text names the test and says why.
    Skipped(String),
}

/// A test that has failed.
#[derive(Debug)]
pub struct Failure {
    /// What there is to know about it.
    pub report: Box<Report>,
    /// What it panicked with, if it did.
    panic: Option<Box<dyn Any + Send>>,
}

impl Failure {
    /// Prints the report on standard error, on standard output the lines by which readers of JUnit files attach the pages
    /// of flows, and goes on with the test's own panic.
    pub fn raise(self) -> ! {
        eprintln!("{}", self.report);
        for page in &self.report.pages {
            println!("[[ATTACHMENT|{}]]", std::path::absolute(page).as_deref().unwrap_or(page).display());
        }
        // There is a message already, so the hook that prints one is passed over.
        resume_unwind(self.panic.unwrap_or_else(|| Box::new(self.report.cause.to_string())))
    }
}

impl From<Box<Report>> for Failure {
    fn from(report: Box<Report>) -> Self {
        Self { report, panic: None }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.report.fmt(f)
    }
}

impl std::error::Error for Failure {}

/// What the test's thread tells.
enum News {
    Ended(Result<Verdict, Failure>),
    /// Everything is cleared away; the text says what went wrong with that.
    Closed(Option<String>),
}

pub(super) fn run<F, O>(
    plan: Plan,
    environment: &Environment,
    limit: Duration,
    flavor: Flavor,
    test: F,
) -> Result<Verdict, Failure>
where
    F: AsyncFnOnce(Trial) -> Result<O, SetupError> + Send + 'static,
    O: Outcome,
{
    let (name, package, require) = (plan.name.clone(), plan.package, environment.require);
    let world = match World::open(plan, environment) {
        Ok(world) => Arc::new(world),
        Err(error) => return refused(&name, &error, require, |cause| Box::new(Report::new(&name, package, cause))),
    };
    let (news, told) = channel();
    let worker = Worker { world: Arc::clone(&world), limit, require, news };
    // Panic messages name the thread, and so do tools that look for the name of the test.
    let thread_name = thread::current().name().filter(|name| *name != "main").unwrap_or(&name).to_owned();
    let spawned = thread::Builder::new().name(thread_name).spawn(move || worker.work(flavor, test));
    match spawned {
        Ok(_) => watch(&world, limit, &told),
        Err(error) => Err(world.report(Cause::Setup(SetupError::Thread(error).to_string())).into()),
    }
}

/// A test that cannot begin: skipped where the cluster is not made for it, else failed.
fn refused(
    name: &str,
    error: &SetupError,
    require: bool,
    report: impl FnOnce(Cause) -> Box<Report>,
) -> Result<Verdict, Failure> {
    match error.is_skip() {
        true if !require => Ok(Verdict::Skipped(format!("{name}: {error}"))),
        true => Err(report(Cause::Setup(format!("{error}, and KAFKA_TRIAL_REQUIRE forbids skipping"))).into()),
        false => Err(report(Cause::Setup(error.to_string())).into()),
    }
}

/// Waits for the test's thread, and does not wait for ever.
fn watch(world: &World, limit: Duration, told: &Receiver<News>) -> Result<Verdict, Failure> {
    // The report of a test that only waits needs its time too.
    let grace = if world.embedded.is_some() { GRACE } else { GRACE + LOOK };
    let ended = match told.recv_timeout(limit.saturating_add(grace)) {
        Ok(News::Ended(ended)) => ended,
        Ok(News::Closed(_)) | Err(RecvTimeoutError::Disconnected) => {
            Err(world.report(Cause::Error("the thread of the test has ended without a result".to_owned())).into())
        }
        Err(RecvTimeoutError::Timeout) => {
            let report = world.report(Cause::Blocked(limit));
            // What can be ended is: a client that the thread blocks on may even let go.
            let _ = world.close();
            return Err(report.into());
        }
    };
    let trouble = match told.recv_timeout(TEARDOWN + CLOSING) {
        Ok(News::Closed(trouble)) => trouble,
        _ => Some(format!("it did not end within {} s", (TEARDOWN + CLOSING).as_secs())),
    };
    match (ended, trouble) {
        (Ok(Verdict::Passed), None) => {
            world.keep_flows();
            Ok(Verdict::Passed)
        }
        (Ok(_), Some(trouble)) => Err(world.report(Cause::Teardown(trouble)).into()),
        (ended, _) => ended,
    }
}

struct Worker {
    world: Arc<World>,
    limit: Duration,
    require: bool,
    news: Sender<News>,
}

impl Worker {
    fn work<F, O>(self, flavor: Flavor, test: F)
    where
        F: AsyncFnOnce(Trial) -> Result<O, SetupError>,
        O: Outcome,
    {
        let runtime = match flavor.runtime() {
            Ok(runtime) => runtime,
            Err(error) => {
                self.tell(News::Ended(self.ended(Ok(Ok(Err(SetupError::Thread(error)))) as Attempt<O>)));
                return self.tell(News::Closed(None));
            }
        };
        let attempt = catch_unwind(AssertUnwindSafe(|| runtime.block_on(self.attempt(test))));
        let ended = self.ended(attempt);
        // Faults end before the teardown, which must not meet them.
        let idle = self.world.end_faults();
        let ended = match (ended, idle) {
            (Ok(Verdict::Passed), Some(text)) => Err(self.world.report(Cause::IdleFault(text)).into()),
            (ended, _) => ended,
        };
        let passed = ended.is_ok();
        self.tell(News::Ended(ended));
        let torn_down = catch_unwind(AssertUnwindSafe(|| {
            runtime.block_on(async { tokio::time::timeout(TEARDOWN, self.world.tear_down(passed)).await })
        }));
        runtime.shutdown_timeout(STRAGGLERS);
        let closed = self.world.close();
        let trouble = match (torn_down, closed) {
            (Err(panic), _) => Some(format!("panicked: {}", text_of(&*panic))),
            (Ok(Err(_)), _) => Some(format!("it did not end within {} s", TEARDOWN.as_secs())),
            (Ok(Ok(())), closed) => closed.err().map(|error| error.to_string()),
        };
        self.tell(News::Closed(trouble));
    }

    fn tell(&self, news: News) {
        // The caller has given up waiting when this fails.
        let _ = self.news.send(news);
    }

    /// Awaits the test for as long as it may take. The state of a cluster is seen before what still uses it is dropped.
    async fn attempt<O>(
        &self,
        test: impl AsyncFnOnce(Trial) -> Result<O, SetupError>,
    ) -> Result<Result<O, SetupError>, Box<Report>> {
        let mut test = pin!(test(Trial::new(Arc::clone(&self.world))));
        tokio::select! {
            biased;
            result = &mut test => Ok(result),
            () = tokio::time::sleep(self.limit) => Err(self.world.report(Cause::Timeout(self.limit))),
        }
    }

    fn ended<O: Outcome>(&self, attempt: Attempt<O>) -> Result<Verdict, Failure> {
        let failed = |cause| Err(self.world.report(cause).into());
        match attempt {
            Ok(Ok(Ok(outcome))) => outcome.failure().map_or(Ok(Verdict::Passed), |text| failed(Cause::Error(text))),
            Ok(Ok(Err(error))) => refused(&self.world.name, &error, self.require, |cause| self.world.report(cause)),
            Ok(Err(late)) => Err(late.into()),
            Err(panic) => {
                Err(Failure { report: self.world.report(Cause::Panic(text_of(&*panic))), panic: Some(panic) })
            }
        }
    }
}

/// What came of a test: a panic, a report of its being late, an argument that could not be set up, or its result.
type Attempt<O> = thread::Result<Result<Result<O, SetupError>, Box<Report>>>;

impl Flavor {
    fn runtime(self) -> io::Result<Runtime> {
        let mut builder = match self {
            Self::CurrentThread => Builder::new_current_thread(),
            Self::MultiThread { .. } => Builder::new_multi_thread(),
        };
        if let Self::MultiThread { worker_threads: Some(count) } = self {
            builder.worker_threads(count.max(1));
        }
        builder.enable_all().build()
    }
}

fn text_of(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("(the panic has no text)").to_owned()
}
