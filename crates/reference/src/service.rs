//! The handlers as a service: a member of a consumer group, on librdkafka.
//!
//! ```text
//! request ──> handle ──> answer or dead letter ──acknowledged──> offset stored ──in the background──> committed
//! ```
//! So each request is answered at least once. One that is answered again, because the service ended between the two,
//! gets an answer with the same `event_id`.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use kafka_trial::client::{Stopwatch, now_millis};
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{Consumer as _, StreamConsumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Message as _};
use rdkafka::producer::{FutureProducer, FutureRecord};
use thiserror::Error;
use tracing::{error, info, warn};

use crate::event_id::event_id;
use crate::service_metrics::Ending;
pub use crate::service_metrics::Metrics;
use crate::{Context, Operation, Outcome, REQUEST_TOPICS, Record, Source, handle_measured};

/// How long the cluster may take to answer at the start, and to acknowledge an answer.
const LIMIT: Duration = Duration::from_secs(10);
/// How long a request in hand may still take when the service is to stop.
const GRACE: Duration = Duration::from_secs(5);
/// The rest before an answer is sent again; doubled up to [`LONGEST_REST`] while the cluster is away.
const FIRST_REST: Duration = Duration::from_millis(100);
const LONGEST_REST: Duration = Duration::from_secs(5);

/// Where the service works, and as whom.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Comma-separated `host:port`.
    pub bootstrap_servers: String,
    /// The consumer group; services of one group share the partitions.
    pub group: String,
}

/// What the service has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Requests that were answered.
    pub answered: u64,
    /// Requests that went to a dead-letter topic.
    pub dead_letters: u64,
    /// Records that ask for nothing.
    pub ignored: u64,
    /// Answers that the cluster will never take.
    pub refused: u64,
}

/// Why the service cannot work.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ServiceError {
    /// A setting that librdkafka does not take.
    #[error("librdkafka: {0}")]
    Settings(KafkaError),
    /// The cluster does not answer, or may not be administered.
    #[error("cannot create the topics on {servers}: {source}")]
    Topics {
        /// The cluster.
        servers: String,
        /// Why not.
        source: KafkaError,
    },
    /// One of the topics cannot be had.
    #[error("cannot create topic {topic}: {code}")]
    Topic {
        /// The topic.
        topic: String,
        /// Why not.
        code: RDKafkaErrorCode,
    },
    /// librdkafka cannot go on.
    #[error("reading the requests: {0}")]
    Reading(KafkaError),
}

/// Answers requests until `stop` is ready, and counts them. The request in hand is finished, offsets are committed, the group is left.
pub async fn serve(
    settings: &Settings,
    metrics: &Metrics,
    stop: impl Future<Output = ()>,
) -> Result<Totals, ServiceError> {
    let service = Service::open(settings).await?;
    let mut stop = pin!(stop);
    let mut totals = Totals::default();
    loop {
        let message = tokio::select! {
            biased;
            () = &mut stop => break,
            message = service.consumer.recv() => message,
        };
        let message = match message {
            Ok(message) => message,
            Err(error @ KafkaError::MessageConsumptionFatal(_)) => return Err(ServiceError::Reading(error)),
            Err(error) => {
                warn!(%error, "reading goes on after an error");
                continue;
            }
        };
        let mut answering = pin!(service.answer(&message, &mut totals, metrics));
        tokio::select! {
            () = &mut answering => {}
            () = &mut stop => {
                if tokio::time::timeout(GRACE, answering).await.is_err() {
                    warn!("the request in hand is left to the next service");
                }
                break;
            }
        }
    }
    // Dropping the consumer commits what is stored and leaves the group. It blocks, and nothing else is to be done.
    drop(service);
    info!(answered = totals.answered, dead_letters = totals.dead_letters, refused = totals.refused, "stopped");
    Ok(totals)
}

struct Service {
    consumer: StreamConsumer,
    producer: FutureProducer,
    group: String,
}

impl Service {
    async fn open(settings: &Settings) -> Result<Self, ServiceError> {
        let Settings { bootstrap_servers: servers, group } = settings;
        create_topics(servers).await?;
        let config = |own: &[(&str, &str)]| {
            let common = [("bootstrap.servers", servers.as_str()), ("client.id", env!("CARGO_PKG_NAME"))];
            let own = own.iter().copied();
            ClientConfig::from_iter(
                common.into_iter().chain(own).map(|(key, value)| (key.to_owned(), value.to_owned())),
            )
        };
        let producer = config(&[
            ("enable.idempotence", "true"),
            ("linger.ms", "0"),
            ("message.timeout.ms", &LIMIT.as_millis().to_string()),
        ]);
        let consumer: StreamConsumer = config(&[
            ("group.id", group),
            // Requests that came before the service did are answered too.
            ("auto.offset.reset", "earliest"),
            ("enable.auto.offset.store", "false"),
            ("auto.commit.interval.ms", "500"),
        ])
        .create()
        .map_err(ServiceError::Settings)?;
        consumer.subscribe(&REQUEST_TOPICS).map_err(ServiceError::Settings)?;
        for operation in Operation::ALL {
            info!(operation = operation.name(), topic = operation.request_topic(), %group, "Handler registered");
        }
        Ok(Self { consumer, producer: producer.create().map_err(ServiceError::Settings)?, group: group.clone() })
    }

