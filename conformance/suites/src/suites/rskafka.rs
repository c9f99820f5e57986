//! rskafka's own integration tests: a client without groups, that speaks Fetch 4 and little else of today.

use std::path::Path;

use anyhow::Result;

use crate::broker::Setup;
use crate::crate_source::{Published, cargo};
use crate::libtest;
use crate::outcome::{Outcome, Outcomes};
use crate::place::Place;
use crate::process::succeed;
use crate::suite::{EachChange, Run, Suite};

pub(crate) const SUITE: Suite = Suite {
    name: "rskafka",
    title: "rskafka 0.6.0",
    about: "the integration tests of the Rust client rskafka",
    needs: &[crate::needs::CC],
    each_change: EachChange::Nothing,
    prepare: |place| libtest::build(place, &source(place)?),
    run,
};

fn source(place: &Place) -> Result<std::path::PathBuf> {
    Published { name: "rskafka", version: "0.6.0" }.copy(place, finish)
}

/// The toolchain it names is not the one that is here, and its lock file holds an rsasl that new compilers refuse.
fn finish(source: &Path, place: &Place) -> Result<()> {
    std::fs::remove_file(source.join("rust-toolchain.toml"))?;
    succeed(cargo().args(["update", "--package", "rsasl"]).current_dir(source), &place.log("update")?)
}

fn run(run: &Run<'_>) -> Result<Outcomes> {
    let broker = run.broker(&Setup { settings: &[("auto.create.topics.enable", "false")], ..Setup::PLAIN })?;
    let environment = [("TEST_INTEGRATION", "1"), ("TEST_BROKER_IMPL", "kafka"), ("KAFKA_CONNECT", broker.bootstrap())];
    let mut outcomes = libtest::run_tests(run, &source(run.place)?, &environment)?;
    for (name, outcome) in &mut outcomes {
        if let Some(why) = vacuous(name) {
            *outcome = Outcome::Skipped(why.to_owned());
        }
    }
    Ok(outcomes)
}

/// Tests that return at once, and pass, where something is missing.
fn vacuous(name: &str) -> Option<&'static str> {
    if name.contains("java") {
        Some("needs a Java client inside the test")
    } else if name.contains("socks5") {
        Some("needs a SOCKS5 proxy")
    } else if name.contains("sasl") {
        Some("needs SASL_PLAINTEXT listeners")
    } else {
        None
    }
}
