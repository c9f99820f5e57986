//! The doctor: examines a cluster step by step, as the clients of a test would, and reports each problem with its remedy.
//!
//! [`Check::run`] returns a [`Report`], which `kafka-trial check` shows as text. A step that an earlier problem makes
//! pointless is skipped, with the reason.

mod finding;
mod listener;
mod problem;

use std::time::Duration;

use crate::client::{Address, Client, ClientError, Deadline, GroupView, TopicView};

pub use self::finding::{Finding, Outcome, Progress, Report, Step};
pub use self::listener::Seen;
use self::listener::{Spoken, accepts, resolve, spoken};
pub use self::problem::Problem;

/// What is looked at.
#[derive(Clone, Debug)]
pub struct Check {
    /// Comma-separated `HOST:PORT`, as it was given: a text that is no address is a finding.
    pub bootstrap_servers: String,
    /// Topics that have to exist, with the partitions they would be created with.
    pub topics: Vec<(String, i32)>,
    /// Groups that must have no members: this one, or those that begin with it.
    pub groups: Groups,
    /// Whether the clients are set to TLS (`security.protocol=SSL` or `SASL_SSL`).
    pub tls: bool,
    /// How long each network step may take.
    pub timeout: Duration,
}

/// Which groups must have no members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Groups {
    /// All whose ids begin with this.
    Prefix(String),
    /// These.
    Named(Vec<String>),
}

impl Check {
    /// Takes all steps. `watch` hears of each step when it begins and of each finding when it is there.
    pub fn run(&self, mut watch: impl FnMut(Progress<'_>)) -> Report {
        let mut examination = Examination { check: self, watch: &mut watch, findings: Vec::new() };
        examination.run();
        Report { bootstrap_servers: self.bootstrap_servers.clone(), findings: examination.findings }
    }

    fn deadline(&self) -> Deadline {
        Deadline::after(self.timeout)
    }
}

/// A check under way.
struct Examination<'a> {
    check: &'a Check,
    watch: &'a mut dyn FnMut(Progress<'_>),
    findings: Vec<Finding>,
}

