//! A report as one HTML page that needs nothing else: no script, no network, light and dark.

mod axis;
mod chart;
mod tables;

use kafka_trial_page::page;
use maud::{Markup, Render, html};

use self::axis::{Axis, nines, number, time};
use self::chart::{Chart, Line};
use super::{Interval, Report, shown_ms};
use crate::{Count, SeriesKind};

impl Report {
    /// The page, with another run beside this one where it is given.
    pub fn to_html(&self, baseline: Option<&Self>) -> String {
        let verdict = self.verdict.name();
        let body = html! {
            h1 { "Load " span class={ "verdict " (verdict) } { (verdict) } }
            p { (self.schedule) }
            @if let Some(why) = &self.invalid_because {
                p.invalid { "The measurement is invalid: " (why) "." }
            }
            p.faint { (self.outcome()) }
            @if let Some(why) = &self.refusal {
                p.failed { "The cluster refused with " (why) "." }
            }
            @if let Some(why) = &self.complaint {
                p.failed { "An answer does not fit its schema: " (why) "." }
            }
            @if self.interrupted {
                p.invalid { "The run was interrupted: this is what was measured until then." }
            }
            (self.tiles())
            main.cards {
                @if !self.thresholds.is_empty() { (section("Thresholds", self.thresholds_table())) }
                (section("Response time, second by second", self.times_chart(baseline)))
                (section("Response time by percentile", self.distribution_chart(baseline)))
                (section("Requests a second", self.rate_chart()))
                (section("What became of the requests", self.classes_table()))
                @if let Some(baseline) = baseline {
                    (section("Beside the baseline, in milliseconds", self.comparison_table(baseline)))
                }
                (section("How it was run", self.setting_table()))
                section.whole { h2 { "All series" } (self.series_table()) }
            }
        };
        page(&format!("Load: {verdict}"), body, None)
    }

    fn tiles(&self) -> Markup {
        let ms = self.series(SeriesKind::Response).map(|response| response.ms.clone()).unwrap_or_default();
        let ok = match self.counts[Count::Sent] {
            0 => 0.0,
            sent => self.counts[Count::Ok] as f64 / sent as f64,
        };
        let longest = self.stalls.iter().map(|stall| stall.to - stall.from).fold(0.0, f64::max);
        let or_never = |ms: Option<f64>| ms.map_or("never".to_owned(), time);
        let tiles = [
            (or_never(ms.p50), "p50 of the response time"),
            (or_never(ms.p99), "p99"),
            (or_never(ms.max), "longest"),
            (format!("{} /s", number((self.achieved_rate * 10.0).round() / 10.0)), "were sent"),
            (format!("{:.2} %", ok * 100.0), "answered well, in time"),
            (if longest > 0.0 { format!("{longest:.2} s") } else { "none".to_owned() }, "longest stall"),
        ];
        html! {
            div.tiles {
                @for (value, about) in tiles { div { b { (value) } span.faint { (about) } } }
            }
        }
    }

    fn times_chart(&self, baseline: Option<&Self>) -> Chart {
        let line = |name: &str, class, of: &Self, value: fn(&Interval) -> Option<f64>| Line {
            name: name.to_owned(),
            class,
            points: of.intervals.iter().map(|interval| (interval.second as f64, value(interval))).collect(),
        };
        let mut lines = vec![
            line("longest", "max", self, |interval| interval.max_ms),
            line("p99", "p99", self, |interval| interval.p99_ms),
            line("p90", "p90", self, |interval| interval.p90_ms),
            line("p50", "p50", self, |interval| interval.p50_ms),
        ];
        lines.extend(baseline.map(|other| line("p99 of the baseline", "baseline", other, |interval| interval.p99_ms)));
        let (least, most) = extent(&lines);
        let word = |interval: &Interval| {
            let [p50, p90, p99, max] =
                [interval.p50_ms, interval.p90_ms, interval.p99_ms, interval.max_ms].map(shown_ms);
            let times = format!("p50 {p50}, p90 {p90}, p99 {p99}, longest {max} ms");
            (interval.second as f64, format!("second {}: {times}", interval.second))
        };
        Chart {
            about: "Percentiles of the response time for each second of the run".to_owned(),
            x: self.seconds_axis(),
            y: Axis::log(least, most, time),
            lines,
            bands: self.bands(),
            words: self.intervals.iter().map(word).collect(),
        }
    }

