//! An order goes through Kafka.

use kafka_trial::{Consumer, Producer, Topic, assert_record};

#[kafka_trial::test]
async fn an_order_arrives(
    #[topic(partitions = 3)] orders: Topic,
    producer: Producer,
    #[consumer(topic = orders)] mut rx: Consumer,
) -> kafka_trial::Result {
    producer.send(orders.record("confirmed").key("7")).await?;
    assert_record!(rx.next().await?, key == "7", value == "confirmed", partition in 0..3);
    Ok(())
}
