//! Answers that Kafka 4.3.1 was seen to give, case by case, over the core alone.

mod partitions;
