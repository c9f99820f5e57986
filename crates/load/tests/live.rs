//! Runs against an embedded broker, over real sockets and with a real clock.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests")]

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use kafka_trial::client::{ReceivedRecord, Stopwatch, pause};
use kafka_trial::responder::Responder;
use kafka_trial::{Cluster, ClusterConfig, Record, TopicSpec};
use kafka_trial_load::live::{LiveError, Payload, Target, drive, drive_embedded, search};
use kafka_trial_load::{Count, Load, Plan, Report, SearchRange, SeriesKind, Verdict};

fn cluster() -> Cluster {
    let topics = ["requests", "responses", "elsewhere"].map(|name| TopicSpec::new(name, 2)).to_vec();
    Cluster::start(ClusterConfig { topics, ..ClusterConfig::default() }).unwrap()
}

fn target(cluster: &Cluster) -> Target {
    Target {
        payload: Payload::sized(200),
        ..Target::new(cluster.bootstrap_servers(), "requests", "responses").unwrap()
    }
}

fn run(cluster: &Cluster, plan: Plan) -> Report {
    drive(&target(cluster), plan, &[], &AtomicBool::new(false), |_| ()).unwrap()
}

fn answer(topic: &str, record: &ReceivedRecord) -> Record {
    record.forward_to(topic)
}

/// When each request was answered, from the arrival of the first one, by its number.
type Answered = Arc<Mutex<Vec<(u32, Duration)>>>;

/// A service that takes 2 ms for each request, on average and whatever the clock's grain, and stalls once.
fn stalling_service(cluster: &Cluster, stall: Duration, stall_ends: Duration) -> (Responder, Answered) {
    let answered = Answered::default();
    let log = Arc::clone(&answered);
    let mut clock: Option<Stopwatch> = None;
    let mut free = Duration::ZERO;
    let service = Responder::start(cluster.bootstrap_servers(), &["requests"], move |record| {
        let clock = clock.get_or_insert_with(Stopwatch::start);
        let now = clock.elapsed();
        // Late by its own grain it may be, but not idle: then it would serve faster than it does.
        free = free.max(now.saturating_sub(Duration::from_millis(2)));
        if (stall..stall_ends).contains(&free.max(now)) {
            free = stall_ends;
        }
        free += Duration::from_millis(2);
        pause(free.saturating_sub(now));
        let id = String::from_utf8(record.key.as_deref().unwrap().to_vec()).unwrap();
        let number = id.rsplit('-').next().unwrap().parse().unwrap();
        log.lock().unwrap().push((number, clock.elapsed()));
        vec![answer("responses", record)]
    });
    (service.unwrap(), answered)
}

fn percentiles(report: &Report) -> [f64; 3] {
    let ms = &report.series(SeriesKind::Response).unwrap().ms;
    [ms.p90, ms.p95, ms.p99].map(Option::unwrap)
}

/// The same percentiles of what callers felt, by the service's own record: request n was meant for n times 5 ms.
fn truth(answered: &Answered) -> [f64; 3] {
    let answered = answered.lock().unwrap();
    let felt = |(number, at): &(u32, Duration)| at.saturating_sub(Duration::from_millis(5) * *number);
    let mut felt: Vec<Duration> = answered.iter().map(felt).collect();
    felt.sort();
    [90, 95, 99].map(|percent| felt[(felt.len() * percent).div_ceil(100) - 1].as_secs_f64() * 1e3)
}

#[test]
fn a_stall_shows_as_callers_feel_it_and_a_closed_loop_hides_it() {
    let (stall, stall_ends) = (Duration::from_secs(5), Duration::from_secs(7));
    let cluster = cluster();
    let (service, answered) = stalling_service(&cluster, stall, stall_ends);
    let report = run(&cluster, Plan::new(Load::sustained(200.0, Duration::from_secs(10))));
    drop(service);
    assert_eq!((report.counts[Count::Sent], report.counts[Count::Ok]), (2000, 2000), "{}", report.to_text());
    // On an idle machine the service keeps its 2 ms, and this is 1402, 1702 and 1942 ms.
    let truth = truth(&answered);
    assert!(truth[0] >= 1300.0 && truth[2] >= 1900.0, "the service stalled less than it should: {truth:?}");
    for (found, truth) in percentiles(&report).into_iter().zip(truth) {
        assert!((found - truth).abs() < truth * 0.05, "{found} instead of {truth}\n{}", report.to_text());
    }
    let (_service, _) = stalling_service(&cluster, stall, stall_ends);
    let think = Duration::from_millis(3);
    let closed = run(&cluster, Plan::new(Load::Closed { in_flight: 1, think, duration: Duration::from_secs(10) }));
    let [_, _, p99] = percentiles(&closed);
    assert!(p99 < 500.0, "a closed loop does not see the stall of 2 s in its percentiles: {}", closed.to_text());
}

