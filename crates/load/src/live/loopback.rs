//! A run against nothing: what the driver itself takes.

use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{self, Receiver, Sender};

use bytes::Bytes;
use kafka_trial::client::Stopwatch;

use super::payload::judge;
use super::{Event, LiveError, Outlet, Payload, Tag, engine};
use crate::{Plan, Report, Run, Send, Threshold};

/// Drives a plan against a responder in this process that answers each request at once, without a cluster. Requests are
/// built, found again and judged as they always are; so this is the most that a driver can do on this machine, and the
/// least that it adds to a latency.
pub fn drive_loopback(payload: &Payload, plan: Plan, thresholds: &[Threshold], stop: &AtomicBool) -> Report {
    let tag = Tag::new(plan.seed, plan.share.worker());
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
    requests: Sender<Vec<(String, Bytes)>>,
}

impl Outlet for Loop<'_> {
    fn send(&mut self, sends: &[Send]) -> Result<(), LiveError> {
        let build = |send: &Send| {
            let id = self.tag.id(send.number);
            let body = self.payload.body(&id);
            (id, body)
        };
        // The responder goes after this; if it has gone before, its thread has said why.
        let _ = self.requests.send(sends.iter().map(build).collect());
        Ok(())
    }

    fn lane(&self, _: u64) -> u32 {
        0
    }
}

fn respond(arrivals: &Receiver<Vec<(String, Bytes)>>, tag: Tag, clock: Stopwatch, events: &Sender<Event>) {
    while let Ok(requests) = arrivals.recv() {
        let answers = requests.iter().map(|(id, body)| (tag.find(id.as_bytes()), judge(Some(body)), (0, 0))).collect();
        if events.send(Event::Answers(answers, clock.elapsed())).is_err() {
            return;
        }
    }
}
