//! Whether one number is a multiple of another, by their digits and not as fractions of two.

/// How `multipleOf` changed.
pub(super) fn multiple_of(old: &str, new: &str) -> Option<&'static str> {
    if old == new {
        return None;
    }
    let (Some(old), Some(new)) = (decimal(old), decimal(new)) else {
        return Some("MULTIPLE_OF_CHANGED");
    };
    let places = old.1.max(new.1);
    let scaled = |(digits, scale): (i128, u32)| digits.checked_mul(10i128.checked_pow(places - scale)?);
    let (Some(old), Some(new)) = (scaled(old), scaled(new)) else {
        return Some("MULTIPLE_OF_CHANGED");
    };
    match (old, new) {
        _ if old == new => None,
        (1.., _) if new % old == 0 => Some("MULTIPLE_OF_EXPANDED"),
        (_, 1..) if old % new == 0 => Some("MULTIPLE_OF_REDUCED"),
        _ => Some("MULTIPLE_OF_CHANGED"),
    }
}

/// The digits of a number and how many of them stand behind the point.
fn decimal(text: &str) -> Option<(i128, u32)> {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}").parse::<i128>().ok()?;
    let scale = i32::try_from(fraction.len()).ok()?.checked_sub(exponent.parse().ok()?)?;
    match u32::try_from(scale) {
        Ok(scale) => Some((digits, scale)),
        Err(_) => Some((digits.checked_mul(10i128.checked_pow(scale.unsigned_abs())?)?, 0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn multiples_are_exact() {
        for (old, new, change) in [
            ("0.1", "0.3", Some("MULTIPLE_OF_EXPANDED")),
            ("4", "2", Some("MULTIPLE_OF_REDUCED")),
            ("4", "3", Some("MULTIPLE_OF_CHANGED")),
            ("1.0", "1", None),
            ("1e2", "100", None),
        ] {
            assert_eq!(multiple_of(old, new), change, "{old} {new}");
        }
    }
}
