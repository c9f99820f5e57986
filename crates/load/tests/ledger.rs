//! Every request ends in exactly one class, whatever the answers do.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::time::Duration;

use kafka_trial_load::{Count, Load, Plan, Reply, Run, SeriesKind, Threshold, Verdict};
use proptest::prelude::*;

const SECOND: Duration = Duration::from_secs(1);

fn plan(rate: f64, seconds: u64) -> Plan {
    let mut plan = Plan::new(Load::sustained(rate, Duration::from_secs(seconds)));
    plan.timeout = SECOND;
    plan.drain = SECOND;
    plan
}

/// What an answer does.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Ok,
    Error,
    Malformed,
    Late,
    Lost,
    Twice,
    Refused,
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        8 => Just(Fate::Ok),
        1 => Just(Fate::Error),
        1 => Just(Fate::Malformed),
        1 => Just(Fate::Late),
        1 => Just(Fate::Lost),
        1 => Just(Fate::Twice),
        1 => Just(Fate::Refused),
    ]
}

proptest! {
    #[test]
    fn the_classes_count_each_defect_exactly(fates in proptest::collection::vec(fate(), 100)) {
        let mut run = Run::new(plan(100.0, 1));
        let millis = Duration::from_millis;
        for (fate, number) in fates.iter().zip(0u64..) {
            let now = millis(number * 10);
            let send = run.due(now).unwrap();
            prop_assert_eq!(send.number, number);
            run.sent(send, 0, now);
            let reply = match fate {
                Fate::Ok | Fate::Twice => Some(Reply::Ok),
                Fate::Error => Some(Reply::Error),
                Fate::Malformed => Some(Reply::Malformed),
                Fate::Late | Fate::Lost | Fate::Refused => None,
            };
            if let Some(reply) = reply {
                run.answered(number, reply, now + millis(1));
            }
            if matches!(fate, Fate::Refused) {
                run.failed(number, "MESSAGE_TOO_LARGE", now);
            }
            if matches!(fate, Fate::Twice) {
                run.answered(number, Reply::Ok, now + millis(2));
            }
        }
        for (fate, number) in fates.iter().zip(0u64..) {
            if matches!(fate, Fate::Late) {
                run.answered(number, Reply::Ok, millis(number * 10 + 1500));
            }
        }
        run.answered(4_000_000, Reply::Ok, SECOND);
        run.orphan();
        run.tick(Duration::from_secs(9));
        prop_assert!(run.is_over(Duration::from_secs(9)));
        let report = run.finish(&[]);
        let count = |wanted: fn(&Fate) -> bool| fates.iter().filter(|fate| wanted(fate)).count() as u64;
        let counts = &report.counts;
        prop_assert_eq!(counts[Count::Ok], count(|fate| matches!(fate, Fate::Ok | Fate::Twice)));
        prop_assert_eq!(counts[Count::ErrorResponse], count(|fate| matches!(fate, Fate::Error)));
        prop_assert_eq!(counts[Count::Malformed], count(|fate| matches!(fate, Fate::Malformed)));
        prop_assert_eq!(counts[Count::Late], count(|fate| matches!(fate, Fate::Late)));
        prop_assert_eq!(counts[Count::Lost], count(|fate| matches!(fate, Fate::Lost)));
        prop_assert_eq!(counts[Count::ProduceFailed], count(|fate| matches!(fate, Fate::Refused)));
        prop_assert_eq!(counts[Count::Duplicates], count(|fate| matches!(fate, Fate::Twice)));
        prop_assert_eq!(counts[Count::Orphans], 2);
        let sum = counts[Count::Ok] + counts[Count::ErrorResponse] + counts[Count::Malformed] + counts[Count::Late] + counts[Count::Lost] + counts[Count::ProduceFailed];
        prop_assert_eq!(sum, counts[Count::Sent]);
        prop_assert_eq!(report.invalid_because, None);
    }
}

fn answered_at_once(mut run: Run, thresholds: &[&str]) -> kafka_trial_load::Report {
    while let Some(now) = run.next_due() {
        let send = run.due(now).unwrap();
        run.sent(send, 0, now);
        run.answered(send.number, Reply::Ok, now + Duration::from_millis(3));
    }
    let thresholds: Vec<Threshold> = thresholds.iter().map(|text| text.parse().unwrap()).collect();
    run.finish(&thresholds)
}

#[test]
fn thresholds_decide_the_verdict() {
    let held = answered_at_once(Run::new(plan(100.0, 2)), &["p99 < 10ms", "lost == 0", "achieved_rate >= 99%"]);
    assert_eq!(held.verdict, Verdict::Passed);
    let broken = answered_at_once(Run::new(plan(100.0, 2)), &["p99 < 1ms", "success_rate >= 95%"]);
    assert_eq!(broken.verdict, Verdict::Failed);
    let holds: Vec<bool> = broken.thresholds.iter().map(|result| result.holds).collect();
    assert_eq!(holds, [false, true]);
    assert_eq!(broken.thresholds[0].measured, "3.00 ms");
    let mut slower = held.clone();
    slower.judge(&["p99 <= baseline*1.2".parse().unwrap()], Some(&broken));
    assert_eq!(slower.verdict, Verdict::Passed);
    slower.judge(&["p99 <= baseline*0.5".parse().unwrap()], Some(&broken));
    assert_eq!(slower.verdict, Verdict::Failed);
}

