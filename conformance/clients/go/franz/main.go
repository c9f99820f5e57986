// The driver of franz-go.
package main

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"kafka-trial/clients/driver"
)

type client struct {
	servers []string
	admin   *kadm.Client
	// The one that stays; made when it is first needed.
	producer *kgo.Client
}

func main() {
	driver.Serve("github.com/twmb/franz-go", func(servers []string) (driver.Client, error) {
		admin, err := kgo.NewClient(kgo.SeedBrokers(servers...))
		if err != nil {
			return nil, err
		}
		return &client{servers: servers, admin: kadm.NewClient(admin)}, nil
	})
}

func limit() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), driver.Limit)
}

func (c *client) Create(topic string, partitions int) error {
	ctx, cancel := limit()
	defer cancel()
	_, err := c.admin.CreateTopic(ctx, int32(partitions), 1, nil, topic)
	return err
}

func (c *client) List() ([]string, error) {
	ctx, cancel := limit()
	defer cancel()
	topics, err := c.admin.ListTopics(ctx)
	return topics.Names(), err
}

func (c *client) Delete(topic string) error {
	ctx, cancel := limit()
	defer cancel()
	_, err := c.admin.DeleteTopic(ctx, topic)
	return err
}

var codecs = map[string]kgo.CompressionCodec{
	"none":   kgo.NoCompression(),
	"gzip":   kgo.GzipCompression(),
	"snappy": kgo.SnappyCompression(),
	"lz4":    kgo.Lz4Compression(),
	"zstd":   kgo.ZstdCompression(),
}

func (c *client) Produce(topic string, partition int, codec string, values [][]byte) error {
	producer, err := c.open(codec)
	if err != nil {
		return err
	}
	defer producer.Close()
	return send(producer, topic, partition, values)
}

func (c *client) Send(topic string, partition int, values [][]byte) (err error) {
	if c.producer == nil {
		if c.producer, err = c.open("none"); err != nil {
			return err
		}
	}
	return send(c.producer, topic, partition, values)
}

func (c *client) open(codec string) (*kgo.Client, error) {
	return kgo.NewClient(
		kgo.SeedBrokers(c.servers...),
		kgo.ProducerBatchCompression(codecs[codec]),
		kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.ProducerLinger(50*time.Millisecond),
	)
}

func send(producer *kgo.Client, topic string, partition int, values [][]byte) error {
	var records []*kgo.Record
	for _, value := range values {
		records = append(records, &kgo.Record{Topic: topic, Partition: int32(partition), Value: value})
	}
	ctx, cancel := limit()
	defer cancel()
	return producer.ProduceSync(ctx, records...).FirstErr()
}

type member struct {
	client   *kgo.Client
	lock     sync.Mutex
	assigned []int32
}

func (c *client) Join(group, topic string) (driver.Member, error) {
	return c.join(group, topic, kgo.HeartbeatInterval(100*time.Millisecond))
}

func (c *client) JoinConsumer(group, topic string) (driver.Member, error) {
	return c.join(group, topic, kgo.ServerSideBalancer(), kgo.Balancers(kgo.StickyBalancer()))
}

func (c *client) join(group, topic string, more ...kgo.Opt) (driver.Member, error) {
	m := &member{}
	lost := func(_ context.Context, _ *kgo.Client, gone map[string][]int32) {
		m.lock.Lock()
		defer m.lock.Unlock()
		m.assigned = slices.DeleteFunc(m.assigned, func(partition int32) bool {
			return slices.Contains(gone[topic], partition)
		})
	}
	client, err := kgo.NewClient(append(more,
		kgo.SeedBrokers(c.servers...),
		kgo.ConsumerGroup(group),
		kgo.ConsumeTopics(topic),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.DisableAutoCommit(),
		kgo.OnPartitionsAssigned(func(_ context.Context, _ *kgo.Client, added map[string][]int32) {
			m.lock.Lock()
			defer m.lock.Unlock()
			m.assigned = append(m.assigned, added[topic]...)
		}),
		kgo.OnPartitionsRevoked(lost),
		kgo.OnPartitionsLost(lost),
	)...)
	m.client = client
	return m, err
}

func (m *member) Poll() ([]int32, []string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), driver.PollTime)
	defer cancel()
	fetches := m.client.PollFetches(ctx)
	var values []string
	fetches.EachRecord(func(record *kgo.Record) { values = append(values, string(record.Value)) })
	for _, failed := range fetches.Errors() {
		// Records beside an error count as read.
		if len(values) == 0 && ctx.Err() == nil {
			return nil, nil, fmt.Errorf("%s-%d: %w", failed.Topic, failed.Partition, failed.Err)
		}
	}
	m.lock.Lock()
	defer m.lock.Unlock()
	return slices.Clone(m.assigned), values, nil
}

func (m *member) Commit() error {
	ctx, cancel := limit()
	defer cancel()
	return m.client.CommitUncommittedOffsets(ctx)
}

func (m *member) Close() error {
	m.client.Close()
	return nil
}
