//! What a behaviour needs besides the client: fresh names, topics, and a look at what was stored.

use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use kafka_trial::TopicSpec;
use kafka_trial::client::{Client, Connection, Deadline, now_millis, pause};
use kafka_trial::utilities::create_topics;
use kafka_trial_wire::messages::FetchRequest;
use kafka_trial_wire::messages::fetch_request::{FetchPartition, FetchTopic};
use kafka_trial_wire::records::Batch;

/// Long enough for a rebalance of a client that learns of it only with its next heartbeat.
const LIMIT: Duration = Duration::from_secs(60);

/// Fresh names on a cluster. What was created goes when this is dropped.
pub(crate) struct Scene {
    client: Client,
    servers: String,
    registry: Option<String>,
    name: String,
    topics: Vec<String>,
}

impl Scene {
    pub(crate) fn new(servers: &str, registry: Option<&str>, client: &str, behaviour: &str) -> Result<Self> {
        let number = RandomState::new().hash_one(client) % 10_000;
        let name = format!("{client}-{behaviour}-{:x}-{number}", now_millis());
        let servers = servers.to_owned();
        Ok(Self {
            client: Client::connect(&servers, Deadline::after(LIMIT))?,
            servers,
            registry: registry.map(str::to_owned),
            name,
            topics: Vec::new(),
        })
    }

    /// A name for a topic and for a group.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The URL of the schema registry, if there is one.
    pub(crate) fn registry(&self) -> Option<&str> {
        self.registry.as_deref()
    }

    /// A topic of that name.
    pub(crate) fn topic(&mut self, partitions: i32) -> Result<String> {
        create_topics(&mut self.client, &[TopicSpec::new(&self.name, partitions)], 1, Deadline::after(LIMIT))?;
        self.topics.push(self.name.clone());
        Ok(self.name.clone())
    }

    /// The codecs of the batches in partition 0, each named once.
    pub(crate) fn stored_codecs(&mut self, topic: &str) -> Result<Vec<String>> {
        let deadline = Deadline::after(LIMIT);
        let address = self.servers.split(',').next().unwrap_or_default().to_owned();
        let mut connection = Connection::open(&address, deadline)?;
        let partition = FetchPartition { partition_max_bytes: i32::MAX, ..FetchPartition::default() };
        let topics = vec![FetchTopic { topic: topic.into(), partitions: vec![partition], ..FetchTopic::default() }];
        let request = FetchRequest { max_bytes: i32::MAX, topics, ..FetchRequest::default() };
        let response = connection.ask(&request, 12, deadline)?;
        let mut codecs = Vec::new();
        for data in response.responses.into_iter().flat_map(|topic| topic.partitions) {
            let mut bytes = data.records.unwrap_or_default().into_bytes();
            while let Ok(batch) = Batch::split(&mut bytes) {
                let codec = format!("{:?}", batch.compression()?).to_lowercase();
                if !codecs.contains(&codec) {
                    codecs.push(codec);
                }
            }
        }
        Ok(codecs)
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        let topics: Vec<&str> = self.topics.iter().map(String::as_str).collect();
        // On a cluster that stays, the names are unique anyway.
        let _ = self.client.delete_topics(&topics, Deadline::after(LIMIT));
    }
}

/// Looks until what is seen is good; the error says what was seen instead.
pub(crate) fn until<T: std::fmt::Debug>(
    what: &str,
    mut look: impl FnMut() -> Result<T>,
    good: impl Fn(&T) -> bool,
) -> Result<T> {
    let deadline = Deadline::after(LIMIT);
    loop {
        let seen = look().with_context(|| what.to_owned())?;
        if good(&seen) {
            return Ok(seen);
        }
        if deadline.is_past() {
            bail!("{what}: not within {} s, seen last: {seen:?}", LIMIT.as_secs());
        }
        pause(Duration::from_millis(10));
    }
}
