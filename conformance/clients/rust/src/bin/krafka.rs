//! The driver of krafka.

use std::sync::Arc;
use std::time::Duration;

use kafka_trial_client_drivers::{Client, Member, POLL, Result, serve};
use krafka::admin::NewTopic;
use krafka::consumer::{AutoOffsetReset, Consumer};
use krafka::producer::Acks;
use krafka::{Compression, Kafka, Record};
use tokio::runtime::{Handle, Runtime};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::JoinHandle;

struct Krafka {
    runtime: Runtime,
    kafka: Kafka,
}

/// A member that polls beside the driver's polls: it takes part in a rebalance only while it polls, and one of two
/// members in one thread would wait for the other.
struct Joined {
    runtime: Handle,
    consumer: Arc<Consumer>,
    topic: String,
    polling: JoinHandle<()>,
    polled: UnboundedReceiver<std::result::Result<String, String>>,
}

fn main() -> Result<()> {
    let servers = std::env::args().next_back().ok_or("no servers")?;
    let runtime = Runtime::new()?;
    let kafka = runtime.block_on(Kafka::builder(servers).connect())?;
    serve("0.28", Krafka { runtime, kafka });
    Ok(())
}

impl Client for Krafka {
    type Member = Joined;

    fn create(&mut self, topic: &str, partitions: i32) -> Result<()> {
        let topic = NewTopic::new(topic, partitions, 1)?;
        let created = self.runtime.block_on(self.kafka.admin().create_topics([topic], Default::default()))?;
        for (_, result) in created {
            result?;
        }
        Ok(())
    }

    fn list(&mut self) -> Result<Vec<String>> {
        Ok(self.runtime.block_on(self.kafka.admin().list_topics(Default::default()))?)
    }

    fn delete(&mut self, topic: &str) -> Result<()> {
        let deleted = self.runtime.block_on(self.kafka.admin().delete_topics([topic], Default::default()))?;
        for (_, result) in deleted {
            result?;
        }
        Ok(())
    }

    fn produce(&mut self, topic: &str, partition: i32, codec: &str, values: Vec<String>) -> Result<()> {
        let compression = match codec {
            "none" => Compression::None,
            "gzip" => Compression::Gzip,
            "snappy" => Compression::Snappy,
            "lz4" => Compression::Lz4,
            "zstd" => Compression::Zstd,
            _ => return Err(format!("no codec {codec}").into()),
        };
        self.runtime.block_on(async {
            let producer = self.kafka.producer().acks(Acks::All).compression(compression);
            let producer = producer.linger(Duration::from_millis(50)).build().await?;
            let mut sent = Vec::new();
            for value in values {
                sent.push(producer.enqueue(Record::new(topic, value).partition(partition)).await?);
            }
            for delivery in sent {
                let _placed = delivery.await?;
            }
            producer.close().await?;
            Ok(())
        })
    }

    fn join(&mut self, group: &str, topic: &str) -> Option<Result<Joined>> {
        Some(self.runtime.block_on(async {
            let consumer = self.kafka.consumer(group).auto_offset_reset(AutoOffsetReset::Earliest);
            let consumer = consumer.enable_auto_commit(false).heartbeat_interval(Duration::from_millis(100));
            let consumer = consumer.build().await?;
            consumer.subscribe([topic]).await?;
            let consumer = Arc::new(consumer);
            let (sender, polled) = unbounded_channel();
            let poller = Arc::clone(&consumer);
            let polling = self.runtime.spawn(async move {
                loop {
                    let values = match poller.poll(Duration::from_secs(1)).await {
                        Ok(records) => records.into_iter().map(|record| Ok(text(record.value))).collect(),
                        Err(error) => vec![Err(error.to_string())],
                    };
                    // Nobody listens any more when this fails.
                    if values.into_iter().any(|value| sender.send(value).is_err()) {
                        return;
                    }
                }
            });
            Ok(Joined { runtime: self.runtime.handle().clone(), consumer, topic: topic.to_owned(), polling, polled })
        }))
    }
}

impl Member for Joined {
    fn poll(&mut self) -> Result<(Vec<i32>, Vec<String>)> {
        self.runtime.block_on(async {
            let mut values = Vec::new();
            if let Ok(Some(first)) = tokio::time::timeout(POLL, self.polled.recv()).await {
                values.push(first?);
            }
            while let Ok(next) = self.polled.try_recv() {
                values.push(next?);
            }
            let assigned = self.consumer.assignment().await.remove(&self.topic).unwrap_or_default();
            Ok((assigned, values))
        })
    }

    fn commit(&mut self) -> Result<()> {
        Ok(self.runtime.block_on(self.consumer.commit())?)
    }

    fn close(self) -> Result<()> {
        self.polling.abort();
        Ok(self.runtime.block_on(self.consumer.close())?)
    }
}

fn text(value: Option<impl AsRef<[u8]>>) -> String {
    value.map(|value| String::from_utf8_lossy(value.as_ref()).into_owned()).unwrap_or_default()
}
