//! What a run has to meet: `p99(response) < 500ms`, `lost == 0`, `achieved_rate >= 99%`, `p99 <= baseline*1.2`.
//!
//! ```text
//! threshold := measure op limit
//! measure   := ("p" NUMBER | "min" | "mean" | "max") ["(" series ")"] | class | ratio
//! series    := response | service | lag | ack | corrected | rebalance | queue | handler | broker | client
//! class     := sent | ok | error_response | malformed | late | lost | timeout | produce_failed | dropped | duplicates
//!            | misordered | orphans | dead_letters | off_schema | warm_up | cool_down
//! ratio     := success_rate | error_rate | achieved_rate | dead_letter_rate | schema_rate
//! op        := "<" | "<=" | ">" | ">=" | "=="
//! limit     := NUMBER ["us" | "ms" | "s" | "%"] | "baseline" "*" NUMBER
//! ```
//! A unit that does not fit its measure is refused before anything is sent.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::count::TIMEOUT;
use crate::{Count, SeriesKind};

/// A threshold that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{text}: column {column}: expected {expected}")]
#[non_exhaustive]
pub struct ThresholdError {
    /// The whole threshold.
    pub text: String,
    /// Where it goes wrong, counting characters from 1.
    pub column: usize,
    /// What would have been right there.
    pub expected: String,
}

/// What is measured of a series.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Statistic {
    Percentile(f64),
    Min,
    Mean,
    Max,
}

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Measure {
    Time(Statistic, SeriesKind),
    /// A number of requests.
    Count(Count),
    /// The number of those that were not answered in time.
    TimedOut,
    /// A share, by its word.
    Ratio(&'static str),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Below,
    AtMost,
    Above,
    AtLeast,
    Equal,
}

impl Operator {
    pub(crate) fn holds(self, left: f64, right: f64) -> bool {
        match self {
            Self::Below => left < right,
            Self::AtMost => left <= right,
            Self::Above => left > right,
            Self::AtLeast => left >= right,
            Self::Equal => (left - right).abs() < f64::EPSILON * right.abs().max(1.0),
        }
    }
}

/// Milliseconds for times, a fraction for ratios, a plain number for counts; or a multiple of another run's value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Limit {
    Value(f64),
    Baseline(f64),
}

/// A condition on what a run measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Threshold {
    text: String,
    pub(crate) measure: Measure,
    pub(crate) operator: Operator,
    pub(crate) limit: Limit,
}

const RATIOS: [&str; 5] = ["success_rate", "error_rate", "achieved_rate", "dead_letter_rate", "schema_rate"];

/// What has to be there for a threshold to be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Need {
    /// A closed load.
    Closed,
    /// The topic of dead letters.
    DeadLetters,
    /// The schema of answers.
    Schema,
    /// The consumer group of the service.
    Group,
    /// The embedded broker, in the same process.
    Embedded,
}

impl Need {
    /// What to give, by its word in a scenario.
    pub fn words(self) -> &'static str {
        match self {
            Self::Closed => "a closed load: concurrent, with so many in flight",
            Self::DeadLetters => "dead_letters: the topic in which they end",
            Self::Schema => "schema: the file with the JSON Schema of answers",
            Self::Group => "group: the consumer group of the service",
            Self::Embedded => "a broker in the same process, as drive_embedded has it in Rust",
        }
    }
}

impl Threshold {
    /// What it needs beyond the answers, where it needs something.
    pub fn needs(&self) -> Option<Need> {
        match self.measure {
            Measure::Time(_, SeriesKind::Corrected) => Some(Need::Closed),
            Measure::Time(_, SeriesKind::Rebalance) => Some(Need::Group),
            Measure::Time(_, kind) if SeriesKind::SPLIT.contains(&kind) => Some(Need::Embedded),
            Measure::Count(Count::DeadLetters) | Measure::Ratio("dead_letter_rate") => Some(Need::DeadLetters),
            Measure::Count(Count::OffSchema) | Measure::Ratio("schema_rate") => Some(Need::Schema),
            _ => None,
        }
    }

    /// Whether another run is needed to compare with.
    pub fn needs_baseline(&self) -> bool {
        matches!(self.limit, Limit::Baseline(_))
    }
}

impl fmt::Display for Threshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for Threshold {
    type Err = ThresholdError;

    fn from_str(text: &str) -> Result<Self, ThresholdError> {
        let mut parser = Parser { text, position: 0 };
        let measure = parser.measure()?;
        let operator = parser.operator()?;
        let limit = parser.limit(measure)?;
        parser.space();
        if parser.rest().is_empty() {
            Ok(Self { text: text.trim().to_owned(), measure, operator, limit })
        } else {
            Err(parser.expected("the end"))
        }
    }
}

