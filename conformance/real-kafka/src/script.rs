//! `start.sh`, and what it needs.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};

/// The release of Apache Kafka that the embedded broker is measured by.
pub const VERSION: &str = "4.3.1";

const FOLDER: &str = env!("CARGO_MANIFEST_DIR");

/// The script, with its jars and the brokers' logs in `WORK`, or else in `target/real-kafka`.
pub fn script() -> Result<Command> {
    let mut script = Command::new(Path::new(FOLDER).join("start.sh"));
    script.env("KAFKA_VERSION", VERSION).env("WORK", work()?);
    Ok(script)
}

/// The folder of jars and logs, made where it is missing.
pub(crate) fn work() -> Result<PathBuf> {
    let target =
        || std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| Path::new(FOLDER).join("../../target"), PathBuf::from);
    let work = std::env::var_os("WORK").map_or_else(|| target().join("real-kafka"), PathBuf::from);
    std::fs::create_dir_all(&work).with_context(|| work.display().to_string())?;
    Ok(work.canonicalize()?)
}

/// The first program that the script needs and that is not here.
pub fn missing() -> Option<&'static str> {
    let is_missing = |program: &&str| {
        let argument = if *program == "python3" { "--version" } else { "-version" };
        let tried = Command::new(program).arg(argument).stdout(Stdio::null()).stderr(Stdio::null()).status();
        !tried.is_ok_and(|status| status.success())
    };
    ["java", "mvn", "python3"].into_iter().find(is_missing)
}

/// A port that was free a moment ago.
pub fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}