#[test]
fn defects_of_the_service_are_counted_one_by_one() {
    let cluster = cluster();
    let mut number = 0;
    let _service = Responder::start(cluster.bootstrap_servers(), &["requests"], move |record| {
        let count = number;
        number += 1;
        let mut answers: Vec<Record> = Vec::new();
        match count % 100 {
            10 => {}
            20 => answers.extend([answer("responses", record), answer("responses", record)]),
            30 => answers.push(answer("elsewhere", record)),
            40 => answers.push(Record { value: Some("no json".into()), ..answer("responses", record) }),
            50 => {
                let text = "{\"error\": \"no\"}".to_owned();
                answers.push(Record { value: Some(text.into()), ..answer("responses", record) });
            }
            70 => {
                let stranger =
                    Record { key: Some("nobody".into()), value: Some("{}".into()), ..answer("responses", record) };
                answers.extend([answer("responses", record), stranger]);
            }
            _ => answers.push(answer("responses", record)),
        }
        answers
    })
    .unwrap();
    let mut plan = Plan::new(Load::sustained(100.0, Duration::from_secs(8)));
    // No hiccup of the machine is that long. Late answers are tested with a given clock, in `ledger.rs`.
    plan.timeout = Duration::from_secs(15);
    plan.drain = Duration::from_secs(4);
    let report = run(&cluster, plan);
    let counts = &report.counts;
    let seen = report.to_text();
    assert_eq!(counts[Count::Sent], 800);
    assert_eq!((counts[Count::Lost], counts[Count::Duplicates], counts[Count::Orphans]), (16, 8, 8), "{seen}");
    assert_eq!((counts[Count::Malformed], counts[Count::ErrorResponse], counts[Count::Late]), (8, 8, 0), "{seen}");
    assert_eq!(counts[Count::Ok], 800 - 16 - 8 - 8, "{seen}");
}

#[test]
fn a_service_that_dies_and_comes_back_has_lost_what_came_meanwhile() {
    let cluster = cluster();
    let answered = Arc::new(Mutex::new(0u64));
    let start = || {
        let count = Arc::clone(&answered);
        let service = Responder::start(cluster.bootstrap_servers(), &["requests"], move |record| {
            *count.lock().unwrap() += 1;
            vec![answer("responses", record)]
        });
        Some(service.unwrap())
    };
    let mut service = start();
    let mut plan = Plan::new(Load::sustained(100.0, Duration::from_secs(5)));
    plan.timeout = Duration::from_secs(2);
    plan.drain = Duration::from_secs(1);
    let report =
        drive(&target(&cluster), plan, &[], &AtomicBool::new(false), |progress| match progress.elapsed.as_secs() {
            2 => drop(service.take()),
            3 if service.is_none() => service = start(),
            _ => {}
        })
        .unwrap();
    let answered = *answered.lock().unwrap();
    assert_eq!((report.counts[Count::Sent], report.counts[Count::Ok]), (500, answered), "{}", report.to_text());
    assert_eq!(report.counts[Count::Lost], 500 - answered);
    assert!((20..450).contains(&report.counts[Count::Lost]), "{}", report.to_text());
}

#[test]
fn what_is_missing_is_named_before_anything_is_sent() {
    let cluster = cluster();
    let target = |request: &str, response: &str| Target {
        request_topic: request.to_owned(),
        response_topic: response.to_owned(),
        ..target(&cluster)
    };
    let plan = Plan::new(Load::sustained(10.0, Duration::from_secs(1)));
    for (request, response) in [("nothing", "responses"), ("requests", "nothing")] {
        let error = drive(&target(request, response), plan.clone(), &[], &AtomicBool::new(false), |_| ()).unwrap_err();
        assert!(matches!(&error, LiveError::NoTopic(name) if name == "nothing"), "{error}");
        assert!(error.to_string().contains("kafka-trial topics create nothing"));
    }
    let nowhere = Target { endpoint: "127.0.0.1:1".parse().unwrap(), ..target("requests", "responses") };
    let error = drive(&nowhere, plan, &[], &AtomicBool::new(false), |_| ()).unwrap_err();
    assert_eq!(error.to_string(), "127.0.0.1:1: connection refused");
}

