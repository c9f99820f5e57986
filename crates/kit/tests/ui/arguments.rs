use kafka_trial::{Seed, Topic};

#[kafka_trial::test]
async fn an_unknown_topic_option(#[topic(partition = 3)] orders: Topic) {}

#[kafka_trial::test]
async fn a_consumer_without_a_topic(#[consumer(from = "earliest")] rx: Seed) {}

#[kafka_trial::test]
async fn a_consumer_in_front_of_its_topic(#[consumer(topic = orders)] rx: Seed, orders: Topic) {}

#[kafka_trial::test]
async fn a_consumer_that_starts_in_the_middle(orders: Topic, #[consumer(topic = orders, from = "middle")] rx: Seed) {}

#[kafka_trial::test]
async fn two_attributes(orders: Topic, #[topic(partitions = 3)] #[consumer(topic = orders)] rx: Topic) {}

#[kafka_trial::test]
async fn a_pattern(Seed(seed): Seed) {}

#[kafka_trial::test]
async fn no_name(_: Seed) {}

fn main() {}
