//! What all runs are told.

use std::error::Error;
use std::hash::{BuildHasher as _, RandomState};
use std::path::PathBuf;
use std::time::Duration;

use clap::ValueEnum;
use kafka_trial_load::Threshold;
use kafka_trial_load::live::Payload;

use crate::duration::duration;

/// Options of every run.
#[derive(clap::Args)]
pub(crate) struct Common {
    /// Where requests go; it has to exist
    #[arg(long, value_name = "TOPIC")]
    pub(crate) request: String,
    /// Where answers come; it has to exist
    #[arg(long, value_name = "TOPIC")]
    pub(crate) response: String,
    /// Comma-separated addresses of the cluster [default: $TEST_KAFKA_BOOTSTRAP_SERVERS, else localhost:19092]
    #[arg(short, long, value_name = "HOST:PORT")]
    pub(crate) bootstrap: Option<String>,
    /// What has to hold, such as 'p99(response) < 500ms' or 'lost == 0'; may be given several times
    #[arg(long = "threshold", value_name = "EXPR")]
    thresholds: Vec<Threshold>,
    /// Thresholds by a name; those given are added to them [default: default, where no threshold is given]
    #[arg(long, value_enum)]
    preset: Option<Preset>,
    /// A file with the JSON object that each request carries, or a size in bytes
    #[arg(long, value_name = "FILE|BYTES", default_value = "256")]
    payload: String,
    /// Requests meant for this first part of the run are not counted
    #[arg(long, value_name = "TIME", default_value = "0s", value_parser = duration)]
    pub(crate) warm_up: Duration,
    /// After how long an answer is late
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = duration)]
    pub(crate) timeout: Duration,
    /// How long late answers are waited for
    #[arg(long, value_name = "TIME", default_value = "2s", value_parser = duration)]
    pub(crate) drain: Duration,
    /// Where the randomness of the run comes from [default: random; the report has it]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// A report of an earlier run, for thresholds like 'p99 <= baseline*1.2'
    #[arg(long, value_name = "FILE")]
    pub(crate) baseline: Option<PathBuf>,
    /// Write the report as JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    /// Write the report as Markdown, for the summary of a CI run
    #[arg(long, value_name = "FILE")]
    pub(crate) markdown: Option<PathBuf>,
}

/// Thresholds by a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Preset {
    /// success_rate >= 95%
    Default,
    /// p99(response) < 500ms, lost == 0, duplicates == 0
    Flow,
    /// p95(ack) < 50ms
    Publish,
    /// success_rate == 100%, p95(response) < 500ms
    Handler,
}

impl Preset {
    fn thresholds(self) -> &'static [&'static str] {
        match self {
            Self::Default => &["success_rate >= 95%"],
            Self::Flow => &["p99(response) < 500ms", "lost == 0", "duplicates == 0"],
            Self::Publish => &["p95(ack) < 50ms"],
            Self::Handler => &["success_rate == 100%", "p95(response) < 500ms"],
        }
    }
}

impl Common {
    /// Those of the preset, then those that were given.
    pub(crate) fn thresholds(&self) -> Vec<Threshold> {
        let preset = self.preset.or_else(|| self.thresholds.is_empty().then_some(Preset::Default));
        let named = preset.map_or(&[][..], Preset::thresholds).iter().filter_map(|text| text.parse().ok());
        named.chain(self.thresholds.iter().cloned()).collect()
    }

    /// What requests carry.
    pub(crate) fn payload(&self) -> Result<Payload, Box<dyn Error>> {
        if let Ok(bytes) = self.payload.parse() {
            return Ok(Payload::sized(bytes));
        }
        let in_file = |error: &dyn std::fmt::Display| format!("--payload {}: {error}", self.payload);
        let text = std::fs::read(&self.payload).map_err(|error| in_file(&error))?;
        let event = serde_json::from_slice(&text).map_err(|error| in_file(&error))?;
        Ok(Payload::event(&event).map_err(|error| in_file(&error))?)
    }

    /// The seed that was given, or any.
    pub(crate) fn seed(&self) -> u64 {
        self.seed.unwrap_or_else(|| RandomState::new().hash_one(0))
    }
}

/// `200/s`, `200`, `12000/m`.
pub(crate) fn rate(text: &str) -> Result<f64, String> {
    let (number, seconds) = match text.split_once('/') {
        None | Some((_, "s")) => (text.trim_end_matches("/s"), 1.0),
        Some((number, "m")) => (number, 60.0),
        Some((number, "h")) => (number, 3600.0),
        Some(_) => return Err("200/s, 12000/m or 720000/h expected".to_owned()),
    };
    match number.parse::<f64>() {
        Ok(rate) if rate > 0.0 && rate.is_finite() => Ok(rate / seconds),
        _ => Err("a rate above 0, such as 200/s, expected".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_read_per_second_minute_and_hour() {
        assert_eq!(rate("200"), Ok(200.0));
        assert_eq!(rate("200/s"), Ok(200.0));
        assert_eq!(rate("30/m"), Ok(0.5));
        assert_eq!(rate("7200/h"), Ok(2.0));
        assert!(["0", "-1", "fast", "5/d", "inf"].iter().all(|text| rate(text).is_err()));
    }

    #[test]
    fn every_preset_is_made_of_thresholds() {
        for preset in Preset::value_variants() {
            assert!(preset.thresholds().iter().all(|text| text.parse::<Threshold>().is_ok()), "{preset:?}");
        }
    }
}
