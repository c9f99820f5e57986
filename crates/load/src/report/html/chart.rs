//! A chart as SVG, drawn here, so that the page needs no script and no network.

use maud::{Markup, Render, html};

use super::axis::Axis;

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

    fn axes(&self) -> Markup {
        let bottom = HEIGHT - BOTTOM;
        html! {
            @for (at, word) in &self.y.ticks {
                @let y = self.y(*at);
                line.grid x1=(LEFT) x2=(WIDTH - RIGHT) y1=(short(y)) y2=(short(y)) {}
                text x=(LEFT - 8.0) y=(short(y + 4.0)) text-anchor="end" { (word) }
            }
            @for (at, word) in &self.x.ticks {
                @let x = self.x(*at);
                line.grid x1=(short(x)) x2=(short(x)) y1=(bottom) y2=(bottom + 4.0) {}
                // The outermost words stay within the picture.
                @let anchor = if x > WIDTH - 40.0 { "end" } else { "middle" };
                text x=(short(x)) y=(HEIGHT - 8.0) text-anchor=(anchor) { (word) }
            }
        }
    }

    fn line(&self, line: &Line) -> Markup {
        let place = |(x, y): &(f64, Option<f64>)| Some((short(self.x(*x)), short(self.y((*y)?))));
        let parts = line.points.split(|(_, value)| value.is_none()).filter(|part| !part.is_empty());
        html! {
            @for part in parts {
                @let points = part.iter().filter_map(place).map(|(x, y)| format!("{x},{y} ")).collect::<String>();
                polyline class=(line.class) points=(points) {}
            }
            @if line.points.len() <= FEW {
                @for (x, y) in line.points.iter().filter_map(place) {
                    circle class=(line.class) cx=(x) cy=(y) r="2.2" {}
                }
            }
        }
    }
}

impl Render for Chart {
    fn render(&self) -> Markup {
        let height = HEIGHT - TOP - BOTTOM;
        let strip = (WIDTH - LEFT - RIGHT) / self.words.len().max(1) as f64;
        html! {
            ul.legend {
                @for line in &self.lines { li { i class=(line.class) {} (line.name) } }
                @if !self.bands.is_empty() { li { i.stall {} "no answer" } }
            }
            svg viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } role="img" aria-label=(self.about) {
                @for (from, to, word) in &self.bands {
                    @let width = (self.x(*to) - self.x(*from)).max(2.0);
                    rect.stall x=(short(self.x(*from))) y=(TOP) width=(short(width)) height=(height) { title { (word) } }
                }
                (self.axes())
                @for line in &self.lines { (self.line(line)) }
                @if self.words.len() <= MOST_WORDS {
                    @for (at, word) in &self.words {
                        @let x = self.x(*at) - strip / 2.0;
                        rect.word x=(short(x)) y=(TOP) width=(short(strip)) height=(height) { title { (word) } }
                    }
                }
            }
        }
    }
}

/// A place in the picture: a tenth of a pixel is exact enough.
fn short(place: f64) -> String {
    format!("{place:.1}")
}