impl Examination<'_> {
    fn run(&mut self) {
        let given = self.check.bootstrap_servers.as_str();
        let mut texts: Vec<&str> = given.split(',').map(str::trim).filter(|text| !text.is_empty()).collect();
        if texts.is_empty() {
            texts.push(given);
        }
        let mut speaks_kafka = Vec::new();
        for text in texts {
            speaks_kafka.extend(self.bootstrap(text));
        }
        let later = [Step::Listeners, Step::Topics, Step::Groups];
        if self.check.tls && self.findings.iter().all(|finding| matches!(finding.outcome, Outcome::Fine(_))) {
            return self.skip(&later, "kafka-trial's own client does not speak TLS yet");
        }
        let Some(address) = speaks_kafka.first() else {
            return self.skip(&later, "no bootstrap server is usable");
        };
        match Client::connect(address, self.check.deadline()) {
            Ok(mut client) => self.cluster(address, &mut client),
            Err(error) => self.problem(Step::Listeners, Problem::Failed(error)),
        }
    }

    /// The address, if Kafka answers there in the way that its clients are set to.
    fn bootstrap(&mut self, text: &str) -> Option<Address> {
        self.begin(Step::Name);
        let parsed = text.parse().map_err(|_| Problem::Address { address: text.to_owned() });
        let resolved = parsed.and_then(|address: Address| resolve(&address).map(|sockets| (address, sockets)));
        let (address, sockets) = match resolved {
            Ok(resolved) => resolved,
            Err(problem) => {
                self.problem(Step::Name, problem);
                return None;
            }
        };
        let mut ips: Vec<String> = sockets.iter().map(|socket| socket.ip().to_string()).collect();
        ips.dedup();
        self.fine(Step::Name, format!("{address} is {}", ips.join(", ")));

        self.begin(Step::Connection);
        if let Err(problem) = accepts(&address, self.check.deadline()) {
            self.problem(Step::Connection, problem);
            return None;
        }
        self.fine(Step::Connection, format!("{address} accepts connections"));

        self.begin(Step::Protocol);
        let at = address.to_string();
        match (spoken(&address, self.check.deadline()), self.check.tls) {
            (Ok(Spoken::Kafka), false) => {
                self.fine(Step::Protocol, format!("{address} speaks Kafka's protocol"));
                return Some(address);
            }
            (Ok(Spoken::Tls), true) => {
                self.fine(Step::Protocol, format!("{address} speaks TLS, as expected"));
            }
            (Ok(Spoken::Kafka), true) => self.problem(Step::Protocol, Problem::TlsNotExpected { address: at }),
            (Ok(Spoken::Tls), false) => self.problem(Step::Protocol, Problem::TlsExpected { address: at }),
            (Ok(Spoken::Other(seen)), _) => self.problem(Step::Protocol, Problem::NotKafka { address: at, seen }),
            (Err(error), _) => self.problem(Step::Protocol, Problem::Failed(error)),
        }
        None
    }

    fn cluster(&mut self, bootstrap: &Address, client: &mut Client) {
        self.begin(Step::Listeners);
        let brokers = match client.brokers(self.check.deadline()) {
            Ok(brokers) => brokers,
            Err(error) => {
                // Before authentication Kafka answers nothing but ApiVersions, and closes at anything else.
                let problem = match error {
                    ClientError::Broken { .. } => Problem::AuthenticationExpected { address: bootstrap.to_string() },
                    error => Problem::Failed(error),
                };
                self.problem(Step::Listeners, problem);
                return self.skip(&[Step::Topics, Step::Groups], "the cluster does not answer a request for metadata");
            }
        };
        let mut all_reached = true;
        for broker in &brokers {
            let reached = if broker.address == bootstrap.to_string() { Ok(()) } else { self.reach(&broker.address) };
            match reached {
                Ok(()) => {
                    self.fine(Step::Listeners, format!("broker {} advertises {}", broker.id, broker.address));
                }
                Err(cause) => {
                    all_reached = false;
                    let (broker, advertised) = (broker.id, broker.address.clone());
                    let problem = Problem::ListenerUnreachable { broker, advertised, cause: Box::new(cause) };
                    self.problem(Step::Listeners, problem);
                }
            }
        }
        self.topics(client);
        if all_reached {
            self.groups(client);
        } else {
            self.skip(&[Step::Groups], "not every broker is reachable");
        }
    }

    /// Whether a client can use an advertised address.
    fn reach(&self, address: &str) -> Result<(), Problem> {
        let invalid = |_| Problem::Address { address: address.to_owned() };
        let at: Address = address.parse().map_err(invalid)?;
        resolve(&at)?;
        accepts(&at, self.check.deadline())?;
        match spoken(&at, self.check.deadline()).map_err(Problem::Failed)? {
            Spoken::Kafka => Ok(()),
            Spoken::Tls => Err(Problem::TlsExpected { address: address.to_owned() }),
            Spoken::Other(seen) => Err(Problem::NotKafka { address: address.to_owned(), seen }),
        }
    }

    fn topics(&mut self, client: &mut Client) {
        self.begin(Step::Topics);
        let wanted = &self.check.topics;
        let names: Vec<&str> = wanted.iter().map(|(name, _)| name.as_str()).collect();
        let views = match client.topics(Some(&names), self.check.deadline()) {
            Ok(views) => views,
            Err(error) => return self.problem(Step::Topics, Problem::Failed(error)),
        };
        let missing: Vec<(String, i32)> =
            wanted.iter().filter(|(name, _)| !views.iter().any(|view| view.name == *name)).cloned().collect();
        let leaderless: Vec<String> = views.iter().flat_map(without_leader).collect();
        if missing.is_empty() && leaderless.is_empty() {
            let what = match names.as_slice() {
                [] => "no topic was given".to_owned(),
                [name] => format!("{name} exists"),
                names => format!("all {} topics exist", names.len()),
            };
            self.fine(Step::Topics, what);
        }
        if !missing.is_empty() {
            let (bootstrap_servers, wanted) = (self.check.bootstrap_servers.clone(), wanted.len());
            self.problem(Step::Topics, Problem::TopicsMissing { missing, wanted, bootstrap_servers });
        }
        if !leaderless.is_empty() {
            self.problem(Step::Topics, Problem::NoLeader { partitions: leaderless });
        }
    }

    fn groups(&mut self, client: &mut Client) {
        self.begin(Step::Groups);
        let views = match self.groups_looked_at(client) {
            Ok(views) => views,
            Err(error) => return self.problem(Step::Groups, Problem::Failed(error)),
        };
        let (busy, empty): (Vec<GroupView>, Vec<GroupView>) =
            views.into_iter().partition(|view| !view.members.is_empty());
        if busy.is_empty() && self.check.groups == Groups::Named(Vec::new()) {
            self.fine(Step::Groups, "no group was given".to_owned());
        } else if busy.is_empty() {
            let which = match &self.check.groups {
                Groups::Prefix(prefix) => format!("{prefix}..."),
                Groups::Named(names) => names.join(", "),
            };
            self.fine(Step::Groups, format!("no group {which} has members ({} without)", empty.len()));
        }
        for view in busy {
            let members = view.members.iter().map(|member| format!("{}{}", member.client_id, member.host));
            let (members, group) = (members.collect(), view.id);
            let bootstrap_servers = self.check.bootstrap_servers.clone();
            self.problem(Step::Groups, Problem::GroupHasMembers { group, members, bootstrap_servers });
        }
    }

    fn groups_looked_at(&self, client: &mut Client) -> Result<Vec<GroupView>, ClientError> {
        let deadline = self.check.deadline();
        let names = match &self.check.groups {
            Groups::Named(names) => names.clone(),
            Groups::Prefix(prefix) => {
                let listed = client.groups(deadline)?.into_iter().map(|group| group.id);
                listed.filter(|id| id.starts_with(prefix.as_str())).collect()
            }
        };
        let views = names.iter().map(|name| client.group(name, deadline));
        Ok(views.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
    }

    fn begin(&mut self, step: Step) {
        (self.watch)(Progress::Begins(step));
    }

    fn fine(&mut self, step: Step, what: String) {
        self.found(step, Outcome::Fine(what));
    }

    fn problem(&mut self, step: Step, problem: Problem) {
        self.found(step, Outcome::Problem(problem));
    }

    fn skip(&mut self, steps: &[Step], why: &'static str) {
        for step in steps {
            self.found(*step, Outcome::Skipped(why));
        }
    }

    fn found(&mut self, step: Step, outcome: Outcome) {
        let finding = Finding { step, outcome };
        (self.watch)(Progress::Found(&finding));
        self.findings.push(finding);
    }
}

fn without_leader(view: &TopicView) -> impl Iterator<Item = String> {
    let lacking = view.partitions.iter().filter(|partition| partition.leader.is_none());
    lacking.map(|partition| format!("{}-{}", view.name, partition.index))
}
