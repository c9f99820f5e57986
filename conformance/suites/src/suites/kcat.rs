//! kcat: an old librdkafka (2.0.2 in Debian), from before KIP-848, as many people have it at hand.

use std::fmt::Write as _;
use std::process::Command;
use std::time::Duration;

use anyhow::Result;

use crate::broker::Setup;
use crate::needs::KCAT;
use crate::outcome::{Outcome, Outcomes};
use crate::process::run as run_program;
use crate::suite::{EachChange, Run, Suite};

pub(crate) const SUITE: Suite = Suite {
    name: "kcat",
    title: "kcat",
    about: "produce with each codec, consume, groups, offsets by time",
    needs: &[KCAT],
    each_change: EachChange::All,
    prepare: |_| Ok(()),
    run,
};

const LINES: usize = 1000;
const LIMIT: Duration = Duration::from_secs(30);

/// A call of kcat and what its output has to be.
struct Case {
    name: &'static str,
    arguments: &'static [&'static str],
    expected: Expected,
}

enum Expected {
    /// Nothing at all.
    Nothing,
    /// The thousand lines, in order.
    Lines,
    /// Exactly this.
    Text(&'static str),
    /// This somewhere.
    Part(&'static str),
}

/// In this order: the later ones read what the first ones wrote. `{lines}` is the file of the thousand lines.
const CASES: &[Case] = &[
    produce("produce-uncompressed", &["-P", "-t", "none", "-p", "0", "-l", "{lines}"]),
    produce("produce-gzip", &["-P", "-t", "gzip", "-p", "0", "-z", "gzip", "-l", "{lines}"]),
    produce("produce-snappy", &["-P", "-t", "snappy", "-p", "0", "-z", "snappy", "-l", "{lines}"]),
    produce("produce-lz4", &["-P", "-t", "lz4", "-p", "0", "-z", "lz4", "-l", "{lines}"]),
    produce("produce-zstd", &["-P", "-t", "zstd", "-p", "0", "-z", "zstd", "-l", "{lines}"]),
    produce("produce-idempotent", &["-P", "-t", "idem", "-p", "0", "-X", "enable.idempotence=true", "-l", "{lines}"]),
    consume("consume-uncompressed", &["-C", "-t", "none", "-e", "-q"]),
    consume("consume-gzip", &["-C", "-t", "gzip", "-e", "-q"]),
    consume("consume-snappy", &["-C", "-t", "snappy", "-e", "-q"]),
    consume("consume-lz4", &["-C", "-t", "lz4", "-e", "-q"]),
    consume("consume-zstd", &["-C", "-t", "zstd", "-e", "-q"]),
    consume("consume-idempotent", &["-C", "-t", "idem", "-e", "-q"]),
    consume("consume-committed", &["-C", "-t", "lz4", "-e", "-q", "-X", "isolation.level=read_committed"]),
    consume("group", &["-G", "readers", "-e", "-q", "-X", "auto.offset.reset=earliest", "lz4"]),
    Case {
        name: "group-resumes",
        arguments: &["-G", "readers", "-e", "-q", "-X", "auto.offset.reset=earliest", "lz4"],
        expected: Expected::Nothing,
    },
    Case {
        name: "offset-of-the-end",
        arguments: &["-C", "-t", "lz4", "-p", "0", "-o", "-1", "-e", "-q", "-f", "%o %s\\n"],
        expected: Expected::Text("999 line 999\n"),
    },
    Case {
        name: "offsets-by-time",
        arguments: &["-Q", "-t", "lz4:0:1"],
        expected: Expected::Text("lz4 [0] offset 0\n"),
    },
    Case {
        name: "offset-after-all-times",
        arguments: &["-Q", "-t", "lz4:0:4102444800000"],
        expected: Expected::Text("lz4 [0] offset -1\n"),
    },
    Case {
        name: "list",
        arguments: &["-L", "-t", "lz4"],
        expected: Expected::Part("topic \"lz4\" with 4 partitions:"),
    },
    Case { name: "list-as-json", arguments: &["-L", "-J"], expected: Expected::Part("\"topic\":\"zstd\"") },
];

const fn produce(name: &'static str, arguments: &'static [&'static str]) -> Case {
    Case { name, arguments, expected: Expected::Nothing }
}

const fn consume(name: &'static str, arguments: &'static [&'static str]) -> Case {
    Case { name, arguments, expected: Expected::Lines }
}

fn run(run: &Run<'_>) -> Result<Outcomes> {
    let mut lines = String::new();
    (0..LINES).try_for_each(|number| writeln!(lines, "line {number}"))?;
    let file = run.place.join("lines");
    std::fs::write(&file, &lines)?;
    let file = file.to_string_lossy().into_owned();
    let broker = run.broker(&Setup::PLAIN)?;
    let mut outcomes = Outcomes::new();
    for case in CASES {
        let arguments = case.arguments.iter().map(|argument| argument.replace("{lines}", &file));
        let mut command = Command::new("kcat");
        command.args(["-b", broker.bootstrap(), "-m", "10"]).args(arguments);
        let log = run.place.test_log(run.side, case.name)?;
        let ending = run_program(&mut command, &log, LIMIT)?;
        let output = log.output()?;
        let right = match case.expected {
            Expected::Nothing => output.is_empty(),
            Expected::Lines => output == lines,
            Expected::Text(text) => output == text,
            Expected::Part(part) => output.contains(part),
        };
        let outcome = match ending.complaint() {
            Some(complaint) => Outcome::Failed(complaint),
            None if right => Outcome::PASSED,
            None => Outcome::Failed(format!("{} lines of other output", output.lines().count())),
        };
        outcomes.insert(case.name.to_owned(), outcome);
    }
    Ok(outcomes)
}
