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
}

func main() {
	driver.Serve("github.com/twmb/franz-go", func(servers []string) (driver.Client, error) {
		admin, err := kgo.NewClient(kgo.SeedBrokers(servers...))
		if err != nil {
			return nil, err
		}
		return &client{servers, kadm.NewClient(admin)}, nil
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
	producer, err := kgo.NewClient(
		kgo.SeedBrokers(c.servers...),
		kgo.ProducerBatchCompression(codecs[codec]),
		kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.ProducerLinger(50*time.Millisecond),
	)
	if err != nil {
		return err
	}
	defer producer.Close()
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
	m := &member{}
	lost := func(_ context.Context, _ *kgo.Client, gone map[string][]int32) {
		m.lock.Lock()
		defer m.lock.Unlock()
		m.assigned = slices.DeleteFunc(m.assigned, func(partition int32) bool {
			return slices.Contains(gone[topic], partition)
		})
	}
	client, err := kgo.NewClient(
		kgo.SeedBrokers(c.servers...),
		kgo.ConsumerGroup(group),
		kgo.ConsumeTopics(topic),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.DisableAutoCommit(),
		kgo.HeartbeatInterval(100*time.Millisecond),
		kgo.OnPartitionsAssigned(func(_ context.Context, _ *kgo.Client, added map[string][]int32) {
			m.lock.Lock()
			defer m.lock.Unlock()
			m.assigned = append(m.assigned, added[topic]...)
		}),
		kgo.OnPartitionsRevoked(lost),
		kgo.OnPartitionsLost(lost),
	)
	m.client = client
	return m, err
}

func (m *member) Poll() ([]int32, []string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), driver.PollTime)
	defer cancel()
	fetches := m.client.PollFetches(ctx)
	for _, failed := range fetches.Errors() {
		if ctx.Err() == nil {
			return nil, nil, fmt.Errorf("%s-%d: %w", failed.Topic, failed.Partition, failed.Err)
		}
	}
	var values []string
	fetches.EachRecord(func(record *kgo.Record) { values = append(values, string(record.Value)) })
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
