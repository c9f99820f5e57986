//! Decimals of any length as text: `-12.30` is -1230 with a scale of 2.

/// The longest unscaled value that is taken, in bytes: 2,466 digits.
const LONGEST: usize = 1_024;
const LIMB: u64 = 1_000_000_000;

/// The text of an unscaled value, big-endian two's complement as Avro has it; none beyond 1,024 bytes.
pub(crate) fn text(unscaled: &[u8], scale: usize) -> Option<String> {
    if unscaled.len() > LONGEST || scale > 10_000 {
        return None;
    }
    let is_negative = unscaled.first().is_some_and(|first| first & 0x80 != 0);
    let mut magnitude = unscaled.to_vec();
    if is_negative {
        negate(&mut magnitude);
    }
    // Limbs of nine digits, the lowest first.
    let mut limbs: Vec<u64> = vec![0];
    for byte in magnitude {
        let mut carry = u64::from(byte);
        for limb in &mut limbs {
            let value = (*limb << 8) + carry;
            (*limb, carry) = (value % LIMB, value / LIMB);
        }
        if carry > 0 {
            limbs.push(carry);
        }
    }
    let digits: String = limbs.iter().rev().map(|limb| format!("{limb:09}")).collect();
    let digits = format!("{:0>width$}", digits.trim_start_matches('0'), width = scale + 1);
    let (whole, fraction) = digits.split_at_checked(digits.len() - scale)?;
    let sign = if is_negative { "-" } else { "" };
    Some(if scale == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") })
}

/// The shortest unscaled value of a text; the error says what is wrong with it for this scale.
pub(crate) fn unscaled(text: &str, scale: usize) -> Result<Vec<u8>, String> {
    let invalid = || format!("\"{text}\" is no decimal: expected digits as in -12.30");
    let (is_negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || digits.len() > 2 * LONGEST || !is_digits(whole) || !is_digits(fraction) {
        return Err(invalid());
    }
    let kept = fraction.trim_end_matches('0');
    if kept.len() > scale {
        return Err(format!(
            "{text} has {} digits behind the point, and the schema has a scale of {scale}",
            kept.len()
        ));
    }
    // Bytes, the lowest first.
    let mut bytes: Vec<u8> = vec![0];
    for digit in whole.bytes().chain(format!("{kept:0<scale$}").bytes()) {
        let mut carry = u32::from(digit - b'0');
        for byte in &mut bytes {
            let value = u32::from(*byte) * 10 + carry;
            (*byte, carry) = ((value & 0xff) as u8, value >> 8);
        }
        if carry > 0 {
            bytes.push((carry & 0xff) as u8);
        }
    }
    if bytes.last().is_some_and(|high| high & 0x80 != 0) {
        bytes.push(0);
    }
    bytes.reverse();
    if is_negative {
        negate(&mut bytes);
    }
    while let [first, second, ..] = bytes.as_slice() {
        let is_filling = (*first == 0 && second & 0x80 == 0) || (*first == 0xff && second & 0x80 != 0);
        if !is_filling {
            break;
        }
        bytes.remove(0);
    }
    Ok(bytes)
}

fn negate(bytes: &mut [u8]) {
    let mut carry = true;
    for byte in bytes.iter_mut().rev() {
        let (value, overflow) = (!*byte).overflowing_add(u8::from(carry));
        (*byte, carry) = (value, overflow);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_digit_and_the_sign_are_kept() {
        for (bytes, scale, shown) in [
            (&[0x04, 0xd2][..], 2, "12.34"),
            (&[0xfb, 0x2e], 2, "-12.34"),
            (&[0], 2, "0.00"),
            (&[0xff], 3, "-0.001"),
            (&[0x80], 0, "-128"),
            (&[0, 0x80], 0, "128"),
            (&[0x01, 0, 0, 0, 0, 0, 0, 0, 0], 4, "1844674407370955.1616"),
        ] {
            assert_eq!(text(bytes, scale).as_deref(), Some(shown));
            assert_eq!(unscaled(shown, scale).as_deref(), Ok(bytes), "{shown}");
        }
        assert_eq!(text(&[], 1).as_deref(), Some("0.0"));
        let many = format!("-{}.5", "9876543210".repeat(20));
        assert_eq!(text(&unscaled(&many, 1).unwrap(), 1), Some(many));
    }

    #[test]
    fn what_the_scale_cannot_hold_is_refused() {
        assert_eq!(unscaled("1.50", 1).unwrap(), [15]);
        assert_eq!(
            unscaled("1.55", 1).unwrap_err(),
            "1.55 has 2 digits behind the point, and the schema has a scale of 1"
        );
        for wrong in ["", "-", ".5", "1e3", "1,5", "abc"] {
            assert!(unscaled(wrong, 2).is_err(), "{wrong}");
        }
    }
}
