//! Times as text.

const DAY_MS: i64 = 86_400_000;

/// A time in milliseconds since the Unix epoch as ISO 8601 in UTC: `2025-10-15T12:00:00.000Z`.
pub(crate) fn iso_8601(millis: i64) -> String {
    let (year, month, day) = date(millis.div_euclid(DAY_MS));
    let of_day = millis.rem_euclid(DAY_MS);
    let (hour, minute, second) = (of_day / 3_600_000, of_day / 60_000 % 60, of_day / 1000 % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}Z", of_day % 1000)
}

/// The Gregorian date of a day since the epoch. Years begin in March here, so that a leap day is a year's last.
fn date(day: i64) -> (i64, i64, i64) {
    let from_march_of_year_0 = day + 719_468;
    let (era, of_era) = (from_march_of_year_0.div_euclid(146_097), from_march_of_year_0.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * of_year + 2) / 153;
    let day_of_month = of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day_of_month)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_times_are_written_as_the_calendar_has_them() {
        assert_eq!(iso_8601(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(iso_8601(951_782_400_123), "2000-02-29T00:00:00.123Z");
        assert_eq!(iso_8601(1_760_529_599_999), "2025-10-15T11:59:59.999Z");
        assert_eq!(iso_8601(-1), "1969-12-31T23:59:59.999Z");
    }

    #[test]
    fn the_ends_of_time_do_not_overflow() {
        assert!(iso_8601(i64::MAX).starts_with("292278994-08-17"), "{}", iso_8601(i64::MAX));
        assert!(iso_8601(i64::MIN).starts_with("-292275055-05-16"), "{}", iso_8601(i64::MIN));
    }
}
