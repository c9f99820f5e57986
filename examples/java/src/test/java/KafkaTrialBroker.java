import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A broker of its own for a test or a test class. Closing it ends it; so does the end of this process. */
final class KafkaTrialBroker implements AutoCloseable {
    private final Process process;
    private final String bootstrapServers;

    private KafkaTrialBroker(Process process, String bootstrapServers) {
        this.process = process;
        this.bootstrapServers = bootstrapServers;
    }

    /** Starts a broker with Kafka's broker properties, and topics such as {@code orders:3,cleanup.policy=compact}. */
    static KafkaTrialBroker start(Map<String, String> properties, String... topics) throws IOException {
        var command = new ArrayList<>(List.of("kafka-trial", "serve", "--port", "0", "--exit-with-parent"));
        properties.forEach((key, value) -> command.addAll(List.of("--set", key + "=" + value)));
        for (var topic : topics) {
            command.addAll(List.of("--topic", topic));
        }
        var process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        // The first line is the address, printed when the broker answers.
        var output = new BufferedReader(new InputStreamReader(process.getInputStream()));
        var address = output.readLine();
        if (address == null) {
            throw new IOException("kafka-trial did not start; its reason is on standard error");
        }
        return new KafkaTrialBroker(process, address);
    }

    String bootstrapServers() {
        return bootstrapServers;
    }

    @Override
    public void close() throws InterruptedException {
        process.destroy();
        process.waitFor();
    }
}
