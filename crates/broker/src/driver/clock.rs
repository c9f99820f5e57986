//! The cluster's time follows the real time, unless a test moves or stops it.

use kafka_trial_core::Time;

/// The cluster's clock: it is ahead of the real time by the sum of all [`StateClock::move_ahead`], or stands still.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct StateClock {
    /// How many microseconds the cluster is ahead of the real time; negative after it stood still.
    ahead: i64,
    /// The time at which the clock stands still.
    frozen: Option<Time>,
}

impl StateClock {
    /// Returns the cluster's time at a real time.
    pub(crate) fn at(self, real: Time) -> Time {
        self.frozen.unwrap_or(Time(real.0.saturating_add(self.ahead)))
    }

    /// Returns the real time at which the cluster's time will be `due`; `None` while the clock stands still before
    /// that.
    pub(crate) fn real(self, due: Time) -> Option<Time> {
        match self.frozen {
            None => Some(Time(due.0.saturating_sub(self.ahead))),
            // A timer that is due already fires at once.
            Some(now) => (due <= now).then_some(Time(i64::MIN)),
        }
    }

    /// Moves the cluster's time ahead.
    pub(crate) fn move_ahead(&mut self, micros: u64) {
        let micros = i64::try_from(micros).unwrap_or(i64::MAX);
        match &mut self.frozen {
            Some(now) => now.0 = now.0.saturating_add(micros),
            None => self.ahead = self.ahead.saturating_add(micros),
        }
    }

    /// Stops the cluster's time. Returns whether it ran before.
    pub(crate) fn freeze(&mut self, real: Time) -> bool {
        let ran = self.frozen.is_none();
        self.frozen = Some(self.at(real));
        ran
    }

    /// Restarts the cluster's time from the point at which it stopped.
    pub(crate) fn run(&mut self, real: Time) {
        if let Some(now) = self.frozen.take() {
            self.ahead = now.0.saturating_sub(real.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stopped_clock_continues_from_the_same_time() {
        let mut clock = StateClock::default();
        clock.move_ahead(50);
        assert_eq!((clock.at(Time(100)), clock.real(Time(170))), (Time(150), Some(Time(120))));
        clock.freeze(Time(100));
        assert_eq!((clock.at(Time(900)), clock.real(Time(151))), (Time(150), None));
        clock.move_ahead(10);
        clock.run(Time(900));
        assert_eq!((clock.at(Time(900)), clock.at(Time(901))), (Time(160), Time(161)));
    }
}