struct Parser<'a> {
    text: &'a str,
    position: usize,
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.position..).unwrap_or_default()
    }

    fn space(&mut self) {
        let rest = self.rest();
        self.position += rest.len() - rest.trim_start().len();
    }

    fn expected(&self, expected: impl Into<String>) -> ThresholdError {
        let column = self.text.get(..self.position).map_or(0, |before| before.chars().count()) + 1;
        ThresholdError { text: self.text.to_owned(), column, expected: expected.into() }
    }

    fn take(&mut self, accept: impl Fn(char) -> bool) -> &'a str {
        self.space();
        let rest = self.rest();
        let end = rest.find(|c| !accept(c)).unwrap_or(rest.len());
        self.position += end;
        rest.get(..end).unwrap_or_default()
    }

    fn symbol(&mut self, symbol: &str) -> bool {
        self.space();
        let found = self.rest().starts_with(symbol);
        if found {
            self.position += symbol.len();
        }
        found
    }

    fn measure(&mut self) -> Result<Measure, ThresholdError> {
        self.space();
        let start = self.position;
        let word = self.take(|c| c.is_ascii_alphanumeric() || c == '_' || c == '.');
        let statistic = match word {
            "min" => Some(Statistic::Min),
            "mean" => Some(Statistic::Mean),
            "max" => Some(Statistic::Max),
            _ => word
                .strip_prefix('p')
                .and_then(|percent| percent.parse().ok())
                .filter(|percent| (0.0..=100.0).contains(percent))
                .map(Statistic::Percentile),
        };
        if let Some(statistic) = statistic {
            return Ok(Measure::Time(statistic, self.series()?));
        }
        if word == TIMEOUT {
            return Ok(Measure::TimedOut);
        }
        if let Some(count) = Count::of_word(word) {
            return Ok(Measure::Count(count));
        }
        if let Some(word) = RATIOS.iter().find(|known| **known == word) {
            return Ok(Measure::Ratio(word));
        }
        self.position = start;
        let counts = Count::ALL.map(Count::word).join(", ");
        Err(self.expected(format!("p50, p99.9, min, mean, max, {counts}, {TIMEOUT} or {}", RATIOS.join(", "))))
    }

    fn series(&mut self) -> Result<SeriesKind, ThresholdError> {
        if !self.symbol("(") {
            return Ok(SeriesKind::Response);
        }
        self.space();
        let start = self.position;
        let word = self.take(|c| c.is_ascii_alphabetic());
        let Some(kind) = SeriesKind::all().find(|kind| kind.name() == word) else {
            self.position = start;
            return Err(self.expected(SeriesKind::all().map(SeriesKind::name).collect::<Vec<_>>().join(", ")));
        };
        if self.symbol(")") { Ok(kind) } else { Err(self.expected(")")) }
    }

    fn operator(&mut self) -> Result<Operator, ThresholdError> {
        let operators = [
            ("<=", Operator::AtMost),
            (">=", Operator::AtLeast),
            ("==", Operator::Equal),
            ("<", Operator::Below),
            (">", Operator::Above),
        ];
        let found = operators.into_iter().find(|(symbol, _)| self.symbol(symbol));
        found.map(|(_, operator)| operator).ok_or_else(|| self.expected("<, <=, >, >= or =="))
    }

    fn number(&mut self) -> Result<f64, ThresholdError> {
        self.space();
        let start = self.position;
        let text = self.take(|c| c.is_ascii_digit() || c == '.');
        text.parse().map_err(|_| {
            self.position = start;
            self.expected("a number")
        })
    }

    fn limit(&mut self, measure: Measure) -> Result<Limit, ThresholdError> {
        if self.symbol("baseline") {
            return if self.symbol("*") { self.number().map(Limit::Baseline) } else { Err(self.expected("*")) };
        }
        let number = self.number()?;
        self.space();
        let start = self.position;
        let unit = self.take(|c| c.is_ascii_alphabetic() || c == '%');
        let (value, units) = match measure {
            Measure::Time(..) => {
                let factor = match unit {
                    "us" => Some(1e-3),
                    "ms" => Some(1.0),
                    "s" => Some(1e3),
                    _ => None,
                };
                (factor.map(|factor| number * factor), "us, ms or s")
            }
            Measure::Ratio(_) => {
                let factor = match unit {
                    "%" => Some(1e-2),
                    "" => Some(1.0),
                    _ => None,
                };
                (factor.map(|factor| number * factor), "% or a fraction")
            }
            Measure::Count(_) | Measure::TimedOut => (unit.is_empty().then_some(number), "a number without a unit"),
        };
        value.map(Limit::Value).ok_or_else(|| {
            self.position = start;
            self.expected(units)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_are_read_as_people_write_them() {
        for text in [
            "p99(response) < 500ms",
            "lost == 0",
            "error_rate < 1%",
            "achieved_rate >= 99%",
            "p99 <= baseline*1.2",
            "p99.9(ack)<1.5s",
            " max ( lag ) <= 800us ",
        ] {
            let threshold: Threshold = text.parse().unwrap();
            assert_eq!(threshold.to_string(), text.trim());
        }
        let threshold: Threshold = "p99.9(ack)<1.5s".parse().unwrap();
        assert_eq!(threshold.measure, Measure::Time(Statistic::Percentile(99.9), SeriesKind::Ack));
        assert_eq!((threshold.operator, threshold.limit), (Operator::Below, Limit::Value(1500.0)));
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        for (text, column, expected) in [
            (
                "p99(respnse) < 5ms",
                5,
                "response, service, lag, ack, corrected, rebalance, queue, handler, broker, client",
            ),
            ("p99 < 5", 8, "us, ms or s"),
            ("lost == 0ms", 10, "a number without a unit"),
            ("p99 = 5ms", 5, "<, <=, >, >= or =="),
            ("p99 < ms", 7, "a number"),
            ("error_rate < 1ms", 15, "% or a fraction"),
            ("p99 < 5ms please", 11, "the end"),
            ("p99 <= baseline 2", 17, "*"),
        ] {
            let error = text.parse::<Threshold>().unwrap_err();
            assert_eq!((error.column, error.expected.as_str()), (column, expected), "{text}");
        }
        assert_eq!("fast".parse::<Threshold>().unwrap_err().column, 1);
    }
}
