//! rdkafka's own integration tests: librdkafka 2.12.1 from Rust.

use std::path::PathBuf;

use anyhow::Result;

use crate::broker::Setup;
use crate::crate_source::Published;
use crate::libtest;
use crate::needs::{CC, CXX, MAKE};
use crate::outcome::Outcomes;
use crate::place::Place;
use crate::suite::{EachChange, Run, Suite};

pub(crate) const SUITE: Suite = Suite {
    name: "rdkafka",
    title: "rdkafka 0.39.0",
    about: "the integration tests of the Rust client rdkafka",
    needs: &[CC, CXX, MAKE],
    each_change: EachChange::Nothing,
    prepare: |place| libtest::build(place, &source(place)?),
    run,
};

/// What the tests expect to find in Metadata.
const SETUP: Setup = Setup { node_id: 0, port: Some(9092), settings: &[("num.partitions", "3")], ..Setup::PLAIN };

fn source(place: &Place) -> Result<PathBuf> {
    Published { name: "rdkafka", version: "0.39.0" }.copy(place, |_, _| Ok(()))
}

fn run(run: &Run<'_>) -> Result<Outcomes> {
    let broker = run.broker(&SETUP)?;
    let environment = [("KAFKA_HOST", broker.bootstrap()), ("KAFKA_VERSION", "4.2.0")];
    libtest::run_tests(run, &source(run.place)?, &environment)
}
