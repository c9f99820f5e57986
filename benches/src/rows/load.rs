//! The load engine: what it does alone, and what it shows of a broker beside Kafka's own tools.

use std::process::Command;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use kafka_trial::TopicSpec;
use kafka_trial::client::{Client, Deadline, Stopwatch, pause};
use kafka_trial::responder::Responder;
use kafka_trial_load::live::{Payload, Target, drive, drive_loopback};
use kafka_trial_load::{Count, Load, Plan, Reply, Report, Run, SeriesKind};

use super::tools;
use crate::row::{Bench, Effort};
use crate::server::Kind;

/// What Kafka's tools send, too.
pub(super) const BYTES: usize = 256;
const RATE: u32 = 200;
/// Requests a second of the engine alone, and of the hour in memory.
const ENGINE_RATE: f64 = 50_000.0;
const HOUR_RATE: f64 = 10_000.0;
const IN_FLIGHT: u32 = 2000;
/// How long one step of preparing a run may take.
const LIMIT: Duration = Duration::from_secs(30);
const LOOK_AGAIN: Duration = Duration::from_millis(20);

fn length(bench: &Bench, full: u64) -> Duration {
    match bench.effort {
        Effort::Full => Duration::from_secs(full),
        Effort::Smoke => Duration::from_millis(100),
    }
}

/// Pairs of requests and answers a second, against a responder in this process that does nothing.
pub(crate) fn engine(bench: &Bench, kind: Kind) -> Result<Option<f64>> {
    let load = Load::concurrent(IN_FLIGHT, length(bench, 5));
    Ok(alone(kind, load).map(|report| report.achieved_rate))
}

/// The 99th percentile of how late the engine is at half the rate that it has to reach. The limit is a thread that does
/// nothing but rest until each request is due.
pub(crate) fn lag(bench: &Bench, kind: Kind) -> Result<Option<f64>> {
    let (rate, length) = (ENGINE_RATE / 2.0, length(bench, 5));
    if kind == Kind::Limit {
        return Ok(Some(lag_of_resting(Duration::from_secs_f64(1.0 / rate), length)));
    }
    let report = alone(kind, Load::sustained(rate, length));
    report.map(|report| p(99.0, SeriesKind::Lag, &report)).transpose()
}

fn lag_of_resting(step: Duration, length: Duration) -> f64 {
    let clock = Stopwatch::start();
    let dues = (0..).map(|number| step * number).take_while(|due| *due < length);
    let mut late: Vec<f64> = dues
        .map(|due| {
            pause(due.saturating_sub(clock.elapsed()));
            clock.elapsed().saturating_sub(due).as_secs_f64()
        })
        .collect();
    late.sort_by(f64::total_cmp);
    late.get(late.len() * 99 / 100).copied().unwrap_or_default()
}

fn alone(kind: Kind, load: Load) -> Option<Report> {
    let drive = || drive_loopback(&Payload::sized(BYTES), Plan::new(load), &[], &AtomicBool::new(false));
    (kind == Kind::KafkaTrial).then(drive)
}

/// The most memory of a process that drives an hour on a simulated clock.
pub(crate) fn memory(bench: &Bench, kind: Kind) -> Result<Option<f64>> {
    if kind != Kind::KafkaTrial || !cfg!(target_os = "linux") {
        return Ok(None);
    }
    let seconds = if bench.effort == Effort::Full { "3600" } else { "1" };
    let output = Command::new(std::env::current_exe()?).args(["--be-load", seconds]).output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(Some(String::from_utf8(output.stdout)?.trim().parse()?))
}

/// Drives so many seconds without waiting: each request is answered after 2 ms but for one in a thousand. Prints the most
/// memory that it took.
pub(crate) fn be_load(seconds: u64) -> Result<()> {
    let mut run = Run::new(Plan::new(Load::sustained(HOUR_RATE, Duration::from_secs(seconds))));
    while let Some(now) = run.next_due() {
        let send = run.due(now).context("what is due can be sent")?;
        run.sent(send, 0, now);
        run.acknowledged(send.number, now + Duration::from_millis(1));
        if !send.number.is_multiple_of(1000) {
            run.answered(send.number, Reply::Ok, now + Duration::from_millis(2));
        }
        run.tick(now);
    }
    ensure!(run.finish(&[]).counts[Count::Lost] > 0, "nothing was lost");
    let status = std::fs::read_to_string("/proc/self/status")?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no VmHWM")?;
    let kilobytes: f64 = peak.trim().trim_end_matches("kB").trim().parse()?;
    println!("{}", kilobytes * 1024.0);
    Ok(())
}

