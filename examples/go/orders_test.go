package orders

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

func TestAnOrderArrives(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	client, err := kgo.NewClient(
		kgo.SeedBrokers(strings.Split(os.Getenv("TEST_KAFKA_BOOTSTRAP_SERVERS"), ",")...),
		kgo.ConsumerGroup("billing"),
		kgo.ConsumeTopics("orders"),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
	)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()

	order := kgo.Record{Topic: "orders", Key: []byte("7"), Value: []byte("confirmed")}
	if err := client.ProduceSync(ctx, &order).FirstErr(); err != nil {
		t.Fatal(err)
	}

	records := client.PollFetches(ctx).Records()
	if len(records) != 1 || string(records[0].Value) != "confirmed" {
		t.Fatalf("received %v", records)
	}
}
