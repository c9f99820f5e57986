//! What the engine itself takes: pairs a second and schedule lag against a responder that does nothing, and the memory
//! of an hour at 10,000 requests a second on a simulated clock.
//!
//! ```sh
//! cargo run --release -p kafka-trial-load --example overhead
//! ```
//! It exits with 1 where an aim is missed.
#![expect(clippy::print_stdout, reason = "it is what the example is for")]

use std::process::ExitCode;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use kafka_trial::client::Stopwatch;
use kafka_trial_load::live::{Payload, drive_loopback};
use kafka_trial_load::{Load, Plan, Reply, Report, Run, SeriesKind};

const AIM_PAIRS: f64 = 50_000.0;
const AIM_LAG_MS: f64 = 1.0;
const AIM_BYTES: u64 = 200 << 20;
const HOUR: Duration = Duration::from_secs(3600);
const RATE: f64 = 10_000.0;

fn main() -> ExitCode {
    let mut has_missed = false;
    let mut row = |what: &str, found: String, aim: &str, is_met: bool| {
        println!("{what:<58} {found:>18}   {aim:<12} {}", if is_met { "met" } else { "MISSED" });
        has_missed |= !is_met;
    };
    let closed = drive(Load::concurrent(2000, Duration::from_secs(10)));
    let pairs = closed.achieved_rate;
    row("pairs a second, 2000 in flight", format!("{pairs:.0}"), ">= 50000", pairs >= AIM_PAIRS);
    let full = drive(Load::sustained(AIM_PAIRS, Duration::from_secs(10)));
    let sent = full.achieved_rate;
    row("pairs a second, asked for 50000", format!("{sent:.0}"), ">= 49500", sent >= AIM_PAIRS * 0.99);
    let half = drive(Load::sustained(AIM_PAIRS / 2.0, Duration::from_secs(10)));
    let lag = half.percentile(99.0, SeriesKind::Lag).unwrap_or(f64::INFINITY);
    row("p99 of the lag at 25000 a second", format!("{lag:.3} ms"), "< 1 ms", lag < AIM_LAG_MS);
    let (requests, seconds) = hour();
    let bytes = peak_bytes().unwrap_or(u64::MAX);
    let what = format!("an hour at 10000 a second ({requests} requests, {seconds:.1} s)");
    row(&what, format!("{} MB", bytes >> 20), "< 200 MB", bytes < AIM_BYTES);
    if has_missed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn drive(load: Load) -> Report {
    drive_loopback(&Payload::sized(256), Plan::new(load), &[], &AtomicBool::new(false))
}

/// An hour of requests, each answered after 2 ms but for one in a thousand, without waiting.
fn hour() -> (u64, f64) {
    let clock = Stopwatch::start();
    let mut run = Run::new(Plan::new(Load::sustained(RATE, HOUR)));
    while let Some(now) = run.next_due() {
        let Some(send) = run.due(now) else { break };
        run.sent(send, 0, now);
        run.acknowledged(send.number, now + Duration::from_millis(1));
        if !send.number.is_multiple_of(1000) {
            run.answered(send.number, Reply::Ok, now + Duration::from_millis(2));
        }
        run.tick(now);
    }
    let report = run.finish(&[]);
    (report.counts.ok + report.counts.lost, clock.elapsed().as_secs_f64())
}

/// The most memory that this process has had, where the system tells.
fn peak_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches("kB").trim().parse::<u64>().ok().map(|kilobytes| kilobytes << 10)
}
