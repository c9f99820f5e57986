//! Dates and times as text, and back, exact to the nanosecond: `2026-12-01`, `10:00:00.123`, `2026-12-01T10:00:00.123Z`.
//!
//! The calendar is the Gregorian one at all times, as ISO 8601 and Java's `LocalDate` have it.

const DAY: i128 = 86_400;

/// How finely a time is counted: the number of digits behind the point of a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    Millis,
    Micros,
    Nanos,
}

impl Unit {
    pub(crate) fn per_second(self) -> i128 {
        match self {
            Self::Millis => 1_000,
            Self::Micros => 1_000_000,
            Self::Nanos => 1_000_000_000,
        }
    }

    fn digits(self) -> usize {
        match self {
            Self::Millis => 3,
            Self::Micros => 6,
            Self::Nanos => 9,
        }
    }
}

/// The date of a day counted from the Unix epoch.
pub(crate) fn date(days: i64) -> String {
    // Eras of 400 years, each year beginning in March: https://howardhinnant.github.io/date_algorithms.html
    let shifted = i128::from(days) + 719_468;
    let (era, day) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let of_year = day - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let of_month = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + era * 400 + i128::from(month <= 2);
    match year {
        0..=9_999 => format!("{year:04}-{month:02}-{of_month:02}"),
        _ => format!("{year:+05}-{month:02}-{of_month:02}"),
    }
}

/// The day of a date, counted from the Unix epoch; none for a text that is no date.
pub(crate) fn days(text: &str) -> Option<i64> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let mut parts = digits.splitn(3, '-').map(number);
    let (year, month, day) = (sign * parts.next()??, parts.next()??, parts.next()??);
    let shifted = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (shifted.div_euclid(400), shifted.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
    // What is no date of the calendar, as February 30, is another one when it is read back.
    let days = i64::try_from(days).ok()?;
    (self::days_fit(year, month, day) && date(days).ends_with(&format!("-{month:02}-{day:02}"))).then_some(days)
}

fn days_fit(year: i128, month: i128, day: i128) -> bool {
    (-10_000_000..=10_000_000).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day)
}

fn number(text: &str) -> Option<i128> {
    (!text.is_empty() && text.len() < 12 && text.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| text.parse().ok())?
}

/// The time of day of a count from midnight; none beyond a day.
pub(crate) fn time(count: i64, unit: Unit) -> Option<String> {
    let count = i128::from(count);
    (0..DAY * unit.per_second()).contains(&count).then(|| clock(count, unit))
}

fn clock(count: i128, unit: Unit) -> String {
    let (seconds, rest) = (count / unit.per_second(), count % unit.per_second());
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    format!("{hours:02}:{minutes:02}:{seconds:02}.{rest:0width$}", width = unit.digits())
}

/// The count from midnight of a time of day; none for a text that is no time, or finer than the unit.
pub(crate) fn count(text: &str, unit: Unit) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let mut parts = whole.splitn(3, ':').map(number);
    let (hours, minutes, seconds) = (parts.next()??, parts.next()??, parts.next().unwrap_or(Some(0))?);
    if hours > 23 || minutes > 59 || seconds > 59 {
        return None;
    }
    let rest = fraction.trim_end_matches('0');
    if rest.len() > unit.digits() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let rest: i128 = format!("{rest:0<width$}", width = unit.digits()).parse().ok()?;
    i64::try_from((hours * 3_600 + minutes * 60 + seconds) * unit.per_second() + rest).ok()
}

/// The timestamp of a count from the Unix epoch, without a zone.
pub(crate) fn timestamp(count: i128, unit: Unit) -> String {
    let day = DAY * unit.per_second();
    let days = i64::try_from(count.div_euclid(day)).unwrap_or_default();
    format!("{}T{}", date(days), clock(count.rem_euclid(day), unit))
}

/// The count of a timestamp; a zone (`Z`, `+01:00`) is taken into account, none is UTC.
pub(crate) fn instant(text: &str, unit: Unit) -> Option<i128> {
    let (date, time) = text.split_once(['T', ' '])?;
    let (time, offset) = match (time.strip_suffix(['Z', 'z']), time.rfind(['+', '-'])) {
        (Some(time), _) => (time, 0),
        (None, None) => (time, 0),
        (None, Some(at)) => {
            let (time, zone) = time.split_at_checked(at)?;
            let sign = if zone.starts_with('-') { -1 } else { 1 };
            let (hours, minutes) = zone.get(1..)?.split_once(':')?;
            (time, sign * (number(hours)? * 3_600 + number(minutes)? * 60))
        }
    };
    let days = i128::from(days(date)?);
    Some((days * DAY - offset) * unit.per_second() + i128::from(count(time, unit)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_dates_are_each_others_inverse() {
        for (days_, text) in [
            (0, "1970-01-01"),
            (20_788, "2026-12-01"),
            (-1, "1969-12-31"),
            (11_016, "2000-02-29"),
            (-719_528, "0000-01-01"),
            (2_932_896, "9999-12-31"),
            (2_932_897, "+10000-01-01"),
            (-719_529, "-0001-12-31"),
        ] {
            assert_eq!((date(days_).as_str(), days(text)), (text, Some(days_)), "{text}");
        }
        for wrong in ["", "2026", "2026-13-01", "2025-02-29", "2026-02-30", "2026-00-10", "x-01-01", "2026-12-01T"] {
            assert_eq!(days(wrong), None, "{wrong}");
        }
        for day in (-800_000..800_000).step_by(373) {
            assert_eq!(days(&date(day)), Some(day));
        }
    }

    #[test]
    fn timestamps_keep_every_digit_before_and_after_the_epoch() {
        for (count, unit, text) in [
            (0, Unit::Millis, "1970-01-01T00:00:00.000"),
            (-1, Unit::Micros, "1969-12-31T23:59:59.999999"),
            (1_796_119_200_123, Unit::Millis, "2026-12-01T10:00:00.123"),
            (i128::from(i64::MAX), Unit::Nanos, "2262-04-11T23:47:16.854775807"),
        ] {
            assert_eq!((timestamp(count, unit).as_str(), instant(text, unit)), (text, Some(count)));
        }
        assert_eq!(instant("1970-01-01T01:00:00+01:00", Unit::Millis), Some(0));
        assert_eq!(instant("1970-01-01T00:00:00.0001", Unit::Millis), None, "finer than the unit");
        assert_eq!(instant("1970-01-01", Unit::Millis), None);
        assert_eq!(
            (time(43_200_001, Unit::Millis).as_deref(), time(86_400_000, Unit::Millis)),
            (Some("12:00:00.001"), None)
        );
        assert_eq!(count("12:00:00.001", Unit::Micros), Some(43_200_001_000));
    }
}
