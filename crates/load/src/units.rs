//! Rates and times as people write them.

use std::ops::RangeInclusive;
use std::time::Duration;

/// The largest request: more than brokers take.
const MOST_BYTES: usize = 1 << 30;

/// Requests per second: `200/s`, `200`, `12000/m`, `720000/h`.
pub fn rate(text: &str) -> Result<f64, String> {
    let (number, seconds) = match text.split_once('/') {
        None => (text, 1.0),
        Some((number, "s")) => (number, 1.0),
        Some((number, "m")) => (number, 60.0),
        Some((number, "h")) => (number, 3600.0),
        Some(_) => return Err("expected 200/s, 12000/m or 720000/h".to_owned()),
    };
    match number.trim().parse::<f64>() {
        Ok(rate) if rate > 0.0 && rate.is_finite() => Ok(rate / seconds),
        _ => Err("expected a rate above 0, such as 200/s".to_owned()),
    }
}

/// `10s`, `1500ms`, `2m`.
pub fn time(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text).map_err(|error| format!("{error}; expected 10s, 500ms or 2m"))
}

/// A time that is not none.
pub fn length(text: &str) -> Result<Duration, String> {
    time(text)
        .and_then(|time| if time.is_zero() { Err("expected a time above 0, such as 10s".to_owned()) } else { Ok(time) })
}

/// Sizes in bytes: `256`, or `100..2000` for sizes between the two.
pub fn sizes(text: &str) -> Option<RangeInclusive<usize>> {
    let (least, most) = text.split_once("..").unwrap_or((text, text));
    let sizes = least.trim().parse().ok()?..=most.trim().parse().ok()?;
    (!sizes.is_empty() && *sizes.end() <= MOST_BYTES).then_some(sizes)
}

/// A rate as it is read again.
pub(crate) fn show_rate(rate: f64) -> String {
    if (rate - rate.round()).abs() < 1e-9 { format!("{rate:.0}/s") } else { format!("{rate:.3}/s") }
}

/// A time as it is read again.
pub(crate) fn show_time(time: Duration) -> String {
    humantime::format_duration(time).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_read_per_second_minute_and_hour() {
        assert_eq!(rate("200"), Ok(200.0));
        assert_eq!(rate("200/s"), Ok(200.0));
        assert_eq!(rate("30/m"), Ok(0.5));
        assert_eq!(rate("7200/h"), Ok(2.0));
        assert!(["0", "-1", "fast", "5/d", "inf", "5/s/s"].iter().all(|text| rate(text).is_err()));
    }

    #[test]
    fn lengths_and_sizes_are_held_to_their_bounds() {
        assert_eq!(length("2s"), Ok(Duration::from_secs(2)));
        assert!(length("0s").unwrap_err().contains("above 0"));
        assert_eq!((sizes("256"), sizes("1..20")), (Some(256..=256), Some(1..=20)));
        assert!(["", "20..1", "1..", "-1", "99999999999"].iter().all(|text| sizes(text).is_none()));
    }

    #[test]
    fn what_is_shown_is_read_again() {
        for value in [200.0, 0.5, 33.125] {
            assert_eq!(rate(&show_rate(value)), Ok(value));
        }
        let value = Duration::from_millis(61_500);
        assert_eq!(time(&show_time(value)), Ok(value));
    }
}
