//! kfake, the fake cluster of franz-go, as a process: its module through Go's own client, and a small main of ours.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

/// What is measured, and the release of franz-go that it needs: its own requirement is older, as its repository
/// builds it with what lies beside it.
const MODULES: [&str; 2] =
    ["github.com/twmb/franz-go/pkg/kfake@v0.0.0-20260918054303-01f206a7e32c", "github.com/twmb/franz-go@v1.22.3"];
const MAIN: &str = include_str!("../../kfake/main.go");

/// Builds it once and gives the command.
pub(super) fn build() -> Result<PathBuf> {
    let folder = Path::new("target/bench/kfake");
    let command = std::path::absolute(folder.join("kfake"))?;
    let built_of = folder.join("built-of");
    let [kfake, franz_go] = MODULES;
    let source = format!("{kfake}\n{franz_go}\n{MAIN}");
    if command.exists() && fs::read_to_string(&built_of).is_ok_and(|built| built == source) {
        return Ok(command);
    }
    fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    fs::write(folder.join("go.mod"), "module kafka-trial-bench/kfake\n\ngo 1.24\n")?;
    fs::write(folder.join("main.go"), MAIN)?;
    for arguments in [["get", kfake, franz_go], ["build", "-o=kfake", "."]] {
        let output = Command::new("go").args(arguments).current_dir(folder).output().context("go is not here")?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "go {}: {}", arguments.join(" "), said.trim());
    }
    fs::write(built_of, source)?;
    Ok(command)
}
