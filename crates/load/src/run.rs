//! The engine: a state machine that is told the time and what happened, and says what is due.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::iter::Peekable;
use std::time::Duration;

use crate::ledger::{Entry, Part};
use crate::measured::Measured;
use crate::report::Outcome;
use crate::schedule::Schedule;
use crate::share::Shared;
use crate::{Count, Interval, Ledger, Load, Plan, Reply, Report, Threshold};

/// A request that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Due {
    /// Its number, counting from 0.
    pub number: u64,
    /// When it is meant to be sent.
    pub intended: Duration,
}

/// When requests become due.
#[derive(Clone, Debug)]
enum Source {
    Open(Box<Peekable<Shared<Schedule>>>),
    /// The times from which each free slot may send.
    Closed {
        free: BinaryHeap<Reverse<Duration>>,
        think: Duration,
        ends: Duration,
    },
}

/// A run under way. All times are from its start, on one clock for both ends.
#[derive(Clone, Debug)]
pub struct Run {
    plan: Plan,
    source: Source,
    next: u64,
    ledger: Ledger,
    measured: Measured,
    is_stopped: bool,
    last_sent: Duration,
    refusal: Option<String>,
    complaint: Option<String>,
}

impl Run {
    /// A run that has not sent anything.
    pub fn new(plan: Plan) -> Self {
        let source = match &plan.load {
            Load::Open(stages) => {
                Source::Open(Box::new(plan.share.of(Schedule::new(stages.clone(), plan.seed)).peekable()))
            }
            Load::Closed { in_flight, think, duration } => Source::Closed {
                free: plan.share.of(0..*in_flight).map(|_| Reverse(Duration::ZERO)).collect(),
                think: *think,
                ends: *duration,
            },
        };
        let ledger = Ledger::new(plan.timeout, plan.drain);
        Self {
            plan,
            source,
            next: 0,
            ledger,
            measured: Measured::default(),
            is_stopped: false,
            last_sent: Duration::ZERO,
            refusal: None,
            complaint: None,
        }
    }

    /// When the next request is meant to be sent. `None` while a closed load has all its requests in flight, and when
    /// there are no more.
    pub fn next_due(&mut self) -> Option<Duration> {
        if self.is_stopped || self.next >= self.plan.most {
            return None;
        }
        match &mut self.source {
            Source::Open(schedule) => schedule.peek().copied(),
            Source::Closed { free, ends, .. } => free.peek().map(|free| free.0).filter(|due| due < ends),
        }
    }

    /// Takes the next request if it is due at `now`. One that is late by more than its whole time-out is dropped: its
    /// caller has given up by then. Dropped requests make a run invalid.
    pub fn due(&mut self, now: Duration) -> Option<Due> {
        loop {
            let intended = self.next_due().filter(|due| *due <= now)?;
            let ends = match &mut self.source {
                Source::Open(schedule) => {
                    schedule.next();
                    None
                }
                Source::Closed { free, ends, .. } => {
                    free.pop();
                    Some(*ends)
                }
            };
            // A slot of a closed load that comes free after the end sends no more.
            if ends.is_some_and(|ends| now >= ends) {
                continue;
            }
            if ends.is_none() && now > intended + self.plan.timeout {
                self.ledger.dropped();
                continue;
            }
            let number = self.next;
            self.next += 1;
            // In a closed load nobody is due before a slot is free: it is meant to go when it goes.
            let intended = if ends.is_some() { now } else { intended };
            return Some(Due { number, intended });
        }
    }

    /// A request was handed to the client at `now`; `lane` is the partition it went to.
    pub fn sent(&mut self, send: Due, lane: u32, now: Duration) {
        let part = self.plan.part(send.intended);
        self.ledger.sent(send.number, send.intended, now, lane, part);
        self.last_sent = self.last_sent.max(now);
        if part == Part::Counted {
            self.measured.lag.record(now.saturating_sub(send.intended));
        }
        self.measured.count_sent(now);
    }

    /// The cluster has acknowledged a request.
    pub fn acknowledged(&mut self, number: u64, now: Duration) {
        if let Some(sent) = self.ledger.acknowledged(number).filter(|_| self.ledger.is_counted(number)) {
            self.measured.ack.record(now.saturating_sub(sent));
        }
    }

