//! What the figures were taken on, as far as the system says.

use std::fs;

/// Processors, kernel and how busy the machine was, in one line.
pub(crate) fn facts() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let cpu = fs::read_to_string("/proc/cpuinfo").ok().and_then(|text| {
        let line = text.lines().find(|line| line.starts_with("model name"))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    });
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").ok();
    let load = fs::read_to_string("/proc/loadavg").ok();
    let facts = [
        Some(format!("{cores} cores")),
        cpu,
        kernel.map(|release| format!("{} {}", std::env::consts::OS, release.trim())),
        load.and_then(|load| Some(format!("load {}", load.split_whitespace().next()?))),
    ];
    facts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}
