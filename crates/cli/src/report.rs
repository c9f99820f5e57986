//! `kafka-trial report`: the flows that a test run has left behind.

use std::error::Error;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use anstream::{eprintln, println};
use kafka_trial::flow::artifacts;

/// The options of `kafka-trial report`.
#[derive(clap::Args)]
#[command(after_help = "\
Writes index.html and summary.md for all flows below the folder, prints the path of the page, and opens it in a terminal
with a desktop. Exit status: 0, even if flows are not as expected; 1 if the folder cannot be read.

Examples:
  kafka-trial report target/kafka-trial
  cat target/kafka-trial/summary.md >> $GITHUB_STEP_SUMMARY")]
pub(crate) struct Options {
    /// The folder that tests wrote to: target/kafka-trial in Rust, --kafka-trial-artifacts in pytest
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Do not open the page
    #[arg(long)]
    no_open: bool,
}

pub(crate) fn report(options: &Options) -> Result<ExitCode, Box<dyn Error>> {
    let summary = artifacts::index(&options.folder)?;
    for path in &summary.unreadable {
        eprintln!("kafka-trial: {} is not a flow of this version", path.display());
    }
    let flows = if summary.flows == 1 { "flow" } else { "flows" };
    eprintln!("{} {flows}, {} not as expected", summary.flows, summary.failed);
    println!("{}", summary.page.display());
    if !options.no_open && std::io::stdout().is_terminal() {
        open(&summary.page);
    }
    Ok(ExitCode::SUCCESS)
}

/// Opens a page the way the desktop does. Its path has been printed, so nothing is lost where that fails.
fn open(page: &Path) {
    let opener = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let is_desktop =
        cfg!(target_os = "macos") || ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| std::env::var_os(name).is_some());
    if is_desktop {
        let _ =
            Command::new(opener).arg(page).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    }
}
