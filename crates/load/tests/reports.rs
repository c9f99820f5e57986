//! What a report looks like in each of its forms.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod simulated;

use std::time::Duration;

use hdrhistogram::Histogram;
use hdrhistogram::serialization::Deserializer;
use hdrhistogram::serialization::interval_log::{IntervalLogIterator, LogEntry};
use kafka_trial::flow::JsonSchema;
use kafka_trial_load::{Count, Load, Plan, Report, SeriesKind, Share, Threshold, Verdict};

use crate::simulated::simulate;

fn stalled() -> Report {
    simulate(Plan::new(Load::sustained(200.0, Duration::from_secs(10))))
}

fn judged(mut report: Report, thresholds: &[&str]) -> Report {
    let thresholds: Vec<Threshold> = thresholds.iter().map(|text| text.parse().unwrap()).collect();
    report.judge(&thresholds, None);
    report
}

#[test]
fn the_json_is_as_its_schema_says_and_fits_a_terminal_as_text() {
    let schema: JsonSchema = include_str!("../../../docs/load-report.schema.json").parse().unwrap();
    let closed = Load::Closed { in_flight: 2, think: Duration::from_millis(3), duration: Duration::from_secs(3) };
    let mut broken = stalled();
    broken.broken = Some("the cluster went away".to_owned());
    for report in [judged(stalled(), &["lost == 0", "p99 < 1ms"]), simulate(Plan::new(closed)), broken] {
        let differences = schema.differences(&serde_json::to_value(&report).unwrap());
        assert!(differences.is_empty(), "{differences:?}");
        let text = report.to_text();
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    }
    let mut other = serde_json::to_value(stalled()).unwrap();
    other["counts"]["lost"] = "none".into();
    assert_eq!(schema.differences(&other).len(), 1, "it says what is wrong");
    let mut later = serde_json::to_value(stalled()).unwrap();
    later["invented_later"] = 1.into();
    later["setting"]["invented_later"] = 1.into();
    assert_eq!(schema.differences(&later), [], "fields may be added within a form");
}

#[test]
fn the_schema_has_every_count() {
    let schema: serde_json::Value =
        serde_json::from_str(include_str!("../../../docs/load-report.schema.json")).unwrap();
    let required = schema["properties"]["counts"]["required"].as_array().unwrap();
    let mut required: Vec<&str> = required.iter().filter_map(serde_json::Value::as_str).collect();
    let mut counts = Count::ALL.map(Count::word);
    required.sort_unstable();
    counts.sort_unstable();
    assert_eq!(required, counts);
}

#[test]
fn a_report_that_is_read_again_is_the_same() {
    let report = judged(stalled(), &["lost == 0"]);
    let text = serde_json::to_string(&report).unwrap();
    let again: Report = serde_json::from_str(&text).unwrap();
    assert_eq!(again, report);
    // Its series are whole: a percentile that no table has is there.
    assert_eq!(judged(again, &["p99.5(response) < 2s"]).thresholds[0].measured, "1972.22 ms");
    let no_log = text.replacen("\"log\":\"HIST", "\"log\":\"XXXX", 1);
    let error = serde_json::from_str::<Report>(&no_log).unwrap_err();
    assert!(error.to_string().contains("a series is base64 of a histogram"), "{error}");
}

#[test]
fn csv_has_a_line_a_second() {
    let csv = stalled().to_csv();
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines[0], "second,sent,answered,ok,p50_ms,p90_ms,p99_ms,max_ms");
    assert_eq!(lines.len(), 11);
    assert_eq!(lines[1], "0,200,200,200,2.000,2.000,2.000,2.000");
    assert_eq!(lines[6], "5,200,0,0,,,,", "nobody is answered in the stall");
    let answered: u64 = lines[1..].iter().map(|line| line.split(',').nth(2).unwrap().parse::<u64>().unwrap()).sum();
    assert_eq!(answered, 2000);
}

#[test]
fn the_log_is_read_by_hdrhistogram_and_its_seconds_are_the_whole() {
    let report = stalled();
    let log = report.to_hlog().unwrap();
    let mut whole = Histogram::<u64>::new_with_bounds(1, 3_600_000_000, 3).unwrap();
    let mut tags = Vec::new();
    for entry in IntervalLogIterator::new(log.as_bytes()) {
        let Ok(LogEntry::Interval(interval)) = entry else { continue };
        let tag = interval.tag().unwrap().as_str();
        if tag == "response" {
            let bytes =
                base64::Engine::decode(&base64::prelude::BASE64_STANDARD, interval.encoded_histogram()).unwrap();
            let second: Histogram<u64> = Deserializer::new().deserialize(&mut bytes.as_slice()).unwrap();
            whole.add(second).unwrap();
        } else {
            tags.push(tag.to_owned());
        }
    }
    assert_eq!(tags, ["service", "lag", "ack"]);
    assert_eq!(&whole, report.series(SeriesKind::Response).unwrap().series.histogram());
}

