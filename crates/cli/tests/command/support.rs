//! Running the command.

use std::hash::{BuildHasher as _, RandomState};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::iter;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::time::Duration;

use kafka_trial::client::{Client, Connection, Deadline, now_millis, pause};
use kafka_trial::{Cluster, ClusterConfig};
use kafka_trial_wire::ErrorCode;
use kafka_trial_wire::messages::consumer_protocol_assignment::TopicPartition;
use kafka_trial_wire::messages::join_group_request::JoinGroupRequestProtocol;
use kafka_trial_wire::messages::sync_group_request::SyncGroupRequestAssignment;
use kafka_trial_wire::messages::{
    ConsumerProtocolAssignment, FindCoordinatorRequest, JoinGroupRequest, LeaveGroupRequest, SyncGroupRequest,
};
use kafka_trial_wire::{Text, messages::encode};
use serde_json::Value as Json;

pub(crate) const LIMIT: Duration = Duration::from_secs(10);

pub(crate) fn kafka_trial(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kafka-trial"));
    command.args(arguments).env_remove("TEST_KAFKA_BOOTSTRAP_SERVERS").stdin(Stdio::null());
    command
}

pub(crate) fn output(arguments: &[&str]) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = kafka_trial(arguments).output().unwrap();
    (status.code(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

/// Sends a signal by name to a process of this test.
pub(crate) fn send(signal: &str, pid: u32) {
    assert!(Command::new("kill").args(["-s", signal, &pid.to_string()]).status().unwrap().success());
}

/// Waits until something is there.
#[track_caller]
pub(crate) fn until<T>(mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Deadline::after(LIMIT);
    loop {
        match look() {
            Some(found) => return found,
            None if deadline.is_past() => panic!("not there within {LIMIT:?}"),
            None => pause(Duration::from_millis(10)),
        }
    }
}

/// A `serve` that is ended when the test ends.
pub(crate) struct Serve {
    pub(crate) child: Child,
    stdout: BufReader<ChildStdout>,
    pub(crate) bootstrap: String,
}

impl Serve {
    /// On a free port.
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::start_as_told(&[&["--port", "0"], arguments].concat())
    }

    pub(crate) fn start_as_told(arguments: &[&str]) -> Self {
        let mut child = kafka_trial(&[&["serve"], arguments].concat())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        Self { child, stdout, bootstrap: line.trim().to_owned() }
    }

    pub(crate) fn topics(&self) -> Vec<(String, usize)> {
        let deadline = Deadline::after(LIMIT);
        let views = Client::connect(&self.bootstrap, deadline).unwrap().topics(None, deadline).unwrap();
        views.into_iter().map(|view| (view.name, view.partitions.len())).collect()
    }

    /// Sends a line to its standard input and gives the one that answers it.
    pub(crate) fn control(&mut self, line: &str) -> String {
        writeln!(self.child.stdin.as_mut().unwrap(), "{line}").unwrap();
        let mut answer = String::new();
        self.stdout.read_line(&mut answer).unwrap();
        answer.trim().to_owned()
    }

    pub(crate) fn signal(&self, name: &str) {
        send(name, self.child.id());
    }

    /// What it wrote on standard error, once it has ended.
    pub(crate) fn stderr(&mut self) -> String {
        let mut text = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut text).unwrap();
        text
    }

    /// Its exit status, and what else it wrote on standard output.
    pub(crate) fn wait_for_end(mut self) -> (Option<i32>, String) {
        let mut rest = String::new();
        self.stdout.read_to_string(&mut rest).unwrap();
        (self.child.wait().unwrap().code(), rest)
    }
}

