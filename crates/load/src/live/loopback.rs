//! A run against nothing: what the driver itself takes.

use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{self, Receiver, Sender};

use kafka_trial::client::Stopwatch;
use kafka_trial::value::Values;

use super::answers::{Answer, judge};
use super::engine::{Outlet, engine};
use super::event::Event;
use super::payload::Built;
use super::{LiveError, Payload, Tag};
use crate::{Due, Plan, Report, Run, Threshold};

/// Drives a plan against a responder in this process that answers each request at once, without a cluster. Requests are
/// built, found again and judged as they always are; so this is the most that a driver can do on this machine, and the
/// least that it adds to a latency.
pub fn drive_loopback(payload: &Payload, plan: Plan, thresholds: &[Threshold], stop: &AtomicBool) -> Report {
    let tag = Tag::new(plan.seed, plan.share);
    let (events, inbox) = mpsc::channel();
    let (requests, arrivals) = mpsc::channel();
    let clock = Stopwatch::start();
    let mut run = Run::new(plan);
    std::thread::scope(|scope| {
        scope.spawn(move || respond(&arrivals, tag, clock, &events));
        let mut outlet = Loop { payload, tag, requests };
        // Nothing can break here but the responder's thread, and then its answers are missing from the report.
        let _ = engine(&mut run, &mut outlet, clock, &inbox, stop, &mut |_| (), None);
    });
    run.finish(thresholds)
}

/// The way to the responder.
struct Loop<'a> {
    payload: &'a Payload,
    tag: Tag,
    requests: Sender<Vec<(u64, Built)>>,
}

impl Outlet for Loop<'_> {
    fn send(&mut self, sends: &[Due]) -> Result<Vec<u32>, LiveError> {
        let build = |send: &Due| (send.number, self.payload.build(self.tag, send.number));
        // The responder goes after this; if it has gone before, its thread has said why.
        let _ = self.requests.send(sends.iter().map(build).collect());
        Ok(vec![0; sends.len()])
    }
}

fn respond(arrivals: &Receiver<Vec<(u64, Built)>>, tag: Tag, clock: Stopwatch, events: &Sender<Event>) {
    while let Ok(requests) = arrivals.recv() {
        let taken = requests.iter().map(|(number, _)| *number).collect();
        let answer = |(_, request): &(u64, Built)| {
            let to = request.key.iter().chain([&request.body]).find_map(|bytes| tag.find(bytes));
            let (reply, complaint) = judge(Values::default().read(Some(&request.body)), None);
            Answer { to, reply, complaint, place: (0, 0) }
        };
        let answers = requests.iter().map(answer).collect();
        let said = [Event::Acknowledged(taken, (0, 0), Stopwatch::start()), Event::Answers(answers, clock.elapsed())];
        if said.into_iter().any(|event| events.send(event).is_err()) {
            return;
        }
    }
}
