//! The arrows of the house: which crate may know which, which room of the broker, and what the state may not know at all.
//!
//! The compiler refuses a circle of crates. It cannot refuse a new arrow, a circle of rooms, nor a clock or a socket in the
//! state: this check does, and says what to do instead.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

use super::output::{Outcome, Output};
use super::tally::Tally;

/// Each crate below `crates`, with the crates of the project that it may depend on.
const ARROWS: &[(&str, &[&str])] = &[
    ("wire", &[]),
    ("macros", &[]),
    ("page", &[]),
    ("core", &["wire"]),
    ("broker", &["core", "wire"]),
    ("registry", &["wire"]),
    ("kit", &["broker", "macros", "page", "registry", "wire"]),
    ("load", &["kit", "page", "wire"]),
    ("reference", &["kit"]),
    ("cli", &["kit", "load", "reference", "registry", "wire"]),
    ("python", &["cli", "kit", "load", "reference", "wire"]),
];

/// Each room of the broker's crate, with the rooms that it may know: `net` feeds the driver, which feeds the APIs.
const ROOMS: &[(&str, &[&str])] = &[
    ("traffic", &[]),
    ("journal", &["traffic"]),
    ("faults", &["journal", "traffic"]),
    ("api", &["faults", "journal", "traffic"]),
    ("driver", &["api", "faults", "journal", "traffic"]),
    ("net", &["api", "driver", "journal", "traffic"]),
    ("cluster", &["driver", "faults", "journal", "net"]),
];

/// What the state must not name, and what to do instead.
const FOREIGN_TO_STATE: &[(&str, &str)] = &[
    ("std::net", "sockets belong to crates/broker/src/net"),
    ("std::fs", "the state does no I/O: say by an Event what is to be written"),
    ("std::thread", "the state has one owner and no thread"),
    ("std::time::Instant", "the time is given: State::now()"),
    ("SystemTime", "the time is given: State::now()"),
    ("tokio", "waiting is data: a Completion or an Event wakes who waits"),
    ("println!", "say it by an Event"),
    ("RequestHeader", "frames belong to crates/broker/src/api"),
];

pub(super) fn check(_: &Output) -> Result<Outcome> {
    let mut wrong = Vec::new();
    for entry in fs::read_dir("crates").context("crates")? {
        let folder = entry?.path();
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let Some((_, allowed)) = ARROWS.iter().find(|(from, _)| **from == *name) else {
            wrong.push(format!("crates/{name} has no row in ARROWS ({}): decide which crates it may know", file!()));
            continue;
        };
        for known in dependencies(&fs::read_to_string(folder.join("Cargo.toml"))?) {
            if known != name && !allowed.contains(&known.as_str()) {
                wrong.push(format!(
                    "crates/{name}/Cargo.toml depends on {known}, which stands to its right: move what both need into a \
                     crate on the left of both, or pass it in"
                ));
            }
        }
    }
    let mut seen = 0;
    walk(Path::new("crates/core/src"), &mut |path, text| {
        seen += 1;
        for (line, number) in text.lines().zip(1..) {
            let code = line.split("//").next().unwrap_or_default();
            for (foreign, instead) in FOREIGN_TO_STATE.iter().filter(|(foreign, _)| code.contains(foreign)) {
                wrong.push(format!("{}:{number}: the state names {foreign}; {instead}", path.display()));
            }
        }
    })?;
    if seen == 0 {
        wrong.push("crates/core/src has no files: is the check run from the root of the project?".to_owned());
    }
    for (room, allowed) in ROOMS {
        walk(&Path::new("crates/broker/src").join(room), &mut |path, text| {
            for (line, number) in text.lines().zip(1..) {
                for (known, _) in ROOMS.iter().filter(|(known, _)| known != room && !allowed.contains(known)) {
                    if names_room(line, known) {
                        wrong.push(format!(
                            "{}:{number}: the room {room} names {known}, which stands before it: {known} calls {room} and is \
                             told by what {room} returns; move what both need to the right of both",
                            path.display()
                        ));
                    }
                }
            }
        })?;
    }
    if !wrong.is_empty() {
        bail!("{}", wrong.join("\n"));
    }
    Ok(Outcome::Counted(Tally { passed: 1, ..Tally::default() }))
}

/// Whether the code of a line names a room of its crate, by `crate::ROOM` or in `use crate::{ROOM, ...}`.
fn names_room(line: &str, room: &str) -> bool {
    let code = line.split("//").next().unwrap_or_default();
    code.split("crate::").skip(1).any(|after| {
        let list = after.strip_prefix('{').and_then(|list| list.split('}').next());
        let mut names = list.unwrap_or(after).split(|letter: char| !letter.is_alphanumeric() && letter != '_');
        if list.is_some() { names.any(|name| name == room) } else { names.next() == Some(room) }
    })
}

/// The crates of the project that a manifest names for its own code, its tests left out.
fn dependencies(manifest: &str) -> Vec<String> {
    let sections = manifest.split("\n[").filter(|section| section.starts_with("dependencies"));
    let lines = sections.flat_map(str::lines).filter_map(|line| line.split(['.', ' ', '=']).next());
    let names = lines.filter_map(|name| match name {
        "kafka-trial" => Some("kit".to_owned()),
        name => name.strip_prefix("kafka-trial-").map(str::to_owned),
    });
    names.collect()
}

/// Every source file below a folder, those of tests left out.
fn walk(folder: &Path, look: &mut impl FnMut(&Path, &str)) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if path.is_dir() {
            if !path.ends_with("tests") {
                walk(&path, look)?;
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            look(&path, &fs::read_to_string(&path)?);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_room_is_named_by_its_path_alone() {
        assert!(names_room("use crate::driver::Driver;", "driver"));
        assert!(names_room("use crate::{Release, driver};", "driver"));
        assert!(names_room("let driver = crate::driver::Driver::new();", "driver"));
        assert!(!names_room("use crate::drivers::Driver; // crate::driver", "driver"));
        assert!(!names_room("pub(in crate::api) fn driver() {}", "driver"));
    }

    #[test]
    fn dependencies_of_tests_are_no_arrows() {
        let manifest = "[package]\nname = \"kafka-trial-x\"\n\n[dependencies]\nkafka-trial-wire.workspace = true\n\
                        kafka-trial = { workspace = true }\n\n[dev-dependencies]\nkafka-trial-cli.workspace = true\n";
        assert_eq!(dependencies(manifest), ["wire", "kit"]);
    }
}