impl Drop for Serve {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A file of this test, in a folder of its own.
pub(crate) fn scratch(name: &str, content: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
    // What an earlier run of the same number left is not wanted.
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join(name);
    std::fs::write(&path, content).unwrap();
    path
}

/// What the command writes as JSON.
#[track_caller]
pub(crate) fn json(arguments: &[&str]) -> Json {
    let (status, stdout, stderr) = output(arguments);
    assert_eq!(status, Some(0), "{arguments:?}: {stderr}");
    serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{arguments:?}: {error}: {stdout}"))
}

/// A real Kafka to run on as well, where the environment names one.
pub(crate) fn real_kafka() -> Option<String> {
    std::env::var("KAFKA_TRIAL_REAL_KAFKA").ok().filter(|servers| !servers.is_empty())
}

/// The clusters that a test of administration runs on: two embedded brokers, and a real Kafka where one is named.
pub(crate) fn clusters() -> Vec<(Option<Cluster>, String)> {
    let cluster = Cluster::start(ClusterConfig { brokers: 2, ..ClusterConfig::default() }).unwrap();
    let servers = cluster.bootstrap_servers();
    iter::once((Some(cluster), servers)).chain(real_kafka().map(|servers| (None, servers))).collect()
}

/// A name that no other test and no other run uses.
pub(crate) fn unique(name: &str) -> String {
    format!("{name}-{:x}-{}", now_millis(), RandomState::new().hash_one(name) % 1_000_000)
}

/// A member of a classic group, as far as a coordinator sees one.
pub(crate) struct Member {
    coordinator: Connection,
    group: String,
    id: Text,
}

impl Member {
    /// Joins, and assigns partition 0 of the topic to itself.
    pub(crate) fn join(servers: &str, group: &str, topic: &str) -> Self {
        let deadline = Deadline::after(LIMIT);
        let mut any = Connection::open(servers.split(',').next().unwrap(), deadline).unwrap();
        let find = FindCoordinatorRequest { key: group.into(), ..FindCoordinatorRequest::default() };
        let mut found = any.ask(&find, 3, deadline).unwrap();
        while found.error_code != ErrorCode::NONE && !deadline.is_past() {
            found = any.ask(&find, 3, deadline).unwrap();
        }
        let address = format!("{}:{}", found.host.as_str(), found.port);
        let mut coordinator = Connection::open(&address, deadline).unwrap();
        // Version 3 is the last without a round trip for the member id.
        let join = JoinGroupRequest {
            group_id: group.into(),
            session_timeout_ms: 30_000,
            rebalance_timeout_ms: 30_000,
            protocol_type: "consumer".into(),
            protocols: vec![JoinGroupRequestProtocol { name: "range".into(), ..JoinGroupRequestProtocol::default() }],
            ..JoinGroupRequest::default()
        };
        let joined = coordinator.ask(&join, 3, deadline).unwrap();
        assert_eq!(joined.error_code, ErrorCode::NONE);
        let assignment = ConsumerProtocolAssignment {
            assigned_partitions: vec![TopicPartition { topic: topic.into(), partitions: vec![0] }],
            ..ConsumerProtocolAssignment::default()
        };
        let assignment = [[0, 0].as_slice(), &encode(&assignment, 0).unwrap()].concat();
        let sync = SyncGroupRequest {
            group_id: group.into(),
            generation_id: joined.generation_id,
            member_id: joined.member_id.clone(),
            assignments: vec![SyncGroupRequestAssignment {
                member_id: joined.member_id.clone(),
                assignment: assignment.into(),
                ..SyncGroupRequestAssignment::default()
            }],
            ..SyncGroupRequest::default()
        };
        assert_eq!(coordinator.ask(&sync, 3, deadline).unwrap().error_code, ErrorCode::NONE);
        Self { coordinator, group: group.to_owned(), id: joined.member_id }
    }

    pub(crate) fn leave(mut self) {
        let request =
            LeaveGroupRequest { group_id: self.group.as_str().into(), member_id: self.id, ..Default::default() };
        assert_eq!(self.coordinator.ask(&request, 2, Deadline::after(LIMIT)).unwrap().error_code, ErrorCode::NONE);
    }
}
