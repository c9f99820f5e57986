import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.common.utils.AppInfoParser;

/** Kafka's own client behind the line protocol of conformance/clients/src/driver.rs. */
public final class Driver {
    private static final Duration POLL = Duration.ofMillis(200);

    private final String servers;
    private final Admin admin;
    private final Map<String, KafkaConsumer<String, String>> members = new HashMap<>();
    /** The one that stays; made when it is first needed. */
    private KafkaProducer<String, String> producer;

    private Driver(String servers) {
        this.servers = servers;
        this.admin = Admin.create(Map.of("bootstrap.servers", servers));
    }

    public static void main(String[] arguments) throws Exception {
        Driver driver = new Driver(arguments[arguments.length - 1]);
        System.out.println("ready " + AppInfoParser.getVersion());
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String answer;
            try {
                answer = String.join(" ", driver.answer(line.split(" ")));
            } catch (Exception error) {
                answer = "error " + error.toString().replace('\n', ' ');
            }
            System.out.println(answer);
        }
        driver.members.values().forEach(KafkaConsumer::close);
        if (driver.producer != null) {
            driver.producer.close();
        }
        driver.admin.close();
    }

    private List<String> answer(String[] words) throws Exception {
        List<String> answer = new ArrayList<>(List.of("ok"));
        switch (words[0]) {
            case "create" ->
                admin.createTopics(Set.of(new NewTopic(words[1], Integer.parseInt(words[2]), (short) 1))).all().get();
            case "list" -> answer.addAll(admin.listTopics().names().get());
            case "delete" -> admin.deleteTopics(Set.of(words[1])).all().get();
            case "produce" ->
                produce(words[1], Integer.parseInt(words[2]), words[3], words[4], Integer.parseInt(words[5]));
            case "send" -> {
                if (producer == null) {
                    producer = producer("none");
                }
                int first = Integer.parseInt(words[4]);
                send(producer, words[1], Integer.parseInt(words[2]), words[3], first, Integer.parseInt(words[5]));
            }
            case "join" ->
                members.put(words[1], member(words[2], words[3], words.length > 4 ? words[4] : "classic"));
            case "poll" -> answer.addAll(poll(members.get(words[1])));
            case "commit" -> members.get(words[1]).commitSync();
            case "leave" -> members.remove(words[1]).close();
            case "registry" -> answer = List.of("unsupported", "Confluent's serializers are not on Maven Central");
            default -> throw new IllegalArgumentException("no command " + Arrays.toString(words));
        }
        return answer;
    }

    private void produce(String topic, int partition, String codec, String prefix, int count) throws Exception {
        try (var producer = producer(codec)) {
            send(producer, topic, partition, prefix, 0, count);
        }
    }

    private KafkaProducer<String, String> producer(String codec) {
        Map<String, Object> config =
            Map.of("bootstrap.servers", servers, "compression.type", codec, "acks", "all", "linger.ms", 50);
        return new KafkaProducer<>(config, new StringSerializer(), new StringSerializer());
    }

    private static void send(
            KafkaProducer<String, String> producer, String topic, int partition, String prefix, int first, int count)
            throws Exception {
        List<Future<?>> sent = new ArrayList<>();
        for (int number = first; number < first + count; number++) {
            String value = prefix + "-" + number + "-" + "x".repeat(number % 100);
            sent.add(producer.send(new ProducerRecord<>(topic, partition, null, value)));
        }
        producer.flush();
        for (Future<?> future : sent) {
            future.get();
        }
    }

    private KafkaConsumer<String, String> member(String group, String topic, String protocol) {
        Map<String, Object> config = new HashMap<>(Map.of(
            "bootstrap.servers", servers,
            "group.id", group,
            "group.protocol", protocol,
            "auto.offset.reset", "earliest",
            "enable.auto.commit", false));
        if (protocol.equals("classic")) {
            config.put("heartbeat.interval.ms", 100);
        }
        var consumer = new KafkaConsumer<>(config, new StringDeserializer(), new StringDeserializer());
        consumer.subscribe(Set.of(topic));
        return consumer;
    }

    private static List<String> poll(KafkaConsumer<String, String> member) {
        List<String> values = new ArrayList<>();
        member.poll(POLL).forEach(record -> values.add(record.value()));
        Set<Integer> partitions = new TreeSet<>();
        member.assignment().forEach(assigned -> partitions.add(assigned.partition()));
        String assigned = partitions.stream().map(String::valueOf).collect(Collectors.joining(","));
        values.add(0, assigned.isEmpty() ? "-" : assigned);
        return values;
    }
}
