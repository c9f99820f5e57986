//! The tree and the pages about it say the same: each step of CONTRIBUTING, "Add a Kafka API in an hour", that can be
//! forgotten fails here, in `sweep.rs`, in `release.rs` or in the report card, and the message names the step and the file.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::api::APIS;

/// Rooms of `api/` that are no APIs.
const ROOMS: [&str; 5] = ["dispatch", "faulted", "mod", "shared", "table"];
/// The folder of the APIs.
const API: &str = "crates/broker/src/api";
/// The folder of the scenarios and of Kafka's recorded answers.
const SCENARIOS: &str = "conformance/differential/scenarios";

fn path(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

fn text(file: &str) -> String {
    std::fs::read_to_string(path(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

fn files(folder: &str) -> Vec<PathBuf> {
    std::fs::read_dir(path(folder)).unwrap().map(|entry| entry.unwrap().path()).collect()
}

/// Where a failure sends its reader.
fn step(number: u8) -> String {
    format!("(CONTRIBUTING.md, \"Add a Kafka API in an hour\", step {number})")
}

/// The name of an API as its file has it: `alter_configs`.
fn file_name(api: &str) -> String {
    let mut name = String::new();
    for letter in api.chars() {
        if letter.is_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.extend(letter.to_lowercase());
    }
    name
}

#[test]
fn every_api_has_a_file_and_every_file_has_a_row() {
    let served: BTreeSet<String> = APIS.iter().map(|api| file_name(api.key.name().unwrap())).collect();
    let stems = files(API).into_iter().map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned());
    let rooms: BTreeSet<String> = stems.filter(|name| !ROOMS.contains(&name.as_str())).collect();
    let unserved: Vec<_> = rooms.difference(&served).collect();
    let (third, fourth) = (step(3), step(4));
    assert!(
        unserved.is_empty(),
        "{API} has {unserved:?}, which nobody serves: add `mod` to {API}/mod.rs {third} and a row to {API}/table.rs {fourth}; \
         what several APIs use belongs into {API}/shared"
    );
    let homeless: Vec<_> = served.difference(&rooms).collect();
    assert!(homeless.is_empty(), "{API} has no file for {homeless:?}: an API's file bears its name {}", step(2));
}

#[test]
fn every_file_opens_with_its_api_and_the_versions_it_answers() {
    for api in APIS {
        let name = api.key.name().unwrap();
        let file = [format!("{API}/{}.rs", file_name(name)), format!("{API}/{}/mod.rs", file_name(name))];
        let file = file.iter().find(|file| path(file).exists()).unwrap();
        let versions = match (api.floor, api.max) {
            (only, max) if only == max => format!("version {max}"),
            (floor, max) if floor + 1 == max => format!("versions {floor} and {max}"),
            (floor, max) => format!("versions {floor} to {max}"),
        };
        let opening = format!("//! {name} (key {}), {versions}", api.key.0);
        assert!(text(file).starts_with(&opening), "{file} does not open with {opening:?} {}", step(2));
    }
}

#[test]
fn every_api_is_asked_in_a_scenario_whose_answers_are_recorded() {
    for api in APIS {
        let name = api.key.name().unwrap();
        let asks = |line: &str| line.split(' ').next() == Some(name);
        let recorded = format!("\"step\": \"{name}");
        let is_recorded = files(SCENARIOS).into_iter().any(|path| {
            path.extension().is_some_and(|extension| extension == "scenario")
                && std::fs::read_to_string(&path).unwrap().lines().any(asks)
                && std::fs::read_to_string(path.with_extension("recorded")).unwrap_or_default().contains(&recorded)
        });
        assert!(
            is_recorded,
            "no file in {SCENARIOS} asks {name} and has Kafka's answer: write a section to a .scenario and record it {}",
            step(1)
        );
    }
}

#[test]
fn the_changelog_counts_the_served_apis() {
    let line = format!("{} of its APIs", APIS.len());
    assert!(text("CHANGELOG.md").contains(&line), "CHANGELOG.md does not say {line:?}, nor what is new {}", step(9));
}

#[test]
fn the_pages_name_files_that_exist() {
    for page in ["CONTRIBUTING.md", "docs/how-it-works.md"] {
        let text = text(page);
        let named = text.split('`').skip(1).step_by(2);
        let paths = named.filter(|code| {
            ["crates/", "conformance/", "docs/", "fuzz/", "xtask/"].iter().any(|top| code.starts_with(top))
        });
        let missing: Vec<&str> = paths.filter(|file| !file.contains('<') && !path(file).exists()).collect();
        assert!(missing.is_empty(), "{page} names files that do not exist: {missing:?}");
    }
}
