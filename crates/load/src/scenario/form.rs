//! What may stand in a scenario.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::num::NonZeroU32;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use kafka_trial::client::Endpoint;
use serde::de::{Deserializer, Error as _, Visitor};
use serde::{Deserialize, de};
use serde_json::Value as Json;

use super::{Scenario, ScenarioError, Work, read_schema};
use crate::live::{BySchema, Payload, Watched};
use crate::units::{length, rate, sizes, time};
use crate::{Load, Plan, Preset, SearchRange, Shape, Stage, Threshold};

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
    bootstrap: Option<Word<Endpoint>>,
    request: String,
    response: String,
    payload: Option<PayloadForm>,
    key: Option<Word<KeyForm>>,
    #[serde(default)]
    headers: BTreeMap<String, Word<Text>>,
    dead_letters: Option<String>,
    schema: Option<PathBuf>,
    group: Option<String>,
    registry: Option<String>,
    request_schema: Option<String>,
    request_message: Option<String>,
    stages: Option<Vec<StageForm>>,
    concurrent: Option<Concurrent>,
    search: Option<Search>,
    warm_up: Option<Time>,
    cool_down: Option<Time>,
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
            (Some(stages), None, None) if stages.is_empty() => return Err("expected at least one stage"),
            (Some(stages), None, None) => Kind::Stages(stages),
            (None, Some(concurrent), None) => Kind::Concurrent(concurrent),
            (None, None, Some(search)) => Kind::Search(search),
            _ => return Err("expected exactly one of stages, concurrent and search"),
        };
        Ok(Self { fields, kind })
    }
}

