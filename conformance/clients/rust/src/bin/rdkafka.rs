//! The driver of rdkafka.

use apache_avro::types::Value;
use kafka_trial_client_drivers::{Client, LIMIT, Member, POLL, Result, serve};
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::{ClientContext, DefaultClientContext};
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer as _, ConsumerContext};
use rdkafka::message::Message as _;
use rdkafka::producer::{BaseProducer, BaseRecord, FutureProducer, FutureRecord, Producer as _};
use rdkafka::util::get_rdkafka_version;
use schema_registry_converter::blocking::avro::{AvroDecoder, AvroEncoder};
use schema_registry_converter::blocking::schema_registry::SrSettings;
use schema_registry_converter::schema_registry_common::{
    SchemaType, SubjectNameStrategy, SuppliedReference, SuppliedSchema,
};
use tokio::runtime::Runtime;

struct Rdkafka {
    servers: String,
    runtime: Runtime,
    admin: AdminClient<DefaultClientContext>,
    /// The producer that stays.
    producer: FutureProducer,
}

struct Consumer {
    consumer: BaseConsumer<Log>,
    topic: String,
}

/// What librdkafka has to say goes to standard error.
struct Log;

impl ClientContext for Log {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        eprintln!("{level:?} {facility}: {message}");
    }
}

impl ConsumerContext for Log {}

fn main() -> Result<()> {
    let servers = std::env::args().next_back().ok_or("no servers")?;
    let runtime = Runtime::new()?;
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", &servers);
    let admin = config.create()?;
    let producer = config.set("enable.idempotence", "true").set("linger.ms", "50").create()?;
    serve(&format!("librdkafka {}", get_rdkafka_version().1), Rdkafka { servers, runtime, admin, producer });
    Ok(())
}

const MONEY: &str = r#"{"type":"record","name":"Money","namespace":"shop","fields":[{"name":"cents","type":"long"}]}"#;
const ORDER: &str = r#"{"type":"record","name":"Order","namespace":"shop","fields":[{"name":"total","type":"Money"}]}"#;

/// By `schema_registry_converter`, which goes with any client in Rust. It panics on a reference without a namespace.
fn order(url: &str, topic: &str) -> Result<(u32, Vec<u8>, i64)> {
    let settings = SrSettings::new(url.to_owned());
    let money = SuppliedReference::new("shop.Money".to_owned(), format!("{topic}-money"), MONEY.to_owned());
    let schema = SuppliedSchema::new(Some("shop.Order".to_owned()), SchemaType::Avro, ORDER.to_owned());
    let schema = schema.with_references(vec![money]);
    let strategy = SubjectNameStrategy::TopicNameStrategyWithSchema(topic.to_owned(), false, schema);
    let total = Value::Record(vec![("cents".to_owned(), Value::Long(1234))]);
    let message = AvroEncoder::new(settings.clone()).encode(vec![("total", total)], &strategy)?;
    let Value::Record(fields) = AvroDecoder::new(settings).decode(Some(&message))?.value else {
        return Err("no record came back".into());
    };
    let Some((_, Value::Record(total))) = fields.into_iter().next() else { return Err("no total came back".into()) };
    let Some((_, Value::Long(cents))) = total.into_iter().next() else { return Err("no cents came back".into()) };
    let id = message.get(1..5).and_then(|id| id.try_into().ok()).map(u32::from_be_bytes).ok_or("the value is short")?;
    Ok((id, message, cents))
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

    fn send(&mut self, topic: &str, partition: i32, values: Vec<String>) -> Result<()> {
        let record = |value| FutureRecord::<(), String>::to(topic).partition(partition).payload(value);
        let sent = values.iter().map(|value| self.producer.send_result(record(value)).map_err(|(error, _)| error));
        for delivery in sent.collect::<std::result::Result<Vec<_>, _>>()? {
            self.runtime.block_on(delivery)?.map_err(|(error, _)| error)?;
        }
        Ok(())
    }

    fn registry(&mut self, url: &str, topic: &str) -> Option<Result<(u32, Vec<u8>, i64)>> {
        Some(order(url, topic))
    }

    fn join(&mut self, group: &str, topic: &str) -> Option<Result<Consumer>> {
        Some(self.member(group, topic, &[("heartbeat.interval.ms", "100")]))
    }

    fn join_consumer(&mut self, group: &str, topic: &str) -> Option<Result<Consumer>> {
        Some(self.member(group, topic, &[("group.protocol", "consumer")]))
    }
}

impl Rdkafka {
    fn member(&self, group: &str, topic: &str, own: &[(&str, &str)]) -> Result<Consumer> {
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", &self.servers)
            .set("group.id", group)
            .set("auto.offset.reset", "earliest")
            .set("enable.auto.commit", "false");
        for (key, value) in own {
            config.set(*key, *value);
        }
        let consumer: BaseConsumer<Log> = config.create_with_context(Log)?;
        consumer.subscribe(&[topic])?;
        Ok(Consumer { consumer, topic: topic.to_owned() })
    }
}

impl Member for Consumer {
    fn poll(&mut self) -> Result<(Vec<i32>, Vec<String>)> {
        let mut values = Vec::new();
        let mut wait = POLL;
        while let Some(message) = self.consumer.poll(wait) {
            match message {
                Ok(message) => {
                    values.push(String::from_utf8_lossy(message.payload().unwrap_or_default()).into_owned());
                }
                Err(error) if values.is_empty() => return Err(error.into()),
                // What came before it counts as read.
                Err(_) => break,
            }
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
