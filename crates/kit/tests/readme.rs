//! The Rust of the README, word for word.
#![cfg(feature = "rdkafka")]

use kafka_trial::{Consumer, Producer, Topic, assert_record};

#[kafka_trial::test]
async fn an_order_is_confirmed(
    #[topic(partitions = 6)] orders: Topic,
    producer: Producer,
    #[consumer(topic = orders)] mut rx: Consumer,
) -> kafka_trial::Result {
    producer.send(orders.record("confirmed").key("order-7")).await?;
    assert_record!(rx.next().await?, key == "order-7", value == "confirmed", partition in 0..6);
    Ok(())
}

#[test]
fn the_readme_says_the_same() {
    let readme = include_str!("../../../README.md");
    let block = readme.split("```rust\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    assert!(include_str!("readme.rs").contains(block), "{block}");
}
