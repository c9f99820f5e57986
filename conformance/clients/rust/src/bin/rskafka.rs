//! The driver of rskafka, which has no groups and commits nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::DateTime;
use kafka_trial_client_drivers::{LIMIT, Member, Result, serve};
use rskafka::client::partition::{Compression, PartitionClient, UnknownTopicHandling};
use rskafka::client::{Client, ClientBuilder};
use rskafka::record::Record;
use tokio::runtime::Runtime;

struct Rskafka {
    runtime: Runtime,
    client: Client,
}

/// There is none.
enum NoMember {}

fn main() -> Result<()> {
    let servers = std::env::args().next_back().ok_or("no servers")?;
    let servers = servers.split(',').map(str::to_owned).collect();
    let runtime = Runtime::new()?;
    let client = runtime.block_on(ClientBuilder::new(servers).build())?;
    serve("0.6", Rskafka { runtime, client });
    Ok(())
}

impl Rskafka {
    async fn partition(&self, topic: &str, partition: i32) -> Result<Arc<PartitionClient>> {
        let found = self.client.partition_client(topic, partition, UnknownTopicHandling::Retry).await?;
        Ok(Arc::new(found))
    }
}

impl kafka_trial_client_drivers::Client for Rskafka {
    type Member = NoMember;

    fn create(&mut self, topic: &str, partitions: i32) -> Result<()> {
        let controller = self.client.controller_client()?;
        let millis = i32::try_from(LIMIT.as_millis())?;
        Ok(self.runtime.block_on(controller.create_topic(topic, partitions, 1_i16, millis))?)
    }

    fn list(&mut self) -> Result<Vec<String>> {
        let topics = self.runtime.block_on(self.client.list_topics())?;
        Ok(topics.into_iter().map(|topic| topic.name).collect())
    }

    fn delete(&mut self, topic: &str) -> Result<()> {
        let controller = self.client.controller_client()?;
        Ok(self.runtime.block_on(controller.delete_topic(topic, i32::try_from(LIMIT.as_millis())?))?)
    }

    fn produce(&mut self, topic: &str, partition: i32, codec: &str, values: Vec<String>) -> Result<()> {
        let compression = match codec {
            "none" => Compression::NoCompression,
            "gzip" => Compression::Gzip,
            "snappy" => Compression::Snappy,
            "lz4" => Compression::Lz4,
            "zstd" => Compression::Zstd,
            _ => return Err(format!("no codec {codec}").into()),
        };
        let record = |value: String| Record {
            key: None,
            value: Some(value.into_bytes()),
            headers: BTreeMap::new(),
            timestamp: DateTime::UNIX_EPOCH,
        };
        let records = values.into_iter().map(record).collect();
        self.runtime.block_on(async {
            self.partition(topic, partition).await?.produce(records, compression).await?;
            Ok(())
        })
    }

    fn join(&mut self, _group: &str, _topic: &str) -> Option<Result<NoMember>> {
        None
    }

    fn read(&mut self, topic: &str, count: usize) -> Result<Vec<String>> {
        self.runtime.block_on(async {
            let partition = self.partition(topic, 0).await?;
            let (mut values, mut offset) = (Vec::new(), 0);
            while values.len() < count {
                for found in partition.fetch_records(offset, 1..1_000_000, 1_000).await?.0 {
                    offset = found.offset + 1;
                    values.push(String::from_utf8(found.record.value.unwrap_or_default())?);
                }
            }
            Ok(values)
        })
    }
}

impl Member for NoMember {
    fn poll(&mut self) -> Result<(Vec<i32>, Vec<String>)> {
        match *self {}
    }

    fn commit(&mut self) -> Result<()> {
        match *self {}
    }

    fn close(self) -> Result<()> {
        match self {}
    }
}
