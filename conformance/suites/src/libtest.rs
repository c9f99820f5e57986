//! Tests of a crate: built by cargo, run one binary after the other, read line by line.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;
use serde_json::Value;

use crate::crate_source::cargo;
use crate::outcome::{Outcome, Outcomes};
use crate::place::Place;
use crate::process::{run, succeed};
use crate::suite::{PROGRAM_LIMIT, Run};

/// A test binary: the name of its file in `tests/`, and where it was built.
struct Binary {
    name: String,
    path: PathBuf,
}

/// Builds the crate's tests.
pub(crate) fn build(place: &Place, source: &Path) -> Result<()> {
    binaries(place, source).map(drop)
}

/// Runs the integration tests of the crate in `source`; `environment` tells them where the broker is. A test is named
/// `file::test`.
pub(crate) fn run_tests(run_of: &Run<'_>, source: &Path, environment: &[(&str, &str)]) -> Result<Outcomes> {
    let mut outcomes = Outcomes::new();
    for binary in binaries(run_of.place, source)? {
        let prefix = format!("{}::", binary.name);
        let wanted: Vec<&str> = run_of.only.iter().filter_map(|name| name.strip_prefix(&prefix)).collect();
        if wanted.is_empty() && !run_of.only.is_empty() {
            continue;
        }
        let mut command = Command::new(&binary.path);
        command.arg("--test-threads=4").current_dir(source).envs(environment.iter().copied());
        if !wanted.is_empty() {
            command.arg("--exact").args(&wanted);
        }
        let log = run_of.place.test_log(run_of.side, &binary.name)?;
        let ending = run(&mut command, &log, PROGRAM_LIMIT)?;
        let output = log.output()?;
        let read = read(&output);
        if let Some(complaint) = ending.complaint()
            && !read.iter().any(|(_, outcome)| outcome.is_failure())
        {
            outcomes.insert(binary.name.clone(), Outcome::Failed(complaint));
        }
        outcomes.extend(read.into_iter().map(|(name, outcome)| (format!("{prefix}{name}"), outcome)));
    }
    Ok(outcomes)
}

fn binaries(place: &Place, source: &Path) -> Result<Vec<Binary>> {
    let mut command = cargo();
    command.args(["test", "--test", "*", "--no-run", "--message-format=json"]);
    command.current_dir(source).env("CARGO_TARGET_DIR", place.join("target"));
    let log = place.log("build")?;
    succeed(&mut command, &log)?;
    let mut binaries = Vec::new();
    for line in log.output()?.lines() {
        let Ok(message) = serde_json::from_str::<Value>(line) else { continue };
        let name = message.pointer("/target/name").and_then(Value::as_str);
        let kind = message.pointer("/target/kind/0").and_then(Value::as_str);
        let path = message.get("executable").and_then(Value::as_str);
        if let (Some(name), Some("test"), Some(path)) = (name, kind, path) {
            binaries.push(Binary { name: name.to_owned(), path: path.into() });
        }
    }
    binaries.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(binaries)
}

/// Reads lines such as `test consumer::resets ... ok`.
fn read(output: &str) -> Vec<(String, Outcome)> {
    let result = |line: &str| {
        let (name, result) = line.strip_prefix("test ")?.split_once(" ... ")?;
        let name = name.trim_end_matches(" - should panic").to_owned();
        let outcome = match result.trim() {
            "ok" => Outcome::PASSED,
            result if result.starts_with("ignored") => Outcome::Skipped(result.to_owned()),
            _ => Outcome::Failed(panic_of(output, &name)),
        };
        Some((name, outcome))
    };
    output.lines().filter_map(result).collect()
}

/// The first line after `thread '…' panicked at …` in the section of a failed test.
fn panic_of(output: &str, test: &str) -> String {
    let section = output.split_once(&format!("---- {test} stdout ----")).map_or("", |(_, section)| section);
    let mut lines = section.lines().skip_while(|line| !line.contains("panicked at"));
    lines.nth(1).unwrap_or("failed").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_of_a_test_runner_are_read() {
        let output = "running 3 tests\ntest a::one ... ok\ntest two ... FAILED\ntest three ... ignored, slow\n\n\
                      ---- two stdout ----\n\nthread 'two' panicked at x.rs:1:\nleft is right\n";
        assert_eq!(
            read(output),
            [
                ("a::one".to_owned(), Outcome::PASSED),
                ("two".to_owned(), Outcome::Failed("left is right".to_owned())),
                ("three".to_owned(), Outcome::Skipped("ignored, slow".to_owned())),
            ]
        );
    }
}