#[test]
fn a_driver_that_cannot_keep_its_schedule_says_so_before_any_threshold() {
    let mut run = Run::new(plan(1000.0, 1));
    let mut now = Duration::ZERO;
    while let Some(send) = run.due(now + Duration::from_millis(50)) {
        now = send.intended;
        run.sent(send, 0, now + Duration::from_millis(50));
        run.answered(send.number, Reply::Ok, now + Duration::from_millis(51));
    }
    let report = run.finish(&["p99 < 1ms".parse().unwrap()]);
    assert_eq!(report.verdict, Verdict::Invalid);
    assert!(report.invalid_because.unwrap().starts_with("the driver sent up to 50"));
}

#[test]
fn what_could_not_be_sent_in_its_time_is_dropped_and_makes_the_run_invalid() {
    let mut run = Run::new(plan(10.0, 1));
    let late = Duration::from_millis(1450);
    let mut sent = 0;
    while let Some(send) = run.due(late) {
        run.sent(send, 0, late);
        run.answered(send.number, Reply::Ok, late);
        sent += 1;
    }
    let report = run.finish(&[]);
    assert_eq!((sent, report.counts[Count::Dropped]), (5, 5), "those meant for the first 450 ms");
    assert_eq!(report.verdict, Verdict::Invalid);
}

#[test]
fn the_warm_up_is_shown_and_not_counted() {
    let mut plan = plan(100.0, 3);
    plan.warm_up = SECOND;
    let report = answered_at_once(Run::new(plan), &[]);
    assert_eq!((report.counts[Count::WarmUp], report.counts[Count::Sent], report.counts[Count::Ok]), (100, 200, 200));
    assert_eq!(report.series[0].count, 200);
    let [first, second, ..] = report.intervals.as_slice() else { panic!("there are three seconds") };
    assert_eq!((first.sent, first.answered, first.p50_ms), (100, 100, None));
    assert_eq!((second.answered, second.p50_ms), (100, Some(3.001)), "to three digits");
}

#[test]
fn the_cool_down_is_shown_and_not_counted() {
    let mut plan = plan(100.0, 3);
    (plan.warm_up, plan.cool_down) = (SECOND, SECOND);
    assert_eq!(plan.check(), Ok(()));
    let report = answered_at_once(Run::new(plan.clone()), &["achieved_rate >= 99%"]);
    let counts = &report.counts;
    assert_eq!(
        (counts[Count::WarmUp], counts[Count::Sent], counts[Count::Ok], counts[Count::CoolDown]),
        (100, 100, 100, 100)
    );
    assert_eq!((report.series[0].count, report.verdict), (100, Verdict::Passed));
    assert!(report.outcome().ends_with("in addition 100 of the warm-up, 100 of the cool-down"), "{}", report.outcome());
    plan.warm_up = 2 * SECOND;
    assert!(plan.check().unwrap_err().contains("no time is left to be counted"));
}

#[test]
fn an_acknowledgement_that_comes_after_the_answer_is_timed_too() {
    let mut run = Run::new(plan(100.0, 1));
    while let Some(now) = run.next_due() {
        let send = run.due(now).unwrap();
        run.sent(send, 0, now);
        run.answered(send.number, Reply::Ok, now + Duration::from_millis(1));
        run.acknowledged(send.number, now + Duration::from_millis(3));
        run.acknowledged(send.number, now + Duration::from_millis(9));
    }
    let report = run.finish(&[]);
    let ack = report.series(SeriesKind::Ack).unwrap();
    assert_eq!((ack.count, ack.ms.max), (100, Some(3.001)), "each once, to three digits");
}

#[test]
fn a_closed_load_goes_on_when_answers_are_lost() {
    let mut plan = Plan::new(Load::concurrent(2, Duration::from_secs(10)));
    plan.timeout = SECOND;
    plan.drain = SECOND;
    let mut run = Run::new(plan);
    for second in 0..12 {
        let now = Duration::from_secs(second);
        run.tick(now);
        while let Some(send) = run.due(now) {
            run.sent(send, 0, now);
        }
    }
    run.tick(Duration::from_secs(20));
    assert!(run.is_over(Duration::from_secs(20)));
    let report = run.finish(&["lost == 0".parse().unwrap()]);
    assert_eq!((report.counts[Count::Sent], report.counts[Count::Lost]), (8, 8), "two every three seconds");
    assert_eq!(report.verdict, Verdict::Failed);
}

#[test]
fn what_is_lost_on_a_long_run_is_given_up_while_it_runs() {
    let mut plan = plan(10_000.0, 10);
    plan.timeout = SECOND;
    let mut run = Run::new(plan);
    while let Some(now) = run.next_due() {
        let send = run.due(now).unwrap();
        run.sent(send, 0, now);
        if !send.number.is_multiple_of(100) {
            run.answered(send.number, Reply::Ok, now + Duration::from_millis(2));
        }
        run.tick(now);
    }
    let (sent, ledger, _) = run.progress();
    assert_eq!((sent, ledger.counts()[Count::Sent]), (100_000, 100_000));
    // Those of the last two seconds may still be answered.
    assert_eq!(ledger.counts()[Count::Lost], 800);
    assert_eq!(run.finish(&[]).counts[Count::Lost], 1_000);
}
