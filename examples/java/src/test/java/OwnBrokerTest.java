import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.junit.jupiter.api.Test;

class OwnBrokerTest {
    @Test
    void aBrokerHasItsPropertiesAndTopics() throws Exception {
        var properties = Map.of("auto.create.topics.enable", "false");
        try (var broker = KafkaTrialBroker.start(properties, "states:3,cleanup.policy=compact");
                var admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
            var described = admin.describeTopics(List.of("states")).allTopicNames().get();
            assertEquals(3, described.get("states").partitions().size());
            var topic = new ConfigResource(ConfigResource.Type.TOPIC, "states");
            var configs = admin.describeConfigs(List.of(topic)).all().get().get(topic);
            assertEquals("compact", configs.get("cleanup.policy").value());
            var absent = admin.describeTopics(List.of("orders")).allTopicNames();
            var error = assertThrows(ExecutionException.class, absent::get);
            assertEquals(UnknownTopicOrPartitionException.class, error.getCause().getClass());
        }
    }
}
