//! What the engine itself takes: pairs a second and schedule lag against a responder that does nothing, and the memory
//! of an hour at 10,000 requests a second on a simulated clock.
//!
//! ```sh
//! cargo run --release -p kafka-trial-load --example overhead
//! ```
//! With a word, as in `-- lag`, only the rows that contain it are measured. It exits with 1 where an aim is missed.
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
const TEN_SECONDS: Duration = Duration::from_secs(10);
const HOUR: Duration = Duration::from_secs(3600);
const RATE: f64 = 10_000.0;

type Row = (&'static str, fn() -> (String, bool));

const ROWS: [Row; 4] = [
    ("pairs a second, 2000 in flight (>= 50000)", || {
        let pairs = drive(Load::concurrent(2000, TEN_SECONDS)).achieved_rate;
        (format!("{pairs:.0}"), pairs >= AIM_PAIRS)
    }),
    ("pairs a second, asked for 50000 (>= 49500)", || {
        let sent = drive(Load::sustained(AIM_PAIRS, TEN_SECONDS)).achieved_rate;
        (format!("{sent:.0}"), sent >= AIM_PAIRS * 0.99)
    }),
    ("p99 of the lag at 25000 a second (< 1 ms)", || {
        let half = drive(Load::sustained(AIM_PAIRS / 2.0, TEN_SECONDS));
        let lag = half.percentile(99.0, SeriesKind::Lag).unwrap_or(f64::INFINITY);
        (format!("{lag:.3} ms"), lag < AIM_LAG_MS)
    }),
    ("memory of an hour at 10000 a second (< 200 MB)", || {
        let (requests, seconds) = hour();
        let bytes = peak_bytes().unwrap_or(u64::MAX);
        (format!("{} MB, {requests} requests in {seconds:.1} s", bytes >> 20), bytes < AIM_BYTES)
    }),
];

fn main() -> ExitCode {
    let wanted = std::env::args().nth(1).unwrap_or_default();
    let mut status = ExitCode::SUCCESS;
    for (about, measure) in ROWS.iter().filter(|(about, _)| about.contains(&wanted)) {
        let (found, is_met) = measure();
        println!("{about:<48} {found}{}", if is_met { "" } else { "   MISSED" });
        if !is_met {
            status = ExitCode::FAILURE;
        }
    }
    status
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
