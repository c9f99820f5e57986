//! What a run is to do, decided before it starts.

use std::fmt;
use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

use crate::Share;
use crate::ledger::Part;
use crate::units::{show_rate, show_time};

/// How requests are spread over a stage. Rates are requests per second.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// Evenly.
    Constant {
        /// Requests per second.
        rate: f64,
    },
    /// At random, as independent callers come. Keeps out of step with anything periodic.
    Poisson {
        /// Requests per second on average.
        rate: f64,
    },
    /// With a rate that changes evenly.
    Ramp {
        /// Requests per second at the start of the stage.
        from: f64,
        /// Requests per second at its end.
        to: f64,
    },
    /// At given times from the start of the stage, in ascending order.
    Replay(Vec<Duration>),
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Constant { rate } => write!(f, "{}", show_rate(*rate)),
            Self::Poisson { rate } => write!(f, "{} at random times", show_rate(*rate)),
            Self::Ramp { from, to } => write!(f, "{} changing to {}", show_rate(*from), show_rate(*to)),
            Self::Replay(times) => write!(f, "{} recorded times", times.len()),
        }
    }
}

/// A part of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// How requests are spread over it.
    pub shape: Shape,
    /// How long it lasts.
    pub duration: Duration,
}

impl Stage {
    /// From one rate to another in equal steps.
    pub fn steps(from: f64, to: f64, steps: u32, duration: Duration) -> Vec<Self> {
        let steps = steps.max(1);
        let rise = if steps == 1 { 0.0 } else { (to - from) / f64::from(steps - 1) };
        let stage = |step: u32| Self {
            shape: Shape::Constant { rate: rise.mul_add(f64::from(step), from) },
            duration: duration / steps,
        };
        (0..steps).map(stage).collect()
    }

    /// A base rate with a peak in the middle third.
    pub fn spike(base: f64, peak: f64, duration: Duration) -> Vec<Self> {
        let third = |rate| Self { shape: Shape::Constant { rate }, duration: duration / 3 };
        vec![third(base), third(peak), third(base)]
    }
}

/// When requests are sent.
#[derive(Clone, Debug, PartialEq)]
pub enum Load {
    /// Open: at their times, whatever becomes of the requests before. Callers in the world do so.
    Open(Vec<Stage>),
    /// Closed: so many in flight, the next when one is answered. It sends less while the system stalls, so its
    /// latencies say nothing about callers who do not wait for each other.
    Closed {
        /// How many requests are under way at a time.
        in_flight: u32,
        /// How long each rests after its answer.
        think: Duration,
        /// How long requests are sent.
        duration: Duration,
    },
}

impl Load {
    /// How long requests are sent.
    pub fn duration(&self) -> Duration {
        match self {
            Self::Open(stages) => stages.iter().map(|stage| stage.duration).sum(),
            Self::Closed { duration, .. } => *duration,
        }
    }

    /// How long a caller of a closed load rests between an answer and its next request; none of an open one.
    pub(crate) fn think(&self) -> Option<Duration> {
        match self {
            Self::Open(_) => None,
            Self::Closed { think, .. } => Some(*think),
        }
    }

    /// A rate for a duration: the specification's `sustained`.
    pub fn sustained(rate: f64, duration: Duration) -> Self {
        Self::Open(vec![Stage { shape: Shape::Constant { rate }, duration }])
    }

    /// So many in flight for a duration: the specification's `concurrent`.
    pub fn concurrent(in_flight: u32, duration: Duration) -> Self {
        Self::Closed { in_flight, think: Duration::ZERO, duration }
    }

    /// From one rate to another in equal steps.
    pub fn step(from: f64, to: f64, steps: u32, duration: Duration) -> Self {
        Self::Open(Stage::steps(from, to, steps, duration))
    }

    /// As independent callers come, at a rate on average.
    pub fn poisson(rate: f64, duration: Duration) -> Self {
        Self::Open(vec![Stage { shape: Shape::Poisson { rate }, duration }])
    }

    /// A base rate with a peak in the middle third.
    pub fn spike(base: f64, peak: f64, duration: Duration) -> Self {
        Self::Open(Stage::spike(base, peak, duration))
    }
}

impl fmt::Display for Load {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open(stages) => {
                for (stage, number) in stages.iter().zip(0..) {
                    let then = if number == 0 { "" } else { ", then " };
                    write!(f, "{then}{} for {}", stage.shape, show_time(stage.duration))?;
                }
                Ok(())
            }
            Self::Closed { in_flight, think, duration } => {
                write!(f, "{in_flight} in flight for {}", show_time(*duration))?;
                if think.is_zero() { Ok(()) } else { write!(f, ", {} of rest after each answer", show_time(*think)) }
            }
        }
    }
}

/// A whole run.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// When requests are sent.
    pub load: Load,
    /// Requests meant for the first part of the run are not counted.
    pub warm_up: Duration,
    /// Requests meant for the last part of the run are not counted.
    pub cool_down: Duration,
    /// A request that is not answered within this time is late, or lost.
    pub timeout: Duration,
    /// How long late answers are waited for after that.
    pub drain: Duration,
    /// Where the randomness of the schedule comes from.
    pub seed: u64,
    /// The run ends when so many requests were sent, whatever the stages say.
    pub most: u64,
    /// How late the driver itself may be (99th percentile) before the run is invalid, where 5 % of the response time is
    /// less.
    pub max_lag: Duration,
    /// The part of the load that this driver takes.
    pub share: Share,
}

impl Plan {
    /// A plan with the usual limits: no warm-up and no cool-down, 10 s to answer, 2 s to drain, 1 ms of lag.
    pub fn new(load: Load) -> Self {
        Self {
            load,
            warm_up: Duration::ZERO,
            cool_down: Duration::ZERO,
            timeout: Duration::from_secs(10),
            drain: Duration::from_secs(2),
            seed: 0,
            most: u64::MAX,
            max_lag: Duration::from_millis(1),
            share: Share::WHOLE,
        }
    }

    /// Whether anything of the load is counted; else why not.
    pub fn check(&self) -> Result<(), String> {
        let (whole, beside) = (self.load.duration(), self.warm_up + self.cool_down);
        if whole > beside {
            return Ok(());
        }
        let [whole, beside] = [whole, beside].map(show_time);
        Err(format!("warm-up and cool-down take {beside}, and the whole load {whole}: no time is left to be counted"))
    }

    /// The part of the run that a request meant for this time belongs to.
    pub fn part(&self, intended: Duration) -> Part {
        if intended < self.warm_up {
            Part::WarmUp
        } else if intended < self.load.duration().saturating_sub(self.cool_down) {
            Part::Counted
        } else {
            Part::CoolDown
        }
    }

    /// The same with a steady rate, evenly or at random times, for as long as its own load lasts.
    pub fn at_rate(&self, rate: f64, is_poisson: bool) -> Self {
        let duration = self.load.duration();
        let load = if is_poisson { Load::poisson(rate, duration) } else { Load::sustained(rate, duration) };
        Self { load, ..self.clone() }
    }
}

/// A seed for a run that was given none.
pub fn any_seed() -> u64 {
    RandomState::new().hash_one(0)
}
