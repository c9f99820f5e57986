//! Thresholds by a name.

use std::str::FromStr;

use serde::Deserialize;

use crate::Threshold;

/// Thresholds that many runs share.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Preset {
    /// Nearly all requests are answered well.
    #[default]
    Default,
    /// A flow answers fast, and each request once.
    Flow,
    /// Producing is fast.
    Publish,
    /// A handler answers every request, and fast.
    Handler,
    /// A service keeps its promises: few dead letters, answers as their schema wants them, short rebalances.
    Service,
}

impl Preset {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Default, Self::Flow, Self::Publish, Self::Handler, Self::Service];

    /// Its name on a command line and in a scenario.
    pub fn name(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Flow => "flow",
            Self::Publish => "publish",
            Self::Handler => "handler",
            Self::Service => "service",
        }
    }

    /// What it holds a run to, as text.
    pub fn expressions(self) -> &'static [&'static str] {
        match self {
            Self::Default => &["success_rate >= 95%"],
            Self::Flow => &["p99(response) < 500ms", "lost == 0", "duplicates == 0"],
            Self::Publish => &["p95(ack) < 50ms"],
            Self::Handler => &["success_rate == 100%", "p95(response) < 500ms"],
            Self::Service => &["dead_letter_rate < 0.1%", "schema_rate == 100%", "max(rebalance) < 10s"],
        }
    }

    /// The thresholds of a run: those of the preset, then those given. Where neither is, [`Preset::Default`] holds.
    pub fn with(preset: Option<Self>, given: Vec<Threshold>) -> Vec<Threshold> {
        let preset = preset.or_else(|| given.is_empty().then_some(Self::Default));
        let named = preset.map_or(&[][..], Self::expressions).iter().filter_map(|text| text.parse().ok());
        named.chain(given).collect()
    }
}

impl FromStr for Preset {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|preset| preset.name() == text);
        found.ok_or_else(|| format!("expected {}", Self::ALL.map(Self::name).join(", ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_is_made_of_thresholds() {
        for preset in Preset::ALL {
            assert_eq!(Preset::with(Some(preset), Vec::new()).len(), preset.expressions().len(), "{preset:?}");
            assert_eq!(preset.name().parse(), Ok(preset));
        }
    }

    #[test]
    fn without_any_threshold_the_default_holds() {
        let given: Threshold = "lost == 0".parse().unwrap();
        assert_eq!(Preset::with(None, Vec::new())[0].to_string(), "success_rate >= 95%");
        assert_eq!(Preset::with(None, vec![given.clone()]), [given]);
    }
}
