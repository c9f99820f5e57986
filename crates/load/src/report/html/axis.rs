//! Where a value lies on an axis, and what is written beside it.

/// An axis of a chart.
pub(super) struct Axis {
    is_log: bool,
    from: f64,
    to: f64,
    /// Values with their words, in ascending order.
    pub(super) ticks: Vec<(f64, String)>,
}

impl Axis {
    /// From zero to at least `most`, evenly.
    pub(super) fn linear(most: f64, word: impl Fn(f64) -> String) -> Self {
        let most = if most.is_finite() && most > 0.0 { most } else { 1.0 };
        let decade = 10f64.powf((most / 5.0).log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].map(|times| times * decade).into_iter().find(|step| most / step <= 6.0);
        let step = step.unwrap_or(most);
        let count = (most / step).ceil();
        // At most a dozen.
        let ticks = (0..=count as u32).map(|tick| f64::from(tick) * step).map(|at| (at, word(at))).collect();
        Self { is_log: false, from: 0.0, to: count * step, ticks }
    }

    /// Decades around the values from `least` to `most`, with steps between them where there are few.
    pub(super) fn log(least: f64, most: f64, word: impl Fn(f64) -> String) -> Self {
        let is_usable = least.is_finite() && most.is_finite() && least > 0.0 && most >= least;
        let (least, most) = if is_usable { (least, most) } else { (1.0, 10.0) };
        let from = least.log10().floor();
        let to = most.log10().ceil().max(from + 1.0);
        let steps: &[f64] = if to - from <= 2.0 { &[1.0, 2.0, 5.0] } else { &[1.0] };
        // A dozen decades at most: from a microsecond to an hour.
        let decades = (0..=(to - from) as u32).map(|decade| 10f64.powf(from + f64::from(decade)));
        let ticks = decades.flat_map(|decade| steps.iter().map(move |step| step * decade));
        let (from, to) = (10f64.powf(from), 10f64.powf(to));
        let ticks = ticks.filter(|at| *at <= to * 1.000_001).map(|at| (at, word(at))).collect();
        Self { is_log: true, from, to, ticks }
    }

    /// Percentiles, each further nine as long as the one before.
    pub(super) fn percentiles(count: u64) -> Self {
        let known = [(0.0, "0"), (50.0, "50"), (90.0, "90"), (99.0, "99"), (99.9, "99.9"), (99.99, "99.99")];
        let further = [(99.999, "99.999"), (99.9999, "99.9999")];
        // The last value of n stands at 1 - 1/n.
        let to = nines(100.0 * (1.0 - 1.0 / count.max(10) as f64));
        let ticks = known.iter().chain(&further).map(|(percent, word)| (nines(*percent), format!("p{word}")));
        Self { is_log: false, from: 0.0, to, ticks: ticks.filter(|(at, _)| *at <= to + 1e-9).collect() }
    }

    /// The place of a value between 0 and 1.
    pub(super) fn place(&self, value: f64) -> f64 {
        let scale = |value: f64| if self.is_log { value.max(self.from).log10() } else { value };
        let (from, to) = (scale(self.from), scale(self.to));
        ((scale(value) - from) / (to - from)).clamp(0.0, 1.0)
    }
}

/// How many nines a percentile has: 1 for 90, 2 for 99.
pub(super) fn nines(percent: f64) -> f64 {
    -(1.0 - percent / 100.0).max(1e-9).log10()
}

/// Milliseconds in the unit that people would take.
pub(super) fn time(ms: f64) -> String {
    let (value, unit) = match ms {
        ms if ms < 1.0 => (ms * 1e3, "µs"),
        ms if ms < 1e3 => (ms, "ms"),
        ms => (ms / 1e3, "s"),
    };
    format!("{} {unit}", number((value * 100.0).round() / 100.0))
}

/// A number without needless digits, its thousands apart.
pub(super) fn number(value: f64) -> String {
    let text = format!("{value}");
    let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    let mut out = String::new();
    for (digit, place) in whole.chars().zip((0..whole.len()).rev()) {
        out.push(digit);
        if place > 0 && place % 3 == 0 && digit.is_ascii_digit() {
            out.push('\u{202f}');
        }
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(axis: &Axis) -> Vec<&str> {
        axis.ticks.iter().map(|(_, word)| word.as_str()).collect()
    }

    #[test]
    fn ticks_are_round_and_cover_the_values() {
        assert_eq!(words(&Axis::linear(213.0, number)), ["0", "50", "100", "150", "200", "250"]);
        assert_eq!(words(&Axis::log(1.9, 2002.0, time)), ["1 ms", "10 ms", "100 ms", "1 s", "10 s"]);
        assert_eq!(words(&Axis::log(2.0, 30.0, time)), ["1 ms", "2 ms", "5 ms", "10 ms", "20 ms", "50 ms", "100 ms"]);
        assert_eq!(words(&Axis::percentiles(2000)), ["p0", "p50", "p90", "p99", "p99.9"]);
    }

    #[test]
    fn places_are_on_the_axis_whatever_the_value() {
        let axis = Axis::log(1.0, 1000.0, time);
        assert!((axis.place(31.622_776_6) - 0.5).abs() < 1e-6);
        for odd in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e300] {
            for axis in [Axis::log(odd, odd, time), Axis::linear(odd, number), Axis::log(1.0, 10.0, time)] {
                assert!(!axis.place(5.0).is_nan() && (axis.ticks.len() <= 1000), "{odd}");
            }
        }
    }

    #[test]
    fn times_and_numbers_are_short() {
        assert_eq!([0.25, 2.0, 1942.4, 60_000.0].map(time), ["250 µs", "2 ms", "1.94 s", "60 s"]);
        assert_eq!([7.0, 1234.5, 1_234_567.0].map(number), ["7", "1\u{202f}234.5", "1\u{202f}234\u{202f}567"]);
    }
}
