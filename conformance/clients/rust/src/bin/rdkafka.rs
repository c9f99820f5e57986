//! The driver of rdkafka.

use kafka_trial_client_drivers::{Client, LIMIT, Member, POLL, Result, serve};
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer as _};
use rdkafka::message::Message as _;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _};
use rdkafka::util::get_rdkafka_version;
use tokio::runtime::Runtime;

struct Rdkafka {
    servers: String,
    runtime: Runtime,
    admin: AdminClient<DefaultClientContext>,
}

struct Consumer {
    consumer: BaseConsumer,
    topic: String,
}

fn main() -> Result<()> {
    let servers = std::env::args().next_back().ok_or("no servers")?;
    let runtime = Runtime::new()?;
    let admin = ClientConfig::new().set("bootstrap.servers", &servers).create()?;
    serve(&format!("librdkafka {}", get_rdkafka_version().1), Rdkafka { servers, runtime, admin });
    Ok(())
}

impl Client for Rdkafka {
    type Member = Consumer;

    fn create(&mut self, topic: &str, partitions: i32) -> Result<()> {
        let topic = NewTopic::new(topic, partitions, TopicReplication::Fixed(1));
        let created = self.runtime.block_on(self.admin.create_topics([&topic], &AdminOptions::new()))?;
        created.into_iter().try_for_each(|result| result.map(drop)).map_err(|(_, code)| code.into())
    }

    fn list(&mut self) -> Result<Vec<String>> {
        let metadata = self.admin.inner().fetch_metadata(None, LIMIT)?;
        Ok(metadata.topics().iter().map(|topic| topic.name().to_owned()).collect())
    }

    fn delete(&mut self, topic: &str) -> Result<()> {
        let deleted = self.runtime.block_on(self.admin.delete_topics(&[topic], &AdminOptions::new()))?;
        deleted.into_iter().try_for_each(|result| result.map(drop)).map_err(|(_, code)| code.into())
    }

    fn produce(&mut self, topic: &str, partition: i32, codec: &str, values: Vec<String>) -> Result<()> {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.servers).set("compression.type", codec).set("linger.ms", "50");
        let producer: BaseProducer = config.create()?;
        for value in &values {
            let record = BaseRecord::<(), str>::to(topic).partition(partition).payload(value);
            producer.send(record).map_err(|(error, _)| error)?;
        }
        producer.flush(LIMIT)?;
        Ok(())
    }

    fn join(&mut self, group: &str, topic: &str) -> Option<Result<Consumer>> {
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", &self.servers)
            .set("group.id", group)
            .set("auto.offset.reset", "earliest")
            .set("enable.auto.commit", "false")
            .set("heartbeat.interval.ms", "100");
        let joined = config.create::<BaseConsumer>().and_then(|consumer| {
            consumer.subscribe(&[topic])?;
            Ok(Consumer { consumer, topic: topic.to_owned() })
        });
        Some(joined.map_err(Into::into))
    }
}

impl Member for Consumer {
    fn poll(&mut self) -> Result<(Vec<i32>, Vec<String>)> {
        let mut values = Vec::new();
        let mut wait = POLL;
        while let Some(message) = self.consumer.poll(wait) {
            values.push(String::from_utf8_lossy(message?.payload().unwrap_or_default()).into_owned());
            wait = std::time::Duration::ZERO;
        }
        let assignment = self.consumer.assignment()?;
        let assigned = assignment.elements_for_topic(&self.topic);
        Ok((assigned.iter().map(|element| element.partition()).collect(), values))
    }

    fn commit(&mut self) -> Result<()> {
        Ok(self.consumer.commit_consumer_state(CommitMode::Sync)?)
    }

    fn close(self) -> Result<()> {
        // Leaving happens when it is dropped.
        Ok(())
    }
}