    /// Handles a request, and has its offset committed once what came of it is acknowledged.
    async fn answer(&self, message: &BorrowedMessage<'_>, totals: &mut Totals, metrics: &Metrics) {
        let watch = Stopwatch::start();
        let (topic, partition, offset) = (message.topic(), message.partition(), message.offset());
        let source = Source { topic, partition, offset, key: message.key(), value: message.payload() };
        let context = Context {
            now_ms: now_millis(),
            event_id: event_id(topic, partition, offset, message.timestamp().to_millis().unwrap_or(-1)),
            consumer_group: self.group.clone(),
        };
        let elapsed_ms = || watch.elapsed().as_secs_f64() * 1000.0;
        let outcome = handle_measured(&source, &context, &elapsed_ms);
        let mut ending = Ending::of(&outcome);
        let (record, outcome, counter) = match outcome {
            Outcome::Answer(record) => (record, "answered", &mut totals.answered),
            Outcome::DeadLetter(record) => (record, "dead letter", &mut totals.dead_letters),
            Outcome::Ignored(reason) => {
                info!(topic, partition, offset, reason, "ignored");
                totals.ignored += 1;
                metrics.ended(topic, ending, watch.elapsed());
                return self.store(message);
            }
        };
        match self.send(&record).await {
            Ok(()) => {
                *counter += 1;
                info!(topic, partition, offset, to = record.topic, elapsed_ms = elapsed_ms(), "{outcome}");
            }
            Err(refusal) => {
                totals.refused += 1;
                ending = Ending::Refused;
                error!(topic, partition, offset, to = record.topic, %refusal, "the answer is lost");
            }
        }
        metrics.ended(topic, ending, watch.elapsed());
        self.store(message);
    }

    /// Sends until it is acknowledged. What the cluster will never take is an error.
    async fn send(&self, record: &Record) -> Result<(), KafkaError> {
        let mut rest = FIRST_REST;
        loop {
            let mut attempt = FutureRecord::<[u8], [u8]>::to(&record.topic).payload(&record.value);
            attempt.key = record.key.as_deref();
            match self.producer.send(attempt, LIMIT).await {
                Ok(_) => return Ok(()),
                Err((refusal, _)) if is_final(&refusal) => return Err(refusal),
                Err((error, _)) => {
                    warn!(to = record.topic, %error, "sending again");
                    tokio::time::sleep(rest).await;
                    rest = (rest * 2).min(LONGEST_REST);
                }
            }
        }
    }

    fn store(&self, message: &BorrowedMessage<'_>) {
        // It fails when the partition went to another member meanwhile, who then handles the request again.
        if let Err(error) = self.consumer.store_offset_from_message(message) {
            warn!(topic = message.topic(), partition = message.partition(), %error, "the offset is not committed");
        }
    }
}

fn is_final(error: &KafkaError) -> bool {
    matches!(error.rdkafka_error_code(), Some(RDKafkaErrorCode::MessageSizeTooLarge | RDKafkaErrorCode::InvalidMessage))
}

/// Creates what is missing of the topics of requests, answers and dead letters, shaped as the cluster's defaults say.
async fn create_topics(servers: &str) -> Result<(), ServiceError> {
    let config = ClientConfig::from_iter([("bootstrap.servers".to_owned(), servers.to_owned())]);
    let admin: AdminClient<DefaultClientContext> = config.create().map_err(ServiceError::Settings)?;
    let names: Vec<String> = Operation::ALL
        .iter()
        .flat_map(|operation| {
            let request = operation.request_topic();
            [request.to_owned(), operation.response_topic().to_owned(), crate::dead_letter::topic(request)]
        })
        .collect();
    let topics: Vec<NewTopic<'_>> =
        names.iter().map(|name| NewTopic::new(name, -1, TopicReplication::Fixed(-1))).collect();
    let options = AdminOptions::new().request_timeout(Some(LIMIT)).operation_timeout(Some(LIMIT));
    let created = admin.create_topics(&topics, &options).await;
    let failed = |source| ServiceError::Topics { servers: servers.to_owned(), source };
    for result in created.map_err(failed)? {
        match result {
            Ok(topic) => info!(topic, "topic created"),
            Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
            Err((topic, code)) => return Err(ServiceError::Topic { topic, code }),
        }
    }
    Ok(())
}
