//! The cluster's clock, which a test can move and stop. Retention, transactions and sessions run on it; what clients wait
//! for runs in real time.

use std::time::Duration;

use kafka_trial_core::{Due, DueKind, Happened, Time};

use super::{Cluster, InspectError};
use crate::driver::Driver;

impl Cluster {
    /// Moves the cluster's time ahead: retention, transactions and expiring ids end as if that time had passed, each at its
    /// own time. Returns what has happened, in order.
    ///
    /// Members of groups are carried along: their clients are alive, but could send no heartbeat in between. See
    /// [`Cluster::advance_clock_expiring`]. Clients still wait in real time, and stamp their records with their own clocks: on
    /// a topic with `message.timestamp.type=CreateTime`, new records are as old for retention as the clock was moved.
    ///
    /// Each check of the broker happens, so a jump of a year takes seconds on a broker with compacted topics.
    pub fn advance_clock(&self, by: Duration) -> Result<Vec<Happened>, InspectError> {
        self.advance_clock_expiring(by, &[])
    }

    /// Moves the cluster's time ahead, and lets the sessions and rebalances of these groups end. `*` in a name stands for
    /// any text.
    pub fn advance_clock_expiring(&self, by: Duration, groups: &[&str]) -> Result<Vec<Happened>, InspectError> {
        let micros = u64::try_from(by.as_micros()).unwrap_or(u64::MAX);
        let groups: Vec<String> = groups.iter().map(|group| (*group).to_owned()).collect();
        self.with_driver(move |driver| driver.move_clock(micros, &groups))
    }

    /// Moves the cluster's time to its next timer of a kind. Sessions and rebalances end only in the group that such a timer
    /// concerns. Returns the timer and what has happened; `None` if there is no such timer.
    pub fn advance_clock_to_next(&self, kind: DueKind) -> Result<Option<(Due, Vec<Happened>)>, InspectError> {
        self.with_driver(move |driver| driver.move_clock_to_next(kind))
    }

    /// Returns what the clock will do, in order.
    pub fn due(&self) -> Result<Vec<Due>, InspectError> {
        self.with_driver(|driver| driver.state.due())
    }

    /// Returns the cluster's time.
    pub fn now(&self) -> Result<Time, InspectError> {
        self.with_driver(|driver| driver.state.now())
    }

    /// Stops the cluster's time until [`Cluster::run_clock`]: no session, retention or transaction ends meanwhile,
    /// unless [`Cluster::advance_clock`] moves the time. Clients still wait in real time. Returns whether the time ran before:
    /// who has not stopped it should not restart it.
    pub fn freeze_clock(&self) -> Result<bool, InspectError> {
        self.with_driver(Driver::freeze_clock)
    }

    /// Restarts the cluster's time from the point at which it stopped.
    pub fn run_clock(&self) -> Result<(), InspectError> {
        self.with_driver(Driver::run_clock)
    }
}
