//! The tables of the page.

use std::fmt::{self, Write as _};

use super::escaped::Escaped;
use super::section;
use crate::report::{Percentiles, Report, shown_ms};
use crate::{Count, SeriesKind};

/// A change of less is within what two runs differ by anyway.
const NOTABLE: f64 = 5.0;

impl Report {
    pub(super) fn thresholds_table(&self, out: &mut String) -> fmt::Result {
        if self.thresholds.is_empty() {
            return Ok(());
        }
        let mut table = "<table>\n<tr><th>threshold</th><th>measured</th><th></th></tr>\n".to_owned();
        for result in &self.thresholds {
            let word = if result.holds { "holds" } else { "fails" };
            let (threshold, measured) = (Escaped(&result.threshold), Escaped(&result.measured));
            writeln!(
                table,
                "<tr><td class=\"wide\"><code>{threshold}</code></td><td class=\"wide\">{measured}</td><td class=\"{word}\">{word}</td></tr>"
            )?;
        }
        section(out, "Thresholds", &(table + "</table>\n"))
    }

    pub(super) fn classes_table(&self, out: &mut String) -> fmt::Result {
        let classes = Count::CLASSES.map(|count| (count.word(), self.counts[count]));
        let share = |count: u64| 100.0 * count as f64 / self.counts[Count::Sent].max(1) as f64;
        let mut table = "<div class=\"classes\">".to_owned();
        for (name, count) in classes.iter().filter(|(_, count)| *count > 0) {
            write!(table, "<span class=\"c-{name}\" style=\"flex: {count}\" title=\"{name}: {count}\"></span>")?;
        }
        writeln!(table, "</div>\n<table>\n<tr><th>every request once</th><th>requests</th><th></th></tr>")?;
        for (name, count) in classes {
            writeln!(
                table,
                "<tr><td><i class=\"c-{name}\"></i>{name}</td><td>{count}</td><td>{:.2} %</td></tr>",
                share(count)
            )?;
        }
        for (count, number) in
            Count::beside().map(|count| (count, self.counts[count])).filter(|(_, number)| *number > 0)
        {
            let name = count.word();
            writeln!(table, "<tr><td class=\"faint\">in addition: {name}</td><td>{number}</td><td></td></tr>")?;
        }
        section(out, "What became of the requests", &(table + "</table>\n"))
    }

    pub(super) fn series_table(&self, out: &mut String) -> fmt::Result {
        let head = Percentiles::default().columns().map(|(name, _)| format!("<th>{name}</th>")).concat();
        let mut table = format!("<table>\n<tr><th>ms</th><th>count</th>{head}</tr>\n");
        for summary in self.series.iter().filter(|summary| summary.count > 0) {
            let cells = summary.ms.columns().map(|(_, ms)| format!("<td>{}</td>", shown_ms(ms))).concat();
            writeln!(table, "<tr><td>{}</td><td>{}</td>{cells}</tr>", summary.name.name(), summary.count)?;
        }
        writeln!(out, "<section class=\"whole\">\n<h2>All series</h2>\n{table}</table>\n</section>")
    }

    pub(super) fn comparison_table(&self, out: &mut String, baseline: &Self) -> fmt::Result {
        let ms =
            |report: &Self| report.series(SeriesKind::Response).map(|summary| summary.ms.clone()).unwrap_or_default();
        let mut table =
            "<table>\n<tr><th>response</th><th>this run</th><th>baseline</th><th>change</th></tr>\n".to_owned();
        for ((name, now), (_, before)) in ms(self).columns().into_iter().zip(ms(baseline).columns()) {
            let change = now.zip(before).map(|(now, before)| 100.0 * (now / before.max(1e-6) - 1.0));
            let class = match change {
                Some(change) if change > NOTABLE => "fails",
                Some(change) if change < -NOTABLE => "holds",
                _ => "",
            };
            let change = change.map_or_else(String::new, |change| format!("{change:+.1} %"));
            let [now, before] = [now, before].map(shown_ms);
            writeln!(
                table,
                "<tr><td>{name}</td><td>{now}</td><td>{before}</td><td class=\"{class}\">{change}</td></tr>"
            )?;
        }
        for count in [Count::Sent, Count::Ok, Count::Lost] {
            let (name, now, before) = (count.word(), self.counts[count], baseline.counts[count]);
            writeln!(table, "<tr><td>{name}</td><td>{now}</td><td>{before}</td><td></td></tr>")?;
        }
        section(out, "Beside the baseline, in milliseconds", &(table + "</table>\n"))
    }

    pub(super) fn setting_table(&self, out: &mut String) -> fmt::Result {
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
        let mut table = "<table>\n".to_owned();
        for (name, value) in rows {
            writeln!(table, "<tr><td>{name}</td><td class=\"wide\">{}</td></tr>", Escaped(&value))?;
        }
        table += "</table>\n<p class=\"faint\">Response time counts from the time at which a request was meant to be sent, so that a \
                  stall shows as callers felt it. A request that was never answered counts as slower than any.</p>\n";
        section(out, "How it was run", &table)
    }
}
