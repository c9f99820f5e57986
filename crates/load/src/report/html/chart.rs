//! A chart as SVG, drawn here, so that the page needs no script and no network.

use std::fmt;

use super::axis::Axis;
use super::escaped::Escaped;

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 260.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 14.0;
const TOP: f64 = 14.0;
const BOTTOM: f64 = 30.0;
/// Beyond so many points neither dots nor words can be told apart.
const FEW: usize = 90;
const MOST_WORDS: usize = 1200;

/// Values that belong together.
pub(super) struct Line {
    /// Its name in the legend.
    pub(super) name: String,
    /// Its colour, a class of the style sheet.
    pub(super) class: &'static str,
    /// What there is; a place without a value interrupts the line.
    pub(super) points: Vec<(f64, Option<f64>)>,
}

/// A chart with its legend.
pub(super) struct Chart {
    /// What it shows, for those who do not see it.
    pub(super) about: String,
    pub(super) x: Axis,
    pub(super) y: Axis,
    pub(super) lines: Vec<Line>,
    /// Stretches of x that are marked, with what is said of each.
    pub(super) bands: Vec<(f64, f64, String)>,
    /// Words for a place of x, where one points at it.
    pub(super) words: Vec<(f64, String)>,
}

impl Chart {
    fn x(&self, value: f64) -> f64 {
        LEFT + self.x.place(value) * (WIDTH - LEFT - RIGHT)
    }

    fn y(&self, value: f64) -> f64 {
        HEIGHT - BOTTOM - self.y.place(value) * (HEIGHT - TOP - BOTTOM)
    }

    fn axes(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, word) in &self.y.ticks {
            let y = self.y(*at);
            writeln!(
                f,
                "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{:.1}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>",
                WIDTH - RIGHT
            )?;
            writeln!(f, "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{word}</text>", LEFT - 8.0, y + 4.0)?;
        }
        for (at, word) in &self.x.ticks {
            let (x, bottom) = (self.x(*at), HEIGHT - BOTTOM);
            // The outermost words stay within the picture.
            let anchor = if x > WIDTH - 40.0 { "end" } else { "middle" };
            writeln!(
                f,
                "<line class=\"grid\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{bottom}\" y2=\"{:.1}\"/>",
                bottom + 4.0
            )?;
            writeln!(f, "<text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"{anchor}\">{word}</text>", HEIGHT - 8.0)?;
        }
        Ok(())
    }

    fn line(&self, f: &mut fmt::Formatter<'_>, line: &Line) -> fmt::Result {
        for part in line.points.split(|(_, value)| value.is_none()).filter(|part| !part.is_empty()) {
            write!(f, "<polyline class=\"{}\" points=\"", line.class)?;
            for (x, y) in part.iter().filter_map(|(x, y)| Some((*x, (*y)?))) {
                write!(f, "{:.1},{:.1} ", self.x(x), self.y(y))?;
            }
            writeln!(f, "\"/>")?;
        }
        if line.points.len() <= FEW {
            for (x, y) in line.points.iter().filter_map(|(x, y)| Some((*x, (*y)?))) {
                writeln!(
                    f,
                    "<circle class=\"{}\" cx=\"{:.1}\" cy=\"{:.1}\" r=\"2.2\"/>",
                    line.class,
                    self.x(x),
                    self.y(y)
                )?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Chart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<ul class=\"legend\">")?;
        for line in &self.lines {
            write!(f, "<li><i class=\"{}\"></i>{}</li>", line.class, Escaped(&line.name))?;
        }
        if !self.bands.is_empty() {
            write!(f, "<li><i class=\"stall\"></i>no answer</li>")?;
        }
        let about = Escaped(&self.about);
        writeln!(f, "</ul>\n<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{about}\">")?;
        for (from, to, word) in &self.bands {
            let (from, to) = (self.x(*from), self.x(*to));
            let (width, height) = ((to - from).max(2.0), HEIGHT - TOP - BOTTOM);
            let band =
                format!("<rect class=\"stall\" x=\"{from:.1}\" y=\"{TOP}\" width=\"{width:.1}\" height=\"{height}\">");
            writeln!(f, "{band}<title>{}</title></rect>", Escaped(word))?;
        }
        self.axes(f)?;
        self.lines.iter().try_for_each(|line| self.line(f, line))?;
        let count = self.words.len();
        if count <= MOST_WORDS {
            let width = (WIDTH - LEFT - RIGHT) / count.max(1) as f64;
            for (at, word) in &self.words {
                let x = self.x(*at) - width / 2.0;
                let strip =
                    format!("x=\"{x:.1}\" y=\"{TOP}\" width=\"{width:.1}\" height=\"{}\"", HEIGHT - TOP - BOTTOM);
                writeln!(f, "<rect class=\"word\" {strip}><title>{}</title></rect>", Escaped(word))?;
            }
        }
        writeln!(f, "</svg>")
    }
}