    /// The cluster did not take a request. The first reason of a run stands in its report.
    pub fn failed(&mut self, number: u64, why: &str, now: Duration) {
        if self.ledger.produce_failed(number) {
            self.refusal.get_or_insert_with(|| why.to_owned());
            self.free_slot(now);
        }
    }

    /// An answer to a request came. Where it is the first, and counted: how long after the request was sent.
    pub fn answered(&mut self, number: u64, reply: Reply, now: Duration) -> Option<Duration> {
        let entry = if number < self.next { self.ledger.answered(number, reply, now) } else { self.unknown() };
        match entry {
            Entry::First { class, request, is_counted } => {
                self.measured.silences.answered(request.intended, now);
                self.measured.count_answer(now, class);
                self.free_slot(now);
                let service = now.saturating_sub(request.actual);
                if is_counted {
                    self.measured.answered(now.saturating_sub(request.intended), service);
                }
                is_counted.then_some(service)
            }
            Entry::Nothing => None,
        }
    }

    /// The answer to a request that [`Run::answered`] is told of next does not fit its schema. The first reason of a run
    /// stands in its report.
    pub fn off_schema(&mut self, number: u64, why: &str) {
        if self.ledger.off_schema(number) {
            self.complaint.get_or_insert_with(|| why.to_owned());
        }
    }

    /// A request is among the dead letters; none where it cannot be told which one.
    pub fn dead_letter(&mut self, of: Option<u64>) {
        self.ledger.dead_letter(of);
    }

    /// The consumer group of the service was not stable for so long.
    pub fn rebalanced(&mut self, took: Duration) {
        self.measured.rebalance.get_or_insert_default().record(took);
    }

    /// Somebody watches whether the group of the service rebalances.
    pub fn watches_rebalances(&mut self) {
        self.measured.rebalance.get_or_insert_default();
    }

    fn unknown(&mut self) -> Entry {
        self.ledger.orphan();
        Entry::Nothing
    }

    /// Something came that is an answer to nothing.
    pub fn orphan(&mut self) {
        self.ledger.orphan();
    }

    fn free_slot(&mut self, now: Duration) {
        if let Source::Closed { free, think, .. } = &mut self.source {
            free.push(Reverse(now + *think));
        }
    }

    /// Lets time pass: requests whose time is over are given up. A closed load goes on without their answers.
    pub fn tick(&mut self, now: Duration) {
        for _ in self.ledger.give_up(now) {
            self.free_slot(now);
        }
        self.measured.tick(now);
    }

    /// No further request is sent.
    pub fn stop(&mut self) {
        self.is_stopped = true;
    }

    /// Whether all requests have been sent and have ended, or had their time to.
    pub fn is_over(&mut self, now: Duration) -> bool {
        let has_more = match &mut self.source {
            Source::Open(schedule) => schedule.peek().is_some(),
            Source::Closed { ends, .. } => now < *ends,
        };
        let has_more = has_more && !self.is_stopped && self.next < self.plan.most;
        !has_more && self.ledger.is_settled()
    }

    /// Requests sent so far, and those that have ended, for people who watch.
    pub fn progress(&self) -> (u64, &Ledger, Option<&Interval>) {
        (self.next, &self.ledger, self.measured.last_interval())
    }

    /// The plan of the run.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Ends the run: what has not been answered is lost.
    pub fn finish(mut self, thresholds: &[Threshold]) -> Report {
        self.ledger.close();
        self.measured.close_interval();
        let measured = self.measured.all(self.plan.load.think());
        let sending = self.last_sent.max(Duration::from_millis(1));
        let usual = self.measured.response.percentile(50.0, 0).unwrap_or_default();
        let has_lost = self.ledger.counts()[Count::Lost] > 0;
        let outcome = Outcome {
            plan: &self.plan,
            ledger: &self.ledger,
            measured,
            stalls: self.measured.silences.stalls(usual, self.last_sent, has_lost),
            intervals: self.measured.intervals,
            sending,
            refusal: self.refusal,
            complaint: self.complaint,
            is_stopped: self.is_stopped,
        };
        Report::new(outcome, thresholds)
    }
}