/// A part of an open load.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum StageForm {
    Constant { rate: Rate, r#for: Length },
    Poisson { rate: Rate, r#for: Length },
    Ramp { from: Rate, to: Rate, r#for: Length },
    Step { from: Rate, to: Rate, steps: NonZeroU32, r#for: Length },
    Spike { base: Rate, peak: Rate, r#for: Length },
    Replay { file: PathBuf },
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Concurrent {
    in_flight: NonZeroU32,
    #[serde(default)]
    think: Option<Time>,
    r#for: Length,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Search {
    from: Rate,
    to: Rate,
    /// How long each run lasts.
    r#for: Length,
    within: Option<Share>,
    runs: Option<NonZeroU32>,
    #[serde(default)]
    poisson: bool,
}

/// Sizes, an event, where events are, or some of these.
#[derive(Debug)]
enum PayloadForm {
    Bytes(RangeInclusive<usize>),
    File(PathBuf),
    Event(Payload),
    InTurn(Vec<Self>),
}

/// `none`, or what keys are like.
#[derive(Clone, Debug)]
enum KeyForm {
    None,
    Like(Text),
}

/// Text with placeholders.
#[derive(Clone, Debug)]
struct Text(String);

/// What is read from a word.
#[derive(Clone, Debug)]
struct Word<T>(T);

#[derive(Clone, Copy, Debug)]
struct Rate(f64);

#[derive(Clone, Copy, Debug)]
struct Time(Duration);

/// A time that is not none.
#[derive(Clone, Copy, Debug)]
struct Length(Duration);

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

impl FromStr for Length {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        length(text).map(Self)
    }
}

impl FromStr for Text {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Payload::default().key(text).map_err(|error| error.to_string())?;
        Ok(Self(text.to_owned()))
    }
}

impl FromStr for KeyForm {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "none" { Ok(Self::None) } else { text.parse().map(Self::Like) }
    }
}

impl FromStr for Share {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = text.trim_end_matches('%').trim().parse::<f64>().ok();
        let share = number.map(|number| if text.ends_with('%') { number / 100.0 } else { number });
        share.filter(|share| (0.001..=1.0).contains(share)).map(Self).ok_or("expected a share such as 5%".to_owned())
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

impl<'de> Deserialize<'de> for Length {
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
        deserializer.deserialize_any(Words("text", PhantomData)).map(Self)
    }
}

impl<'de> Deserialize<'de> for PayloadForm {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(Json::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl PayloadForm {
    fn new(value: Json) -> Result<Self, String> {
        let expected =
            || "expected a size in bytes such as 256 or 100..2000, a file, an event, or a list of these".to_owned();
        match value {
            Json::Object(event) => Payload::object(&event).map(Self::Event).map_err(|error| error.to_string()),
            Json::Array(some) if !some.is_empty() => {
                some.into_iter().map(Self::new).collect::<Result<_, _>>().map(Self::InTurn)
            }
            Json::String(text) => Ok(sizes(&text).map_or_else(|| Self::File(text.into()), Self::Bytes)),
            Json::Number(number) => sizes(&number.to_string()).map(Self::Bytes).ok_or_else(expected),
            _ => Err(expected()),
        }
    }

    fn payload(self, folder: &Path) -> Result<Payload, ScenarioError> {
        match self {
            Self::Bytes(sizes) => Ok(Payload::sized_between(sizes)),
            Self::Event(payload) => Ok(payload),
            Self::File(path) => Payload::read(&folder.join(path)),
            Self::InTurn(some) => {
                let some = some.into_iter().map(|one| one.payload(folder)).collect::<Result<_, _>>()?;
                Payload::in_turn(some).map_err(|error| ScenarioError::Value(error.to_string()))
            }
        }
    }
}

/// The scenario of a form; files that it names lie beside it.
pub(super) fn scenario(form: Form, folder: &Path) -> Result<Scenario, ScenarioError> {
    let Form { fields, kind } = form;
    let wrong = |error: crate::live::PayloadError| ScenarioError::Value(error.to_string());
    let mut payload = fields.payload.map_or_else(|| Ok(Payload::default()), |form| form.payload(folder))?;
    payload = match fields.key {
        None => payload,
        Some(Word(KeyForm::None)) => payload.keyless(),
        Some(Word(KeyForm::Like(Text(key)))) => payload.key(&key).map_err(wrong)?,
    };
    for (name, Word(Text(value))) in &fields.headers {
        payload = payload.header(name, value).map_err(wrong)?;
    }
    let by_schema =
        BySchema { registry: fields.registry, subject: fields.request_schema, message: fields.request_message };
    let encoder = by_schema.encoder().map_err(ScenarioError::Value)?;
    let watched = Watched {
        dead_letters: fields.dead_letters,
        schema: fields.schema.map(|path| read_schema(&folder.join(path))).transpose()?,
        group: fields.group,
        values: by_schema.values().map_err(ScenarioError::Value)?,
    };
    let plan = |load| {
        let usual = Plan::new(load);
        let or = |given: Option<Time>, usual| given.map_or(usual, |given| given.0);
        Plan {
            warm_up: or(fields.warm_up, usual.warm_up),
            cool_down: or(fields.cool_down, usual.cool_down),
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
            Work::Run(plan(Load::Closed { in_flight: in_flight.get(), think, duration: r#for.0 }))
        }
        Kind::Search(search) => {
            if search.to.0 < search.from.0 || search.from.0 <= 0.0 {
                return Err(ScenarioError::Value("a search goes from a rate above 0 to a higher one".to_owned()));
            }
            let usual = SearchRange::new(search.from.0, search.to.0);
            let range = SearchRange {
                within: search.within.map_or(usual.within, |within| within.0),
                most_runs: search.runs.map_or(usual.most_runs, NonZeroU32::get),
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
    let (Work::Run(planned) | Work::Search { plan: planned, .. }) = &work;
    planned.check().map_err(ScenarioError::Value)?;
    Ok(Scenario {
        endpoint: fields.bootstrap.map(|word| word.0),
        request_topic: fields.request,
        response_topic: fields.response,
        payload,
        encoder,
        watched,
        work,
        thresholds: Preset::with(fields.preset, fields.thresholds.into_iter().map(|word| word.0).collect()),
        has_seed: fields.seed.is_some(),
    })
}

impl StageForm {
    fn stages(self, folder: &Path) -> Result<Vec<Stage>, ScenarioError> {
        let one = |shape, duration: Length| vec![Stage { shape, duration: duration.0 }];
        if let Self::Constant { rate, .. } | Self::Poisson { rate, .. } = self
            && rate.0 <= 0.0
        {
            return Err(ScenarioError::Value("expected a rate above 0: only a ramp begins or ends with 0".to_owned()));
        }
        Ok(match self {
            Self::Constant { rate, r#for } => one(Shape::Constant { rate: rate.0 }, r#for),
            Self::Poisson { rate, r#for } => one(Shape::Poisson { rate: rate.0 }, r#for),
            Self::Ramp { from, to, r#for } => one(Shape::Ramp { from: from.0, to: to.0 }, r#for),
            Self::Step { from, to, steps, r#for } => Stage::steps(from.0, to.0, steps.get(), r#for.0),
            Self::Spike { base, peak, r#for } => Stage::spike(base.0, peak.0, r#for.0),
            Self::Replay { file } => vec![Stage::read(&folder.join(file))?],
        })
    }
}
