//! One tracker for all that follow flows in a run.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::{FlowTracker, LOOK, Wait};
use crate::client::pause;
use crate::flow::follow::Follow;
use crate::flow::model::Flow;

/// How long one look takes while others wait for theirs.
const SHORT_LOOK: Duration = Duration::from_millis(10);
/// How long a waiter stands back for the others between its looks.
const TURN: Duration = Duration::from_millis(1);

/// A [`FlowTracker`] that several threads share: the topics are read once for all of them. They look in turn, so that a
/// long wait holds up no other.
#[derive(Clone, Debug)]
pub struct SharedTracker(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    tracker: Mutex<FlowTracker>,
    /// How many want the tracker at present.
    wanting: AtomicUsize,
}

impl SharedTracker {
    /// Shares a tracker.
    pub fn new(tracker: FlowTracker) -> Self {
        Self(Arc::new(Shared { tracker: Mutex::new(tracker), wanting: AtomicUsize::new(0) }))
    }

    /// As [`FlowTracker::follow_all`].
    pub fn follow_all(&self, follows: &[Follow], timeout: Duration) -> Vec<Flow> {
        let records = self.with(|tracker| tracker.records_golden);
        let follows = if records { follows.iter().map(Follow::recording).collect() } else { follows.to_vec() };
        let flows = self.watch(&follows, Wait::thorough(timeout));
        if records { super::recorded(&follows, flows) } else { flows }
    }

    /// As [`FlowTracker::follow`].
    pub fn follow(&self, follow: &Follow, timeout: Duration) -> Flow {
        let flow = self.follow_all(std::slice::from_ref(follow), timeout).pop();
        flow.unwrap_or_else(|| self.as_it_is(follow, timeout))
    }

    /// As [`FlowTracker::seen`].
    pub fn seen(&self, follow: &Follow, timeout: Duration) -> Flow {
        let flow = self.watch(std::slice::from_ref(follow), Wait::brief(timeout)).pop();
        flow.unwrap_or_else(|| self.as_it_is(follow, timeout))
    }

    /// As [`FlowTracker::again`].
    pub fn again(&self, follow: &Follow, waited: Duration) -> Flow {
        let flow = self.watch(std::slice::from_ref(follow), Wait { waited, ..Wait::thorough(Duration::ZERO) }).pop();
        flow.unwrap_or_else(|| self.as_it_is(follow, waited))
    }

    fn as_it_is(&self, follow: &Follow, waited: Duration) -> Flow {
        self.with(|tracker| tracker.assemble(follow, &tracker.around(waited), waited))
    }

    fn watch(&self, follows: &[Follow], wait: Wait) -> Vec<Flow> {
        let mut watch = self.with(|tracker| tracker.begin(follows, wait));
        loop {
            let look = if self.is_wanted() { SHORT_LOOK } else { LOOK };
            if self.with(|tracker| tracker.turn(&mut watch, look)) {
                return self.with(|tracker| tracker.finish(watch));
            }
            if self.is_wanted() {
                pause(TURN);
            }
        }
    }

    fn is_wanted(&self) -> bool {
        self.0.wanting.load(Ordering::Relaxed) > 0
    }

    fn with<T>(&self, ask: impl FnOnce(&mut FlowTracker) -> T) -> T {
        self.0.wanting.fetch_add(1, Ordering::Relaxed);
        let mut tracker = self.0.tracker.lock().unwrap_or_else(PoisonError::into_inner);
        self.0.wanting.fetch_sub(1, Ordering::Relaxed);
        ask(&mut tracker)
    }
}
