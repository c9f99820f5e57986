// Counts words with Kafka Streams and exactly-once v2, is stopped in the middle and goes on as another instance.
// Every count has to come out once: 1, 2, 3 … for each word.

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.LongDeserializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;

public final class WordCount {
    private static final int LINES = 2000;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final String bootstrap;
    private final String folder;
    private final Map<String, List<Long>> seen = new TreeMap<>();

    private WordCount(String bootstrap, String folder) {
        this.bootstrap = bootstrap;
        this.folder = folder;
    }

    public static void main(String[] arguments) throws Exception {
        new WordCount(arguments[0], arguments[1]).run();
    }

    private void run() throws Exception {
        try (Admin admin = Admin.create(properties())) {
            admin.createTopics(List.of(new NewTopic("lines", 2, (short) 1), new NewTopic("counts", 2, (short) 1))).all().get();
        }
        Map<String, Long> expected = write();
        long total = expected.values().stream().mapToLong(Long::longValue).sum();
        Properties reading = properties();
        reading.put("isolation.level", "read_committed");
        reading.put("auto.offset.reset", "earliest");
        reading.put("group.id", "readers");
        try (var counts = new KafkaConsumer<>(reading, new StringDeserializer(), new LongDeserializer())) {
            counts.subscribe(List.of("counts"));
            try (KafkaStreams first = streams("1")) {
                first.start();
                read(counts, total / 4);
            }
            try (KafkaStreams second = streams("2")) {
                second.start();
                read(counts, total);
            }
        }
        expected.forEach(this::check);
        System.out.println(total + " counts of " + expected.size() + " words");
    }

    private Map<String, Long> write() {
        Map<String, Long> expected = new TreeMap<>();
        try (var lines = new KafkaProducer<>(properties(), new StringSerializer(), new StringSerializer())) {
            for (int line = 0; line < LINES; line++) {
                List<String> words = List.of("all", "seven" + line % 7, "eleven" + line % 11);
                words.forEach(word -> expected.merge(word, 1L, Long::sum));
                lines.send(new ProducerRecord<>("lines", "key" + line, String.join(" ", words)));
            }
        }
        return expected;
    }

    private KafkaStreams streams(String instance) {
        StreamsBuilder builder = new StreamsBuilder();
        Materialized<String, Long, KeyValueStore<Bytes, byte[]>> store =
            Materialized.<String, Long>as(Stores.inMemoryKeyValueStore("words")).withCachingDisabled();
        builder.<String, String>stream("lines")
            .flatMapValues(line -> List.of(line.split(" ")))
            .groupBy((key, word) -> word)
            .count(store)
            .toStream()
            .to("counts", Produced.with(Serdes.String(), Serdes.Long()));
        Properties properties = properties();
        properties.put("application.id", "word-count");
        properties.put("client.id", "instance-" + instance);
        properties.put("processing.guarantee", "exactly_once_v2");
        properties.put("commit.interval.ms", "100");
        properties.put("auto.offset.reset", "earliest");
        properties.put("default.key.serde", Serdes.StringSerde.class.getName());
        properties.put("default.value.serde", Serdes.StringSerde.class.getName());
        properties.put("state.dir", folder + "/" + instance);
        return new KafkaStreams(builder.build(), properties);
    }

    private void read(KafkaConsumer<String, Long> counts, long wanted) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        long got = seen.values().stream().mapToLong(List::size).sum();
        while (got < wanted) {
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException(got + " of " + wanted + " counts within " + PATIENCE.toSeconds() + " s");
            }
            for (var count : counts.poll(Duration.ofMillis(100))) {
                seen.computeIfAbsent(count.key(), word -> new ArrayList<>()).add(count.value());
                got++;
            }
        }
    }

    private void check(String word, long times) {
        List<Long> counts = seen.getOrDefault(word, List.of());
        for (int place = 0; place < Math.max(counts.size(), times); place++) {
            if (place >= counts.size() || counts.get(place) != place + 1) {
                throw new IllegalStateException(word + ": " + (place + 1) + " expected at place " + place + " of " + counts);
            }
        }
    }

    private Properties properties() {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", bootstrap);
        return properties;
    }
}
