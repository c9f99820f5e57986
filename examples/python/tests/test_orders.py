from kafka import KafkaProducer

from kafka_trial import ConsumerFactory


def test_an_order_arrives(kafka_producer: KafkaProducer, kafka_consumer: ConsumerFactory, kafka_topic: str) -> None:
    consumer = kafka_consumer(kafka_topic)
    kafka_producer.send(kafka_topic, value={"order": 7, "state": "confirmed"}).get(timeout=10)

    records = consumer.poll(timeout_ms=5000)

    assert [record.value for batch in records.values() for record in batch] == [{"order": 7, "state": "confirmed"}]
