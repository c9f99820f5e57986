//! The acceptance oracle: a single server with 2 ms of service time that stalls from 5 s to 7 s, under 200 requests a
//! second for 10 s. On a virtual clock the figures are exact, to the histogram's three digits.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod simulated;

use std::time::Duration;

use kafka_trial_load::{Count, Load, Plan, Report, SeriesKind};

use crate::simulated::simulate;

fn response(report: &Report) -> [f64; 7] {
    let ms = &report.series(SeriesKind::Response).unwrap().ms;
    [ms.mean, ms.p50, ms.p75, ms.p90, ms.p95, ms.p99, ms.p99_9].map(Option::unwrap)
}

fn assert_near(found: [f64; 7], expected: [f64; 7]) {
    for (found, expected) in found.into_iter().zip(expected) {
        assert!((found - expected).abs() <= expected * 0.002, "{found} instead of {expected}");
    }
}

#[test]
fn an_open_load_shows_the_stall_as_callers_feel_it() {
    let report = simulate(Plan::new(Load::sustained(200.0, Duration::from_secs(10))));
    assert_eq!((report.counts[Count::Sent], report.counts[Count::Ok], report.counts[Count::Lost]), (2000, 2000, 0));
    assert_near(response(&report), [335.8, 2.0, 502.0, 1402.0, 1702.0, 1942.0, 1996.0]);
    assert!((report.series[0].ms.max.unwrap() - 2002.0).abs() < 4.0);
    assert_eq!(report.stalls.len(), 1, "{:?}", report.stalls);
    let stall = report.stalls[0];
    assert!((stall.from - 5.0).abs() < 0.01 && (stall.to - 7.002).abs() < 0.01, "{stall:?}");
    assert!((report.achieved_rate - 200.0).abs() < 0.1, "{}", report.achieved_rate);
}

#[test]
fn a_closed_loop_beside_it_hides_the_stall() {
    let mut plan =
        Plan::new(Load::Closed { in_flight: 1, think: Duration::from_millis(3), duration: Duration::from_secs(10) });
    plan.seed = 1;
    let report = simulate(plan);
    // 1000 before the stall, the one that met it, and 599 after it: each rests for 3 ms after its answer.
    assert_eq!(report.counts[Count::Sent], 1600);
    assert_near(response(&report), [3.25, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0]);
    assert!((report.series[0].ms.max.unwrap() - 2002.0).abs() < 4.0, "it saw the stall, once");
}

#[test]
fn the_closed_loop_corrected_stands_beside_it_under_a_name_of_its_own() {
    let load = Load::Closed { in_flight: 1, think: Duration::from_millis(3), duration: Duration::from_secs(10) };
    let report = simulate(Plan::new(load));
    let corrected = report.series(SeriesKind::Corrected).unwrap();
    // With those that would have been sent into the stall, one every 5 ms.
    assert_eq!(corrected.count, 1600 + 399);
    let ms = &corrected.ms;
    let found = [ms.mean, ms.p50, ms.p75, ms.p90, ms.p95, ms.p99, ms.p99_9].map(Option::unwrap);
    // A caller that is paced exactly sends one more, and each of these is one interval less.
    assert_near(found, [202.6, 2.0, 2.0, 1007.0, 1507.0, 1907.0, 1997.0]);
    let open = simulate(Plan::new(Load::sustained(200.0, Duration::from_secs(10))));
    assert!(open.series(SeriesKind::Corrected).is_none(), "an open load has nothing to correct");
}
