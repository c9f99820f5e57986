//! What may stand in a scenario.

use std::fmt;
use std::marker::PhantomData;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use serde::de::{Deserializer, Error as _, Visitor};
use serde::{Deserialize, de};
use serde_json::{Map, Value as Json};

use super::{Scenario, ScenarioError, Work, read};
use crate::live::Payload;
use crate::units::{rate, time};
use crate::{Load, Plan, Preset, SearchRange, Shape, Stage, Threshold};

/// The bytes of a payload that nobody described.
const PAYLOAD: usize = 256;

/// The whole file.
#[derive(Debug, Deserialize)]
#[serde(try_from = "Fields")]
pub(super) struct Form {
    fields: Fields,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Stages(Vec<StageForm>),
    Concurrent(Concurrent),
    Search(Search),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    bootstrap: Option<String>,
    request: String,
    response: String,
    payload: Option<PayloadForm>,
    stages: Option<Vec<StageForm>>,
    concurrent: Option<Concurrent>,
    search: Option<Search>,
    warm_up: Option<Time>,
    timeout: Option<Time>,
    drain: Option<Time>,
    max_lag: Option<Time>,
    seed: Option<u64>,
    preset: Option<Preset>,
    #[serde(default)]
    thresholds: Vec<Word<Threshold>>,
}

impl TryFrom<Fields> for Form {
    type Error = &'static str;

    fn try_from(mut fields: Fields) -> Result<Self, &'static str> {
        let kind = match (fields.stages.take(), fields.concurrent.take(), fields.search.take()) {
            (Some(stages), None, None) => Kind::Stages(stages),
            (None, Some(concurrent), None) => Kind::Concurrent(concurrent),
            (None, None, Some(search)) => Kind::Search(search),
            _ => return Err("exactly one of stages, concurrent and search expected"),
        };
        Ok(Self { fields, kind })
    }
}

/// A part of an open load.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum StageForm {
    Constant { rate: Rate, r#for: Time },
    Poisson { rate: Rate, r#for: Time },
    Ramp { from: Rate, to: Rate, r#for: Time },
    Step { from: Rate, to: Rate, steps: u32, r#for: Time },
    Spike { base: Rate, peak: Rate, r#for: Time },
    Replay { file: PathBuf },
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Concurrent {
    in_flight: u32,
    #[serde(default)]
    think: Option<Time>,
    r#for: Time,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Search {
    from: Rate,
    to: Rate,
    /// How long each run lasts.
    r#for: Time,
    within: Option<Share>,
    runs: Option<u32>,
    #[serde(default)]
    poisson: bool,
}

/// Its size, an event, or where an event is.
#[derive(Debug)]
enum PayloadForm {
    Bytes(usize),
    File(PathBuf),
    Event(Map<String, Json>),
}

/// What is read from a word.
#[derive(Clone, Debug)]
struct Word<T>(T);

#[derive(Clone, Copy, Debug)]
struct Rate(f64);

#[derive(Clone, Copy, Debug)]
struct Time(Duration);

#[derive(Clone, Copy, Debug)]
struct Share(f64);

impl FromStr for Rate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // A ramp may begin or end with nothing.
        if matches!(text, "0" | "0/s") { Ok(Self(0.0)) } else { rate(text).map(Self) }
    }
}

impl FromStr for Time {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        time(text).map(Self)
    }
}

impl FromStr for Share {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = text.trim_end_matches('%').trim().parse::<f64>().ok();
        let share = number.map(|number| if text.ends_with('%') { number / 100.0 } else { number });
        share.filter(|share| (0.001..=1.0).contains(share)).map(Self).ok_or("a share such as 5% expected".to_owned())
    }
}

/// Reads a word, or a number as its digits, by `FromStr`.
struct Words<T>(&'static str, PhantomData<T>);

impl<T: FromStr<Err: fmt::Display>> Visitor<'_> for Words<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        text.parse().map_err(|error: T::Err| E::custom(error))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<T, E> {
        self.visit_str(&number.to_string())
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<T, E> {
        self.visit_str(&number.to_string())
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<T, E> {
        self.visit_str(&number.to_string())
    }
}

impl<'de> Deserialize<'de> for Rate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Words("a rate such as 200/s", PhantomData))
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Words("a time such as 10s", PhantomData))
    }
}

impl<'de> Deserialize<'de> for Share {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Words("a share such as 5%", PhantomData))
    }
}

impl<'de, T: FromStr<Err: fmt::Display>> Deserialize<'de> for Word<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Words("a threshold such as lost == 0", PhantomData)).map(Self)
    }
}

