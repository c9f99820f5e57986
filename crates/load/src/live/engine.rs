//! The engine: sends what is due, and takes what the threads of a run tell.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use kafka_trial::client::Stopwatch;

use super::LiveError;
use super::answers::Answer;
use super::event::Event;
use super::split::Places;
use super::tag::Match;
use crate::{Due, Interval, Ledger, Plan, Run};

/// The longest that the engine rests, so that it notices when it is told to stop.
const REST: Duration = Duration::from_millis(20);
/// How often whoever watches is told.
const WATCH: Duration = Duration::from_secs(1);

/// Where requests go.
pub(super) trait Outlet {
    /// Sends requests without waiting for what becomes of them. Gives the partition of each.
    fn send(&mut self, sends: &[Due]) -> Result<Vec<u32>, LiveError>;
}

/// Where a run stands, once a second.
#[derive(Debug)]
#[non_exhaustive]
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

/// Drives a run until it is over: sends what is due, and takes what the other threads tell.
pub(super) fn engine(
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
