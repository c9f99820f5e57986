//! Brokers that find each other: the first is the controller too, and the others join it.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use anyhow::{Context as _, Result};

use crate::node::Node;
use crate::script::work;
use crate::{VERSION, free_port};

/// Nodes of one cluster know each other by it.
const CLUSTER_ID: &str = "kafkaTrialChecks00000A";

/// What a cluster is to be. `Setup::default()` is one broker on a free port.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The release.
    pub version: String,
    /// How many brokers, their ids counting up.
    pub brokers: u16,
    /// The id of the first.
    pub first_id: i32,
    /// The port of the first; a free one where nothing is said.
    pub port: Option<u16>,
    /// The port of its controller; a free one where nothing is said.
    pub controller_port: Option<u16>,
    /// `KEY=VALUE`, over what `start.sh` sets.
    pub properties: Vec<String>,
    /// The same of single brokers, by id.
    pub broker_properties: BTreeMap<i32, Vec<String>>,
    /// With Kafka's StandardAuthorizer, an anonymous client being a super user.
    pub authorizer: bool,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            version: VERSION.to_owned(),
            brokers: 1,
            first_id: 1,
            port: None,
            controller_port: None,
            properties: Vec::new(),
            broker_properties: BTreeMap::new(),
            authorizer: false,
        }
    }
}

/// A running cluster; it ends with the value, and its data with it.
#[derive(Debug)]
pub struct Cluster {
    nodes: Vec<Node>,
}

impl Cluster {
    /// Starts a fresh one and waits until all of its brokers answer.
    pub fn start(setup: &Setup) -> Result<Self> {
        let controller_port = setup.controller_port.map_or_else(free_port, Ok)?;
        let mut cluster = Self { nodes: Vec::new() };
        for id in (setup.first_id..).take(setup.brokers.into()) {
            cluster.add(setup, id, controller_port)?.ready()?;
        }
        Ok(cluster)
    }

    /// The same with one broker, and without waiting for it: [`Cluster::ready`] does that.
    pub fn launch(setup: &Setup) -> Result<Self> {
        let mut cluster = Self { nodes: Vec::new() };
        cluster.add(setup, setup.first_id, setup.controller_port.map_or_else(free_port, Ok)?)?;
        Ok(cluster)
    }

    /// Waits until all brokers answer and the scripts that started them have nothing left to do.
    pub fn ready(&self) -> Result<()> {
        self.nodes.iter().try_for_each(Node::ready)
    }

    /// Whether a broker has ended by itself, as one does that could not start.
    pub fn has_ended(&self) -> Result<bool> {
        self.nodes.iter().try_fold(false, |ended, node| Ok(ended || node.has_ended()?))
    }

    /// What each broker listens on, in the order of their ids.
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.nodes.iter().map(|node| SocketAddr::from(([127, 0, 0, 1], node.port))).collect()
    }

    /// Where clients find it.
    pub fn bootstrap(&self) -> String {
        self.addresses().iter().map(SocketAddr::to_string).collect::<Vec<_>>().join(",")
    }

    /// Stops a broker as an operator would; its data stays.
    pub fn stop(&self, id: i32) -> Result<()> {
        self.node(id)?.stop()
    }

    /// Starts a stopped broker where it was.
    pub fn start_again(&self, id: i32) -> Result<()> {
        let node = self.node(id)?;
        node.launch()?;
        node.ready()
    }

    /// The process of the first broker.
    pub fn process_id(&self) -> Result<u32> {
        let node = self.nodes.first().context("a cluster has a broker")?;
        let path = work()?.join(format!("run-{}/pid", node.port));
        let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        Ok(text.trim().parse()?)
    }

    fn node(&self, id: i32) -> Result<&Node> {
        self.nodes.iter().find(|node| node.id == id).with_context(|| format!("broker {id} was not started here"))
    }

    fn add(&mut self, setup: &Setup, id: i32, controller_port: u16) -> Result<&Node> {
        let is_first = id == setup.first_id;
        let port = setup.port.filter(|_| is_first).map_or_else(free_port, Ok)?;
        let mut properties = setup.properties.clone();
        properties.extend(setup.broker_properties.get(&id).cloned().unwrap_or_default());
        if !is_first {
            properties.extend([
                format!("node.id={id}"),
                "process.roles=broker".to_owned(),
                format!("listeners=PLAINTEXT://127.0.0.1:{port}"),
                format!("controller.quorum.voters={}@127.0.0.1:{controller_port}", setup.first_id),
            ]);
        }
        let variables = vec![
            ("KAFKA_VERSION", setup.version.clone()),
            ("PORT", port.to_string()),
            ("CTRL_PORT", controller_port.to_string()),
            ("NODE_ID", id.to_string()),
            ("CLUSTER_ID", CLUSTER_ID.to_owned()),
            ("EXTRA_PROPS", properties.join("\n")),
            ("ACL", if setup.authorizer { "1" } else { "0" }.to_owned()),
        ];
        let node = Node::new(id, port, variables);
        node.launch()?;
        // Before it is up: what fails half-way is taken down too.
        self.nodes.push(node);
        self.nodes.last().context("it was added")
    }
}
