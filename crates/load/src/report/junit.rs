//! A report as JUnit XML: a threshold is a test case, so that a CI run shows each one's fate.

use std::fmt::Write as _;

use super::{Report, Verdict};

impl Report {
    /// A suite of its thresholds. In an invalid run the measurement itself is the error, and the thresholds are skipped.
    pub fn to_junit(&self) -> String {
        let mut out = String::new();
        // A String takes all text.
        let _ = self.write_junit(&mut out);
        out
    }

    fn write_junit(&self, out: &mut String) -> std::fmt::Result {
        let is_invalid = self.verdict == Verdict::Invalid;
        let count = self.thresholds.len();
        let failures = self.thresholds.iter().filter(|result| !result.holds && !is_invalid).count();
        let (errors, skipped) = if is_invalid { (1, count) } else { (0, 0) };
        let totals = format!(
            "tests=\"{}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\" time=\"{:.3}\"",
            count + errors,
            self.seconds
        );
        writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites {totals}>")?;
        writeln!(out, "  <testsuite name=\"kafka-trial load\" {totals}>")?;
        if let Some(why) = self.invalid_because.as_deref().filter(|_| is_invalid) {
            writeln!(out, "    <testcase classname=\"load\" name=\"the measurement is valid\">")?;
            writeln!(out, "      <error message=\"{}\"/>\n    </testcase>", Escaped(why))?;
        }
        for result in &self.thresholds {
            let measured = Escaped(&result.measured);
            write!(out, "    <testcase classname=\"load\" name=\"{}\">", Escaped(&result.threshold))?;
            if is_invalid {
                write!(out, "<skipped message=\"the measurement is invalid\"/>")?;
            } else if !result.holds {
                write!(out, "<failure message=\"measured {measured}\"/>")?;
            }
            writeln!(out, "<system-out>{measured}</system-out></testcase>")?;
        }
        writeln!(out, "    <system-out>{}</system-out>", Escaped(&self.to_text()))?;
        writeln!(out, "  </testsuite>\n</testsuites>")
    }
}

/// Text for XML and HTML, in attributes too. What XML cannot carry at all is left out.
pub(crate) struct Escaped<'a>(pub(crate) &'a str);

impl std::fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.chars().try_for_each(|c| match c {
            '<' => f.write_str("&lt;"),
            '>' => f.write_str("&gt;"),
            '&' => f.write_str("&amp;"),
            '"' => f.write_str("&quot;"),
            '\t' | '\n' => f.write_char(c),
            c if c < ' ' || c == '\u{fffe}' || c == '\u{ffff}' => Ok(()),
            c => f.write_char(c),
        })
    }
}