impl<'de> Deserialize<'de> for PayloadForm {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Json::deserialize(deserializer)? {
            Json::String(path) => Ok(Self::File(path.into())),
            Json::Object(event) => Ok(Self::Event(event)),
            other => {
                let bytes = other.as_u64().and_then(|bytes| usize::try_from(bytes).ok());
                bytes.map(Self::Bytes).ok_or_else(|| D::Error::custom("a size in bytes, a file or an event expected"))
            }
        }
    }
}

/// The scenario of a form; files that it names lie beside it.
pub(super) fn scenario(form: Form, folder: &Path) -> Result<Scenario, ScenarioError> {
    let Form { fields, kind } = form;
    let payload = match fields.payload {
        None => Payload::sized(PAYLOAD),
        Some(PayloadForm::Bytes(bytes)) => Payload::sized(bytes),
        Some(PayloadForm::Event(event)) => Payload::object(&event),
        Some(PayloadForm::File(path)) => Payload::read(&folder.join(path))?,
    };
    let plan = |load| {
        let usual = Plan::new(load);
        let or = |given: Option<Time>, usual| given.map_or(usual, |given| given.0);
        Plan {
            warm_up: or(fields.warm_up, usual.warm_up),
            timeout: or(fields.timeout, usual.timeout),
            drain: or(fields.drain, usual.drain),
            max_lag: or(fields.max_lag, usual.max_lag),
            seed: fields.seed.unwrap_or(usual.seed),
            ..usual
        }
    };
    let work = match kind {
        Kind::Concurrent(Concurrent { in_flight, think, r#for }) => {
            let think = think.map_or(Duration::ZERO, |think| think.0);
            Work::Run(plan(Load::Closed { in_flight, think, duration: r#for.0 }))
        }
        Kind::Search(search) => {
            let usual = SearchRange::new(search.from.0, search.to.0);
            let range = SearchRange {
                within: search.within.map_or(usual.within, |within| within.0),
                most_runs: search.runs.unwrap_or(usual.most_runs),
                ..usual
            };
            let load = Load::sustained(search.from.0, search.r#for.0);
            Work::Search { range, plan: plan(load), is_poisson: search.poisson }
        }
        Kind::Stages(forms) => {
            let mut stages = Vec::new();
            for form in forms {
                stages.extend(form.stages(folder)?);
            }
            Work::Run(plan(Load::Open(stages)))
        }
    };
    Ok(Scenario {
        bootstrap_servers: fields.bootstrap,
        request_topic: fields.request,
        response_topic: fields.response,
        payload,
        work,
        thresholds: Preset::with(fields.preset, fields.thresholds.into_iter().map(|word| word.0).collect()),
        has_seed: fields.seed.is_some(),
    })
}

impl StageForm {
    fn stages(self, folder: &Path) -> Result<Vec<Stage>, ScenarioError> {
        let one = |shape, duration: Time| vec![Stage { shape, duration: duration.0 }];
        Ok(match self {
            Self::Constant { rate, r#for } => one(Shape::Constant { rate: rate.0 }, r#for),
            Self::Poisson { rate, r#for } => one(Shape::Poisson { rate: rate.0 }, r#for),
            Self::Ramp { from, to, r#for } => one(Shape::Ramp { from: from.0, to: to.0 }, r#for),
            Self::Step { from, to, steps, r#for } => Stage::steps(from.0, to.0, steps, r#for.0),
            Self::Spike { base, peak, r#for } => Stage::spike(base.0, peak.0, r#for.0),
            Self::Replay { file } => vec![Stage::read(&folder.join(file))?],
        })
    }
}

impl Stage {
    /// A stage of recorded times from a file: seconds from the start, one a line, in ascending order. Lines that are
    /// empty or begin with `#` are passed over.
    pub fn read(path: &Path) -> Result<Self, ScenarioError> {
        let mut times: Vec<Duration> = Vec::new();
        for (line, number) in read(path)?.lines().zip(1..) {
            let text = line.trim();
            if text.is_empty() || text.starts_with('#') {
                continue;
            }
            let seconds = text.parse::<f64>().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
            match seconds.filter(|time| times.last().is_none_or(|last| last <= time)) {
                Some(time) => times.push(time),
                None => {
                    return Err(ScenarioError::Wrong {
                        path: path.to_owned(),
                        line: number,
                        column: line.len() - line.trim_start().len() + 1,
                        what: format!("{text}: seconds from the start expected, not before those of the line above"),
                    });
                }
            }
        }
        // The last request is still within its stage.
        let duration = times.last().copied().unwrap_or_default() + Duration::from_millis(1);
        Ok(Self { shape: Shape::Replay(times), duration })
    }
}
