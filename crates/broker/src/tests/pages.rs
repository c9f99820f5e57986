//! The tree and the pages about it say the same.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::api::APIS;

/// Rooms of `api/` that are no APIs.
const ROOMS: [&str; 4] = ["dispatch", "mod", "shared", "table"];

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
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
fn the_rooms_of_api_are_the_served_apis() {
    let served: BTreeSet<String> = APIS.iter().map(|api| file_name(api.key.name().unwrap())).collect();
    let room = repository().join("crates/broker/src/api");
    let entries = std::fs::read_dir(room).unwrap().map(|entry| entry.unwrap().path());
    let names: BTreeSet<String> = entries.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    let rooms: BTreeSet<String> = names.into_iter().filter(|name| !ROOMS.contains(&name.as_str())).collect();
    let only_here: Vec<_> = rooms.symmetric_difference(&served).collect();
    assert!(
        only_here.is_empty(),
        "{only_here:?}: each API in the table of crates/broker/src/api/table.rs has a file of its name beside it, and what \
         several APIs use is in api/shared (CONTRIBUTING.md, \"Add a Kafka API in an hour\")"
    );
}

#[test]
fn the_pages_name_files_that_exist() {
    for page in ["CONTRIBUTING.md", "docs/how-it-works.md"] {
        let text = std::fs::read_to_string(repository().join(page)).unwrap();
        let named = text.split('`').skip(1).step_by(2);
        let paths = named.filter(|code| {
            ["crates/", "conformance/", "docs/", "fuzz/", "xtask/"].iter().any(|top| code.starts_with(top))
        });
        let missing: Vec<&str> =
            paths.filter(|path| !path.contains('<') && !repository().join(path).exists()).collect();
        assert!(missing.is_empty(), "{page} names files that do not exist: {missing:?}");
    }
}