#[test]
fn junit_has_a_case_for_each_threshold() {
    let mixed = judged(stalled(), &["lost == 0", "p99(response) < 500ms"]).to_junit();
    assert!(mixed.contains(r#"tests="2" skipped="0" errors="0" failures="1""#), "{mixed}");
    assert!(mixed.contains(r#"<testcase name="p99(response) &lt; 500ms""#), "{mixed}");
    assert!(mixed.contains(r#"<failure message="measured 1942.53 ms"/>"#), "{mixed}");
    let mut invalid = stalled();
    invalid.invalid_because = Some("a \"quoted\" <reason>\u{1}".to_owned());
    let invalid = judged(invalid, &["lost == 0"]).to_junit();
    assert!(invalid.contains(r#"<error message="a &quot;quoted&quot; &lt;reason&gt;"/>"#), "{invalid}");
    assert!(invalid.contains(r#"tests="2" skipped="1" errors="1" failures="0""#), "{invalid}");
    assert!(!invalid.contains('\u{1}'), "XML cannot carry control characters");
}

#[test]
fn the_page_carries_what_was_measured_and_loads_nothing() {
    let mut report = judged(stalled(), &["lost == 0", "p99(response) < 500ms"]);
    report.setting.request_topic = "<script>alert(1)</script>".to_owned();
    let page = report.to_html(None);
    assert!(page.contains("<title>Load: failed</title>"));
    assert!(page.contains("no answer from 5.00 s to 7.00 s"), "the stall is marked");
    assert!(page.contains("<code>p99(response) &lt; 500ms</code></td><td class=\"wide\">1942.53 ms</td>"));
    assert!(page.contains("&lt;script&gt;alert(1)") && !page.contains("<script"), "what is not ours is text");
    for loads in ["http://", "https://", "@import", "url(", "<img", "<link"] {
        assert!(!page.contains(loads), "{loads}");
    }
    assert!(!page.contains("Beside the baseline"));
    let closed = Load::Closed { in_flight: 1, think: Duration::from_millis(3), duration: Duration::from_secs(10) };
    let beside = report.to_html(Some(&simulate(Plan::new(closed))));
    assert!(beside.contains("Beside the baseline") && beside.contains("p99 of the baseline"));
    assert!(!beside.contains("NaN") && !beside.contains("inf"));
}

#[test]
fn a_page_of_a_run_without_answers_is_a_page() {
    let mut run = kafka_trial_load::Run::new(Plan::new(Load::sustained(10.0, Duration::from_secs(1))));
    while let Some(now) = run.next_due() {
        let send = run.due(now).unwrap();
        run.sent(send, 0, now);
    }
    let report = run.finish(&["p99 < 1s".parse().unwrap()]);
    assert_eq!((report.verdict, report.counts[Count::Lost]), (Verdict::Failed, 10));
    let page = report.to_html(Some(&report));
    assert!(page.contains("never") && !page.contains("NaN"), "{page}");
    assert_eq!(report.stalls.len(), 1, "all of it was silence: {:?}", report.stalls);
}

#[test]
fn the_parts_of_several_drivers_are_one_report() {
    let whole = stalled();
    let part = |worker| {
        let mut plan = Plan::new(Load::sustained(200.0, Duration::from_secs(10)));
        plan.share = Share::new(worker, 2).unwrap();
        simulate(plan)
    };
    let parts = vec![part(0), part(1)];
    assert_eq!(parts.iter().map(|part| part.counts[Count::Sent]).collect::<Vec<_>>(), [1000, 1000]);
    let merged = Report::merge(parts.clone(), &["lost == 0".parse().unwrap()]).unwrap().unwrap();
    assert_eq!(merged.counts[Count::Sent], 2000);
    assert!((merged.achieved_rate - 200.0).abs() < 0.1 && (merged.asked_rate.unwrap() - 200.0).abs() < 0.1);
    assert_eq!(merged.setting.workers, 2);
    // Each part has had a server of its own, so half as long a queue.
    let mut by_hand = parts[0].series(SeriesKind::Response).unwrap().series.clone();
    by_hand.add(&parts[1].series(SeriesKind::Response).unwrap().series);
    assert_eq!(merged.series(SeriesKind::Response).unwrap().series, by_hand);
    assert_eq!(merged.intervals.len(), whole.intervals.len());
    assert_eq!(merged.intervals.iter().map(|interval| interval.answered).sum::<u64>(), 2000);
    assert_eq!(merged.stalls.len(), 1);
    let mut broken = parts;
    broken[1].invalid_because = Some("it was late".to_owned());
    let merged = Report::merge(broken, &[]).unwrap().unwrap_or_else(|| panic!("there are parts"));
    assert_eq!((merged.verdict, merged.invalid_because.unwrap().as_str()), (Verdict::Invalid, "worker 1: it was late"));
}
