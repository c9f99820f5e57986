//! Counting what test runners report.

/// How many tests passed, failed and were skipped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: u32,
    pub(crate) failed: u32,
    pub(crate) skipped: u32,
}

impl Tally {
    pub(crate) fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }

    /// Reads a closing line of `cargo test` (`test result: ok. 3 passed; 0 failed; 1 ignored; …`) or of pytest
    /// (`=== 1 failed, 3 passed, 2 skipped in 0.5s ===`).
    pub(crate) fn of_line(line: &str) -> Option<Self> {
        let line = line.trim().trim_matches('=').trim();
        let counts = match line.strip_prefix("test result: ") {
            Some(rest) => rest.split_once(". ")?.1,
            None => line.split_once(" in ").filter(|(_, time)| time.starts_with(|c: char| c.is_ascii_digit()))?.0,
        };
        let mut tally = Self::default();
        let mut counted = false;
        for part in counts.split([',', ';']) {
            let Some((count, what)) = part.trim().split_once(' ') else { continue };
            let Ok(count) = count.parse::<u32>() else { continue };
            match what {
                "passed" | "xfailed" => tally.passed += count,
                "failed" | "error" | "errors" | "xpassed" => tally.failed += count,
                "skipped" | "ignored" => tally.skipped += count,
                _ => continue,
            }
            counted = true;
        }
        counted.then_some(tally)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_lines_of_both_runners_are_read() {
        let cargo = "test result: FAILED. 3 passed; 2 failed; 1 ignored; 0 measured; 4 filtered out; finished in 0.1s";
        assert_eq!(Tally::of_line(cargo), Some(Tally { passed: 3, failed: 2, skipped: 1 }));
        let pytest = "==== 1 failed, 3 passed, 2 skipped, 1 warning in 0.52s ====";
        assert_eq!(Tally::of_line(pytest), Some(Tally { passed: 3, failed: 1, skipped: 2 }));
        let long = "114 passed, 2 skipped in 106.49s (0:01:46)";
        assert_eq!(Tally::of_line(long), Some(Tally { passed: 114, failed: 0, skipped: 2 }));
        assert_eq!(Tally::of_line("running 3 tests"), None);
        assert_eq!(Tally::of_line("something happened in 3s"), None);
    }
}
