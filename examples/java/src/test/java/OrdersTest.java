import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;

class OrdersTest {
    private static final String SERVERS = System.getenv("TEST_KAFKA_BOOTSTRAP_SERVERS");

    @Test
    void anOrderArrives() throws Exception {
        Map<String, Object> sending = Map.of("bootstrap.servers", SERVERS);
        try (var producer = new KafkaProducer<>(sending, new StringSerializer(), new StringSerializer())) {
            producer.send(new ProducerRecord<>("orders", "7", "confirmed")).get();
        }

        Map<String, Object> reading =
            Map.of("bootstrap.servers", SERVERS, "group.id", "billing", "auto.offset.reset", "earliest");
        try (var consumer = new KafkaConsumer<>(reading, new StringDeserializer(), new StringDeserializer())) {
            consumer.subscribe(List.of("orders"));
            var records = consumer.poll(Duration.ofSeconds(30));
            assertEquals("confirmed", records.iterator().next().value());
        }
    }
}
