//! The builds that the other checks use, and that they build each crate once.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result, bail};

use super::output::{Outcome, Output};
use super::tally::Tally;
use crate::program::{WORKSPACE, cargo};

/// Builds all programs and tests at once.
pub(crate) fn everything(output: &Output) -> Result<Outcome> {
    let mut build = cargo(&["build", "--quiet", "--all-targets"]);
    build.args(WORKSPACE);
    output.passes(build)
}

/// Compares the features of dependencies in what is installed with those in the tests.
pub(crate) fn once(output: &Output) -> Result<Outcome> {
    let tests = features(&[&["--edges", "normal,build,dev"][..], &WORKSPACE].concat())?;
    let installed = features(&[
        "--package=kafka-trial-python",
        "--no-default-features",
        "--features=workspace-features",
        "--edges=normal,build",
    ])?;
    let mut twice = Vec::new();
    for (name, sets) in &installed {
        let Some(known) = tests.get(name).filter(|_| !name.starts_with("kafka-trial")) else { continue };
        for features in sets.difference(known) {
            twice.push(format!("{name} has the features {features:?} there, and in the tests {known:?}"));
        }
    }
    twice.iter().try_for_each(|line| output.line(line))?;
    match twice.len() {
        0 => Ok(Outcome::Counted(Tally { passed: 1, ..Tally::default() })),
        count => bail!(
            "{count} crates are built twice, for the tests and for the wheel: add the features that one side lacks to \
             `workspace-features` in crates/python/Cargo.toml"
        ),
    }
}

/// The features of each package of a build, by name and version: a set for each time that it is built.
fn features(selection: &[&str]) -> Result<BTreeMap<String, BTreeSet<String>>> {
    let mut tree = cargo(&["tree", "--quiet", "--prefix=none", "--format={p}|{f}"]);
    let tree = tree.args(selection).output().context("cargo could not be started")?;
    if !tree.status.success() {
        bail!("cargo tree {selection:?} failed: {}", String::from_utf8_lossy(&tree.stderr));
    }
    let mut packages: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in String::from_utf8_lossy(&tree.stdout).lines() {
        let Some((package, features)) = line.split_once('|') else { continue };
        let package: Vec<&str> = package.split(' ').take(2).collect();
        let features = features.trim_end_matches(" (*)");
        packages.entry(package.join(" ")).or_default().insert(features.to_owned());
    }
    Ok(packages)
}
