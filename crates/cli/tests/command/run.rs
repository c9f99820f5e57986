//! `kafka-trial run`.

use std::net::TcpStream;
use std::os::unix::process::ExitStatusExt as _;

use crate::support::{kafka_trial, output, scratch};

#[test]
fn run_gives_the_command_a_broker_and_returns_its_status() {
    let (status, stdout, _) = output(&["run", "--", "sh", "-c", "echo $TEST_KAFKA_BOOTSTRAP_SERVERS; exit 7"]);
    assert_eq!(status, Some(7));
    assert!(stdout.starts_with("127.0.0.1:"), "{stdout}");
    assert!(TcpStream::connect(stdout.trim()).is_err(), "the broker ends with the command");
}

#[test]
fn run_tells_commands_that_do_not_exist_from_those_that_cannot_run() {
    let (status, _, stderr) = output(&["run", "--", "no-such-command-anywhere"]);
    assert_eq!(status, Some(127));
    assert!(stderr.contains("cannot run no-such-command-anywhere"), "{stderr}");
    let file = scratch("not-executable", "text");
    assert_eq!(output(&["run", "--", file.to_str().unwrap()]).0, Some(126));
}

#[test]
fn run_reports_a_command_that_a_signal_ended() {
    let status = kafka_trial(&["run", "--", "sh", "-c", "kill -KILL $$"]).status().unwrap();
    assert_eq!((status.code(), status.signal()), (Some(128 + 9), None));
}