#[test]
fn a_run_that_is_stopped_reports_what_it_has() {
    let cluster = cluster();
    let _service =
        Responder::start(cluster.bootstrap_servers(), &["requests"], |record| vec![answer("responses", record)]);
    let stop = AtomicBool::new(false);
    let plan = Plan::new(Load::sustained(100.0, Duration::from_secs(600)));
    let report = drive(&target(&cluster), plan, &[], &stop, |progress| {
        if progress.elapsed >= Duration::from_secs(1) {
            stop.store(true, std::sync::atomic::Ordering::Relaxed);
        }
    });
    let report = report.unwrap();
    assert!(report.counts[Count::Ok] >= 50 && report.counts[Count::Sent] < 2000, "{}", report.to_text());
}

#[test]
fn a_run_whose_cluster_goes_away_keeps_what_it_has() {
    let cluster = cluster();
    let _service =
        Responder::start(cluster.bootstrap_servers(), &["requests"], |record| vec![answer("responses", record)]);
    let plan = Plan::new(Load::sustained(100.0, Duration::from_secs(60)));
    let report = drive(&target(&cluster), plan, &[], &AtomicBool::new(false), |progress| {
        if progress.elapsed >= Duration::from_secs(2) {
            cluster.stop();
        }
    });
    let report = report.unwrap();
    assert!(report.counts[Count::Ok] >= 50 && report.counts[Count::Sent] < 6000, "{}", report.to_text());
    assert_eq!(report.verdict, Verdict::Invalid);
    assert!(report.broken.is_some_and(|why| why.starts_with("127.0.0.1:")));
}

#[test]
fn a_search_finds_what_the_service_holds_and_waits_for_its_queues() {
    let cluster = cluster();
    // A service that takes 5 ms for each request, so 200 a second are its limit.
    let mut free = Duration::ZERO;
    let clock = Stopwatch::start();
    let _service = Responder::start(cluster.bootstrap_servers(), &["requests"], move |record| {
        free = free.max(clock.elapsed().saturating_sub(Duration::from_millis(5))) + Duration::from_millis(5);
        pause(free.saturating_sub(clock.elapsed()));
        vec![answer("responses", record)]
    })
    .unwrap();
    let plan_at = |rate| {
        let mut plan = Plan::new(Load::sustained(rate, Duration::from_secs(2)));
        plan.timeout = Duration::from_secs(1);
        plan.drain = Duration::ZERO;
        // The machine that runs this may be busy.
        plan.max_lag = Duration::from_secs(1);
        plan
    };
    let thresholds = ["p95(response) < 250ms".parse().unwrap(), "orphans == 0".parse().unwrap()];
    let range = SearchRange { within: 0.2, ..SearchRange::new(60.0, 2000.0) };
    let stop = AtomicBool::new(false);
    let found = search(&target(&cluster), range, plan_at, &thresholds, &stop, |_| ()).unwrap();
    // Whatever else the machine does, more than the service can do does not pass: 2 s of 250 a second leave a queue
    // of half a second.
    let highest = found.highest_rate.unwrap_or_default();
    assert!((60.0..250.0).contains(&highest), "{}", found.to_text());
    assert!(found.runs.iter().any(|run| run.rate >= 240.0), "{}", found.to_text());
    assert!(found.runs.len() <= 16);
}

#[test]
fn on_the_embedded_broker_the_time_of_an_answer_is_split() {
    let cluster = cluster();
    let _service = Responder::start(cluster.bootstrap_servers(), &["requests"], |record| {
        pause(Duration::from_millis(20));
        vec![answer("responses", record)]
    })
    .unwrap();
    let mut plan = Plan::new(Load::sustained(20.0, Duration::from_secs(2)));
    plan.max_lag = Duration::from_secs(1);
    let thresholds = ["p50(handler) >= 20ms".parse().unwrap(), "lost == 0".parse().unwrap()];
    let topics = ("requests", "responses");
    let stop = AtomicBool::new(false);
    let report =
        drive_embedded(&cluster, topics, Payload::sized(200), plan.clone(), &thresholds, &stop, |_| ()).unwrap();
    assert_eq!(report.verdict, Verdict::Passed, "{}", report.to_text());
    let mean = |kind| report.series(kind).unwrap().ms.mean.unwrap();
    let parts: f64 = SeriesKind::SPLIT.map(mean).iter().sum();
    let service = mean(SeriesKind::Service);
    assert!((parts - service).abs() < 0.02 * service, "{parts} instead of {service}: {}", report.to_text());
    assert_eq!(report.series(SeriesKind::Queue).unwrap().count, 40);
    // Elsewhere there is no journal to read, and the threshold says so.
    let elsewhere = drive(&target(&cluster), plan, &thresholds, &stop, |_| ()).unwrap();
    assert_eq!(elsewhere.verdict, Verdict::Failed);
    assert!(elsewhere.thresholds[0].measured.starts_with("not measured: it needs a broker in the same process"));
}
