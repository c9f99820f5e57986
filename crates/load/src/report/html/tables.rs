//! The tables of the page.

use maud::{Markup, html};

use crate::report::{Percentiles, Report, shown_ms};
use crate::{Count, SeriesKind};

/// A change of less is within what two runs differ by anyway.
const NOTABLE: f64 = 5.0;

impl Report {
    pub(super) fn thresholds_table(&self) -> Markup {
        html! {
            table.numbers {
                tr { th { "threshold" } th { "measured" } th {} }
                @for result in &self.thresholds {
                    @let word = if result.holds { "holds" } else { "fails" };
                    tr {
                        td.wide { code { (result.threshold) } }
                        td.wide { (result.measured) }
                        td class=(word) { (word) }
                    }
                }
            }
        }
    }

    pub(super) fn classes_table(&self) -> Markup {
        let classes = Count::CLASSES.map(|count| (count.word(), self.counts[count]));
        let share = |count: u64| 100.0 * count as f64 / self.counts[Count::Sent].max(1) as f64;
        html! {
            div.classes {
                @for (name, count) in classes.iter().filter(|(_, count)| *count > 0) {
                    span class={ "c-" (name) } style={ "flex: " (count) } title={ (name) ": " (count) } {}
                }
            }
            table.numbers {
                tr { th { "every request once" } th { "requests" } th {} }
                @for (name, count) in classes {
                    tr { td { i class={ "c-" (name) } {} (name) } td { (count) } td { (format!("{:.2} %", share(count))) } }
                }
                @for count in Count::beside().filter(|count| self.counts[*count] > 0) {
                    tr { td.faint { "in addition: " (count.word()) } td { (self.counts[count]) } td {} }
                }
            }
        }
    }

    pub(super) fn series_table(&self) -> Markup {
        html! {
            table.numbers {
                tr { th { "ms" } th { "count" } @for (name, _) in Percentiles::default().columns() { th { (name) } } }
                @for summary in self.series.iter().filter(|summary| summary.count > 0) {
                    tr {
                        td { (summary.name.name()) }
                        td { (summary.count) }
                        @for (_, ms) in summary.ms.columns() { td { (shown_ms(ms)) } }
                    }
                }
            }
        }
    }

    pub(super) fn comparison_table(&self, baseline: &Self) -> Markup {
        let ms =
            |report: &Self| report.series(SeriesKind::Response).map(|summary| summary.ms.clone()).unwrap_or_default();
        let change = |now: Option<f64>, before: Option<f64>| {
            now.zip(before).map(|(now, before)| 100.0 * (now / before.max(1e-6) - 1.0))
        };
        let class = |change: Option<f64>| match change {
            Some(change) if change > NOTABLE => "fails",
            Some(change) if change < -NOTABLE => "holds",
            _ => "",
        };
        html! {
            table.numbers {
                tr { th { "response" } th { "this run" } th { "baseline" } th { "change" } }
                @for ((name, now), (_, before)) in ms(self).columns().into_iter().zip(ms(baseline).columns()) {
                    @let change = change(now, before);
                    tr {
                        td { (name) }
                        td { (shown_ms(now)) }
                        td { (shown_ms(before)) }
                        td class=(class(change)) { @if let Some(change) = change { (format!("{change:+.1} %")) } }
                    }
                }
                @for count in [Count::Sent, Count::Ok, Count::Lost] {
                    tr { td { (count.word()) } td { (self.counts[count]) } td { (baseline.counts[count]) } td {} }
                }
            }
        }
    }

    pub(super) fn setting_table(&self) -> Markup {
        let setting = &self.setting;
        let rows = [
            ("schedule", self.schedule.clone()),
            ("seed", self.seed.to_string()),
            ("requests", setting.request_topic.clone()),
            ("answers", setting.response_topic.clone()),
            ("cluster", setting.bootstrap_servers.clone()),
            ("brokers", setting.brokers.to_string()),
            ("drivers", format!("{} (kafka-trial {})", setting.workers, setting.version)),
            ("cores", setting.cores.to_string()),
        ];
        html! {
            table.numbers { @for (name, value) in rows { tr { td { (name) } td.wide { (value) } } } }
            p.faint {
                "Response time counts from the time at which a request was meant to be sent, so that a stall shows as \
                 callers felt it. A request that was never answered counts as slower than any."
            }
        }
    }
}