pub(crate) fn ack(bench: &Bench, kind: Kind) -> Result<Option<f64>> {
    open(bench, kind, 50.0, SeriesKind::Ack)
}

pub(crate) fn ack_p99(bench: &Bench, kind: Kind) -> Result<Option<f64>> {
    open(bench, kind, 99.0, SeriesKind::Ack)
}

pub(crate) fn answer(bench: &Bench, kind: Kind) -> Result<Option<f64>> {
    open(bench, kind, 50.0, SeriesKind::Response)
}

pub(crate) fn answer_p99(bench: &Bench, kind: Kind) -> Result<Option<f64>> {
    open(bench, kind, 99.0, SeriesKind::Response)
}

pub(crate) fn pair(bench: &Bench, kind: Kind) -> Result<Option<f64>> {
    closed(bench, kind, 50.0)
}

pub(crate) fn pair_p99(bench: &Bench, kind: Kind) -> Result<Option<f64>> {
    closed(bench, kind, 99.0)
}

fn open(bench: &Bench, kind: Kind, percent: f64, series: SeriesKind) -> Result<Option<f64>> {
    let load = Load::sustained(f64::from(RATE), length(bench, 5));
    driven(bench, kind, load)?.map(|report| p(percent, series, &report)).transpose()
}

fn closed(bench: &Bench, kind: Kind, percent: f64) -> Result<Option<f64>> {
    let load = Load::concurrent(1, length(bench, 2));
    driven(bench, kind, load)?.map(|report| p(percent, SeriesKind::Response, &report)).transpose()
}

/// Kafka's own tool that sends at a rate and times the acknowledgements.
pub(crate) fn perf_test(bench: &Bench, kind: Kind) -> Result<Option<f64>> {
    tools::producer_perf_test(bench, kind, RATE, 50)
}

pub(crate) fn perf_test_p99(bench: &Bench, kind: Kind) -> Result<Option<f64>> {
    tools::producer_perf_test(bench, kind, RATE, 99)
}

/// Kafka's own tool that times one record after the other, there and back on one topic.
pub(crate) fn end_to_end(bench: &Bench, kind: Kind) -> Result<Option<f64>> {
    tools::end_to_end_latency(bench, kind, 50)
}

pub(crate) fn end_to_end_p99(bench: &Bench, kind: Kind) -> Result<Option<f64>> {
    tools::end_to_end_latency(bench, kind, 99)
}

/// A run against a service that answers each request with itself.
fn driven(bench: &Bench, kind: Kind, load: Load) -> Result<Option<Report>> {
    if !matches!(kind, Kind::KafkaTrial | Kind::Kafka) {
        return Ok(None);
    }
    let address = bench.address(kind)?;
    let (requests, responses) = (create(bench, address)?, create(bench, address)?);
    let to = responses.clone();
    let service = Responder::start(address, &[&requests], move |record| vec![record.forward_to(&to)])?;
    let target = Target { payload: Payload::sized(BYTES), ..Target::new(address, &requests, &responses)? };
    let report = drive(&target, Plan::new(load), &[], &AtomicBool::new(false), |_| ())?;
    drop(service);
    ensure!(
        report.counts[Count::Sent] > 0 && report.counts[Count::Ok] == report.counts[Count::Sent],
        "{}",
        report.to_text()
    );
    Ok(Some(report))
}

/// A topic with one partition, and a leader that knows that it is one.
pub(super) fn create(bench: &Bench, address: &str) -> Result<String> {
    let name = bench.new_name();
    let deadline = Deadline::after(LIMIT);
    let mut client = Client::connect(address, deadline)?;
    client.create_topics(&[TopicSpec::new(&name, 1)], 1, deadline)?;
    let has_leader = |client: &mut Client| -> Result<bool> {
        let views = client.topics(Some(&[&name]), deadline)?;
        Ok(views.iter().any(|view| view.partitions.iter().all(|partition| partition.leader.is_some())))
    };
    let watch = Stopwatch::start();
    while !has_leader(&mut client)? {
        ensure!(watch.elapsed() < LIMIT, "{name} has no leader");
        pause(LOOK_AGAIN);
    }
    Ok(name)
}

fn p(percent: f64, series: SeriesKind, report: &Report) -> Result<f64> {
    let millis = report.percentile(percent, series);
    Ok(millis.with_context(|| format!("nothing was measured: {}", report.to_text()))? / 1e3)
}
