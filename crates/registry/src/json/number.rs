//! Numbers as Java prints them: JSON Schema goes through `BigDecimal`, Avro through `double`.

/// A number as `BigDecimal.toString()` prints it; an integer stays.
pub(super) fn decimal_text(text: &str) -> String {
    if !text.contains(['.', 'e', 'E']) {
        return if text == "-0" { "0".to_owned() } else { text.to_owned() };
    }
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let Ok(exponent) = exponent.parse::<i32>() else {
        return text.to_owned();
    };
    let (sign, mantissa) = mantissa.strip_prefix('-').map_or(("", mantissa), |rest| ("-", rest));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let digits = digits.trim_start_matches('0');
    let digits = if digits.is_empty() { "0" } else { digits };
    let sign = if digits == "0" { "" } else { sign };
    let (Ok(length), Ok(places)) = (i32::try_from(digits.len()), i32::try_from(fraction.len())) else {
        return text.to_owned();
    };
    let scale = places.saturating_sub(exponent);
    let adjusted = (length - 1).saturating_sub(scale);
    if scale == 0 {
        return format!("{sign}{digits}");
    }
    if scale > 0 && adjusted >= -6 {
        let padded = format!("{digits:0>width$}", width = usize::try_from(scale + 1).unwrap_or(0));
        let (whole, fraction) = padded.split_at(padded.len() - usize::try_from(scale).unwrap_or(0));
        return format!("{sign}{whole}.{fraction}");
    }
    let (first, rest) = digits.split_at(1);
    let point = if rest.is_empty() { "" } else { "." };
    format!("{sign}{first}{point}{rest}E{adjusted:+}")
}

/// A number as `Double.toString()` prints it; an integer stays.
pub(super) fn double_text(text: &str) -> String {
    if text.contains(['.', 'e', 'E']) { as_double(text) } else { text.to_owned() }
}

/// A number, also an integer, as `Double.toString()` prints it.
pub(crate) fn as_double(text: &str) -> String {
    // What is beyond a double has no other form.
    let Some(value) = text.parse::<f64>().ok().filter(|value| value.is_finite()) else {
        return text.to_owned();
    };
    let size = value.abs();
    if size == 0.0 || (1e-3..1e7).contains(&size) {
        return format!("{value:?}");
    }
    let scientific = format!("{value:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let point = if mantissa.contains('.') { "" } else { ".0" };
    format!("{mantissa}{point}E{exponent}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_print_as_in_java() {
        for (text, printed) in [
            ("1.0", "1.0"),
            ("1e2", "1E+2"),
            ("0.10", "0.10"),
            ("12.5e3", "1.25E+4"),
            ("0.0000001", "1E-7"),
            ("-0.5", "-0.5"),
            ("100", "100"),
            ("1.50e1", "15.0"),
        ] {
            assert_eq!(decimal_text(text), printed, "{text}");
        }
    }

    #[test]
    fn doubles_print_as_in_java() {
        for (text, printed) in
            [("1", "1.0"), ("1e2", "100.0"), ("1e10", "1.0E10"), ("1.5e-9", "1.5E-9"), ("0.1", "0.1")]
        {
            assert_eq!(as_double(text), printed, "{text}");
        }
    }
}
