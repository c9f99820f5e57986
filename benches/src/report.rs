//! The figures as a table for people and as JSON for programs.

use std::fmt;

use anyhow::Result;
use serde_json::{Map, Value, json};

use crate::row::{Aim, Figures, Row, Unit, median};
use crate::server::Kind;

/// What a run has measured.
pub(crate) struct Report {
    machine: String,
    rounds: u32,
    lines: Vec<Line>,
}

struct Line {
    name: &'static str,
    about: &'static str,
    unit: Unit,
    aim: Aim,
    figures: Figures,
}

impl Report {
    pub(crate) fn new(machine: String, rounds: u32) -> Self {
        Self { machine, rounds, lines: Vec::new() }
    }

    pub(crate) fn push(&mut self, row: &Row, figures: Figures) {
        self.lines.push(Line { name: row.name, about: row.about, unit: row.unit, aim: row.aim, figures });
    }

    pub(crate) fn to_json(&self) -> Result<String> {
        let rows: Vec<Value> = self
            .lines
            .iter()
            .map(|line| {
                let figures: Map<String, Value> =
                    line.figures.iter().map(|(kind, rounds)| (kind.to_string(), json!(rounds))).collect();
                json!({
                    "row": line.name,
                    "about": line.about,
                    "unit": line.unit.name(),
                    "rounds": figures,
                    "median": line.median(Kind::KafkaTrial),
                    "ratio_to_kfake": line.ratio(Kind::KafkaTrial, Kind::Kfake),
                    "ratio_to_limit": line.ratio(Kind::KafkaTrial, Kind::Limit),
                    "aim": line.aim.show(line.unit),
                    "aim_is_met": line.is_met(),
                })
            })
            .collect();
        let report = json!({ "machine": self.machine, "rounds": self.rounds, "rows": rows });
        Ok(serde_json::to_string_pretty(&report)? + "\n")
    }
}

impl Line {
    fn median(&self, kind: Kind) -> Option<f64> {
        median(self.figures.get(&kind)?.clone())
    }

    /// How many times the figure of `other` that of `kind` is: the median of the rounds' own ratios.
    fn ratio(&self, kind: Kind, other: Kind) -> Option<f64> {
        let rounds = self.figures.get(&kind)?.iter().zip(self.figures.get(&other)?);
        median(rounds.map(|(one, other)| one / other).collect())
    }

    fn is_met(&self) -> Option<bool> {
        match self.aim {
            Aim::TimesLimit(most) => Some(self.ratio(Kind::KafkaTrial, Kind::Limit)? <= most),
            Aim::PartOfLimit(least) => Some(self.ratio(Kind::KafkaTrial, Kind::Limit)? >= least),
            Aim::TimesKfake(least) => Some(self.ratio(Kind::KafkaTrial, Kind::Kfake)? >= least),
            Aim::Below(most) => Some(self.median(Kind::KafkaTrial)? <= most),
            Aim::AtLeast(least) => Some(self.median(Kind::KafkaTrial)? >= least),
            Aim::None => None,
        }
    }

    fn cells(&self, kinds: &[Kind]) -> Vec<String> {
        let figure = |kind| self.median(kind).map_or("-".to_owned(), |figure| self.unit.show(figure));
        let ratio = |other| self.ratio(Kind::KafkaTrial, other).map_or("-".to_owned(), |ratio| format!("{ratio:.2}×"));
        let met = match self.is_met() {
            Some(true) => "met",
            Some(false) => "missed",
            None => "-",
        };
        let mut cells = vec![self.name.to_owned()];
        for kind in kinds {
            cells.push(figure(*kind));
            if *kind != Kind::KafkaTrial {
                cells.push(ratio(*kind));
            }
        }
        cells.extend([self.aim.show(self.unit), met.to_owned()]);
        cells
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut kinds: Vec<Kind> = self.lines.iter().flat_map(|line| line.figures.keys().copied()).collect();
        kinds.sort();
        kinds.dedup();
        let mut header = vec!["row".to_owned()];
        for kind in &kinds {
            header.push(kind.to_string());
            if *kind != Kind::KafkaTrial {
                header.push("ours".to_owned());
            }
        }
        header.extend(["aim", ""].map(str::to_owned));
        let table: Vec<Vec<String>> =
            std::iter::once(header).chain(self.lines.iter().map(|line| line.cells(&kinds))).collect();
        let width = |column: usize| {
            table.iter().filter_map(|cells| cells.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        writeln!(
            f,
            "\n{}; medians of {} rounds; ours: how many times that figure ours is\n",
            self.machine, self.rounds
        )?;
        for cells in &table {
            for (column, cell) in cells.iter().enumerate() {
                match column {
                    0 => write!(f, "{cell:<0$}", width(0))?,
                    _ => write!(f, "  {cell:>0$}", width(column))?,
                }
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

impl Aim {
    fn show(self, unit: Unit) -> String {
        match self {
            Self::TimesLimit(most) => format!("≤ {most}×"),
            Self::PartOfLimit(least) => format!("≥ {least}×"),
            Self::TimesKfake(least) => format!("≥ {least}× kfake"),
            Self::Below(most) => format!("≤ {}", unit.show(most)),
            Self::AtLeast(least) => format!("≥ {}", unit.show(least)),
            Self::None => "-".to_owned(),
        }
    }
}

impl Unit {
    fn name(self) -> &'static str {
        match self {
            Self::Time => "seconds",
            Self::Bytes => "bytes",
            Self::BytesPerSecond => "bytes per second",
            Self::RecordsPerSecond => "records per second",
        }
    }

    fn show(self, figure: f64) -> String {
        match self {
            Self::Time if figure < 1e-3 => format!("{:.1} µs", figure * 1e6),
            Self::Time if figure < 1.0 => format!("{:.2} ms", figure * 1e3),
            Self::Time => format!("{figure:.2} s"),
            Self::Bytes => format!("{:.1} MB", figure / 1e6),
            Self::BytesPerSecond => format!("{:.2} GB/s", figure / 1e9),
            Self::RecordsPerSecond => format!("{:.2} M/s", figure / 1e6),
        }
    }
}
