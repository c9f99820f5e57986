//! The clients.

use crate::prepare::Toolchain;

/// A client, and how its driver comes about.
pub(crate) struct Client {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) toolchain: Toolchain,
}

/// All clients, by language.
pub(crate) const CLIENTS: &[Client] = &[
    Client {
        name: "kafka-python-2.3",
        about: "Python, before its major version 3",
        toolchain: Toolchain::Python { client: "kafka-python", packages: &["kafka-python>=2.3.2,<3"] },
    },
    Client {
        name: "kafka-python",
        about: "Python, idempotent by default",
        toolchain: Toolchain::Python { client: "kafka-python", packages: &["kafka-python>=3"] },
    },
    Client {
        name: "aiokafka",
        about: "Python, asyncio",
        toolchain: Toolchain::Python { client: "aiokafka", packages: &["aiokafka>=0.12"] },
    },
    Client {
        name: "confluent-kafka-2.0",
        about: "Python on librdkafka 2.0, before KIP-848",
        toolchain: Toolchain::Python { client: "confluent-kafka", packages: &["confluent-kafka==2.0.2"] },
    },
    Client {
        name: "confluent-kafka",
        about: "Python on the newest librdkafka",
        toolchain: Toolchain::Python { client: "confluent-kafka", packages: &["confluent-kafka[avro]"] },
    },
    Client { name: "kcat", about: "the command, on an old librdkafka", toolchain: Toolchain::Kcat },
    Client { name: "franz-go", about: "Go", toolchain: Toolchain::Go { package: "./franz" } },
    Client { name: "sarama", about: "Go", toolchain: Toolchain::Go { package: "./sarama" } },
    Client {
        name: "kafka-go",
        about: "Go, with group APIs at fixed old versions",
        toolchain: Toolchain::Go { package: "./kafkago" },
    },
    Client { name: "java", about: "Kafka's own client", toolchain: Toolchain::Java },
    Client { name: "kafkajs", about: "Node", toolchain: Toolchain::Node },
    Client { name: "rdkafka", about: "Rust on librdkafka", toolchain: Toolchain::Rust { binary: "rdkafka" } },
    Client { name: "rskafka", about: "Rust, without groups", toolchain: Toolchain::Rust { binary: "rskafka" } },
    Client { name: "krafka", about: "Rust", toolchain: Toolchain::Rust { binary: "krafka" } },
];