    fn rate_chart(&self) -> Chart {
        let line = |name: &str, class, value: fn(&Interval) -> u64| Line {
            name: name.to_owned(),
            class,
            points: self.intervals.iter().map(|one| (one.second as f64, Some(value(one) as f64))).collect(),
        };
        let lines = vec![line("sent", "sent", |one| one.sent), line("answered", "answered", |one| one.answered)];
        let (_, most) = extent(&lines);
        let word = |one: &Interval| {
            (one.second as f64, format!("second {}: {} sent, {} answered", one.second, one.sent, one.answered))
        };
        Chart {
            about: "Requests sent and answered in each second of the run".to_owned(),
            x: self.seconds_axis(),
            y: Axis::linear(most, number),
            lines,
            bands: self.bands(),
            words: self.intervals.iter().map(word).collect(),
        }
    }

    fn distribution_chart(&self, baseline: Option<&Self>) -> Chart {
        let line =
            |name: &str, class, of: &Self, kind| Line { name: name.to_owned(), class, points: of.distribution(kind) };
        let beside = match self.series(SeriesKind::Corrected) {
            // A closed load means to send when it sends.
            Some(_) => line("with those who were not sent (corrected)", "corrected", self, SeriesKind::Corrected),
            None => line("from the actual send (service)", "service", self, SeriesKind::Service),
        };
        let mut lines = vec![line("from the intended send (response)", "response", self, SeriesKind::Response), beside];
        lines.extend(baseline.map(|other| line("the baseline's response", "baseline", other, SeriesKind::Response)));
        let (least, most) = extent(&lines);
        Chart {
            about: "Response time by percentile, on logarithmic scales".to_owned(),
            x: Axis::percentiles(self.counts[Count::Sent]),
            y: Axis::log(least, most, time),
            lines,
            bands: Vec::new(),
            words: Vec::new(),
        }
    }

    /// A series by percentile, as far as requests were answered.
    fn distribution(&self, kind: SeriesKind) -> Vec<(f64, Option<f64>)> {
        const STEPS: u32 = 200;
        let Some(summary) = self.series(kind) else { return Vec::new() };
        let unanswered = if kind.ends_with_the_answer() { self.counts.unanswered() } else { 0 };
        let total = (summary.count + unanswered).max(10) as f64;
        let most = nines(100.0 * (1.0 - 1.0 / total));
        let at = |step: u32| {
            let place = most * f64::from(step) / f64::from(STEPS);
            let percent = 100.0 * (1.0 - 10f64.powf(-place));
            (place, summary.series.percentile(percent, unanswered).map(super::millis))
        };
        (0..=STEPS).map(at).collect()
    }

    fn seconds_axis(&self) -> Axis {
        let last = self.intervals.last().map_or(1, |interval| interval.second.max(1));
        Axis::linear(last as f64, |second| format!("{} s", number(second)))
    }

    fn bands(&self) -> Vec<(f64, f64, String)> {
        let word = |from: f64, to: f64| format!("no answer from {from:.2} s to {to:.2} s");
        self.stalls.iter().map(|stall| (stall.from, stall.to, word(stall.from, stall.to))).collect()
    }
}

fn section(title: &str, content: impl Render) -> Markup {
    html! { section { h2 { (title) } (content) } }
}

/// The least and the greatest value of some lines.
fn extent(lines: &[Line]) -> (f64, f64) {
    let values = lines.iter().flat_map(|line| &line.points).filter_map(|(_, value)| *value);
    values.fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), value| (least.min(value), most.max(value)))
}
