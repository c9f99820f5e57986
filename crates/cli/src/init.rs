//! `kafka-trial init DIR`.

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use crate::scaffold::scaffold;

/// The options of `kafka-trial init`.
#[derive(clap::Args)]
#[command(after_help = "\
Writes kafka_utils.py and kafka_test_config.py, which take everything from the package kafka_trial, and an __init__.py \
in DIR and in the folders above it up to `tests`, so that pytest finds them. Files that are there already are not changed.

Example:
  kafka-trial init tests/integration")]
pub(crate) struct Options {
    /// The folder; created if it is missing
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Replace modules of other content
    #[arg(long)]
    force: bool,
}

pub(crate) fn init(options: &Options) -> Result<ExitCode, Box<dyn Error>> {
    let written = scaffold(&options.folder, options.force)?;
    for path in &written {
        println!("wrote {}", path.display());
    }
    if written.is_empty() {
        println!("{}: nothing to do, all is there", options.folder.display());
    }
    Ok(ExitCode::SUCCESS)
}
