//! A run while it runs: a few lines that are written anew in a terminal, a line a second elsewhere.

use std::io::{IsTerminal as _, Write as _};
use std::time::Duration;

use kafka_trial_load::live::Progress;
use kafka_trial_load::{Count, Part, Plan};

/// How many characters the bar has.
const BAR: usize = 24;

/// What shows the progress on standard error.
pub(super) struct Watch {
    is_terminal: bool,
    plan: Plan,
    /// How many lines stand there now.
    lines: usize,
}

impl Watch {
    pub(super) fn new(plan: &Plan) -> Self {
        Self { is_terminal: std::io::stderr().is_terminal(), plan: plan.clone(), lines: 0 }
    }

    /// What comes first says which of several runs it is.
    pub(super) fn show(&mut self, first: &str, progress: &Progress<'_>) {
        // Nobody is left to be told when standard error is closed.
        if !self.is_terminal {
            let _ = writeln!(std::io::stderr(), "{first}{}", self.line(progress));
            return;
        }
        // A line that wraps could not be taken away again.
        let width = terminal_size::terminal_size_of(std::io::stderr()).map_or(80, |(width, _)| usize::from(width.0));
        let lines = self.block(first, progress);
        let cut = lines.iter().map(|line| line.chars().take(width.saturating_sub(1)).collect::<String>() + "\n");
        let shown: String = cut.collect();
        let _ = write!(std::io::stderr(), "{}{shown}", self.above());
        self.lines = lines.len();
    }

    /// Takes the lines away, for the report.
    pub(super) fn clear(&mut self) {
        let _ = write!(std::io::stderr(), "{}", self.above());
        self.lines = 0;
    }

    /// To the beginning of what stands there, which goes.
    fn above(&self) -> String {
        if self.lines == 0 { String::new() } else { format!("\x1b[{}A\r\x1b[J", self.lines) }
    }

    fn phase(&self, elapsed: Duration) -> String {
        let whole = self.plan.load.duration();
        if elapsed >= whole {
            return format!("waiting for answers {} s", (elapsed - whole).as_secs());
        }
        let word = match self.plan.part(elapsed) {
            Part::WarmUp => "warming up",
            Part::Counted => "sending",
            Part::CoolDown => "cooling down",
        };
        format!("{word} {}/{:.0} s", elapsed.as_secs(), whole.as_secs_f64())
    }

    fn block(&self, first: &str, progress: &Progress<'_>) -> [String; 3] {
        let whole = self.plan.load.duration().as_secs_f64();
        let done = progress.elapsed.as_secs_f64() / whole.max(f64::MIN_POSITIVE);
        let filled = (done.min(1.0) * BAR as f64) as usize;
        let bar = "#".repeat(filled) + &"-".repeat(BAR - filled);
        let [sent, times] = match progress.last {
            None => [String::new(), "no second is over yet".to_owned()],
            Some(last) => [
                format!("; in the last second {} sent, {} answered", last.sent, last.answered),
                format!(
                    "p50 {}, p90 {}, p99 {}, longest {}",
                    shown(last.p50_ms),
                    shown(last.p90_ms),
                    shown(last.p99_ms),
                    shown(last.max_ms)
                ),
            ],
        };
        [
            format!("{first}[{bar}] {}", self.phase(progress.elapsed)),
            format!("requests  {}{sent}", outcome(progress)),
            format!("response  {times}"),
        ]
    }

    fn line(&self, progress: &Progress<'_>) -> String {
        let last = progress.last.map_or_else(String::new, |last| {
            format!("   last second {}/s, p50 {}, p99 {}", last.answered, shown(last.p50_ms), shown(last.p99_ms))
        });
        format!("{}   {}{last}", self.phase(progress.elapsed), outcome(progress))
    }
}

/// What became of the requests so far.
fn outcome(progress: &Progress<'_>) -> String {
    let counts = progress.ledger.counts();
    let there = Count::CLASSES.into_iter().filter(|class| *class != Count::Ok && counts[*class] > 0);
    let bad: String = there.map(|class| format!(", {} {}", counts[class], class.about())).collect();
    format!("{} sent, {} ok{bad}", progress.sent, counts[Count::Ok])
}

fn shown(ms: Option<f64>) -> String {
    ms.map_or("-".to_owned(), |ms| format!("{ms:.1} ms"))
}
