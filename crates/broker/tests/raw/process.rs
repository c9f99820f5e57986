//! A process shows its resources in `/proc/self`.

use std::fs;

/// The resources of this process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Process {
    /// The memory in use, in bytes.
    pub(crate) resident: u64,
    /// The address space, in bytes: all allocated memory, used or not.
    pub(crate) reserved: u64,
    pub(crate) threads: usize,
    pub(crate) descriptors: usize,
}

impl Process {
    pub(crate) fn look() -> Self {
        let statm = fs::read_to_string("/proc/self/statm").unwrap();
        let mut pages = statm.split(' ').map(|pages| pages.parse::<u64>().unwrap());
        let mut bytes = || pages.next().unwrap() * 4096;
        let (reserved, resident) = (bytes(), bytes());
        let count = |folder| fs::read_dir(folder).unwrap().count();
        Self { resident, reserved, threads: count("/proc/self/task"), descriptors: count("/proc/self/fd") }
    }

    /// Returns how many more files and sockets this process may open.
    pub(crate) fn descriptors_left(&self) -> usize {
        let limits = fs::read_to_string("/proc/self/limits").unwrap();
        let line = limits.lines().find_map(|line| line.strip_prefix("Max open files")).unwrap();
        let soft = line.split_whitespace().next().unwrap();
        soft.parse().map_or(usize::MAX, |limit: usize| limit.saturating_sub(self.descriptors))
    }
}
