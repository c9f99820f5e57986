//! The exit statuses: one type, and the one table of `--help`.

use std::process::ExitCode;

use kafka_trial_load::Verdict;

/// The exit statuses of `kafka-trial`. `run` ends with that of its command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExitStatus {
    /// Success.
    Success,
    /// The command failed, or reports a problem, an incomplete flow or a threshold that fails.
    Failure,
    /// The command line, or a file that it names, is invalid.
    Usage,
    /// `load`: the cluster is unavailable, or a topic is missing.
    Unavailable,
    /// `load`: the measurement is invalid.
    Invalid,
    /// `run`: the command cannot be executed.
    CannotExecute,
    /// `run`: the command does not exist.
    NotFound,
    /// `load`: interrupted.
    Interrupted,
}

/// The exit statuses of `load`, whose meanings stand in [`TABLE`].
pub(crate) const LOAD: &str = "\
Exit status: 0 if every threshold holds, 1 if one fails; 2, 3, 4 and 130 as in the table of `kafka-trial --help`.";

/// The table of `kafka-trial --help`.
pub(crate) const TABLE: &str = "\
Exit status:
  0    all went well (serve: ended by SIGINT or SIGTERM)
  1    the command failed, and standard error says why (demo, flow: a flow is incomplete; check: there is a problem;
       load: a threshold fails; schemas check: a schema is refused)
  2    the command line, or a file that it names, is invalid
  3    load: the cluster is unavailable, or a topic is missing
  4    load: the measurement is invalid, because the load generator could not keep its schedule
  126  run: the command cannot be executed
  127  run: the command does not exist
  130  load: interrupted; what was measured is reported
  any  run: otherwise the command's own, or 128 + the signal that ended it";

impl ExitStatus {
    /// Its number.
    pub fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Failure => 1,
            Self::Usage => 2,
            Self::Unavailable => 3,
            Self::Invalid => 4,
            Self::CannotExecute => 126,
            Self::NotFound => 127,
            Self::Interrupted => 130,
        }
    }

    /// Success, or failure.
    pub(crate) fn of(is_well: bool) -> Self {
        if is_well { Self::Success } else { Self::Failure }
    }
}

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> Self {
        Self::from(status.code())
    }
}

impl From<Verdict> for ExitStatus {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Passed => Self::Success,
            Verdict::Failed => Self::Failure,
            Verdict::Invalid => Self::Invalid,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_each_status() {
        let listed: Vec<u8> = TABLE.lines().filter_map(|line| line.get(..5)?.trim().parse().ok()).collect();
        let all = [
            ExitStatus::Success,
            ExitStatus::Failure,
            ExitStatus::Usage,
            ExitStatus::Unavailable,
            ExitStatus::Invalid,
            ExitStatus::CannotExecute,
            ExitStatus::NotFound,
            ExitStatus::Interrupted,
        ];
        assert_eq!(listed, all.map(ExitStatus::code));
    }
}
