// The driver of kafka-go: its ConsumerGroup, since its Reader does not tell what it is assigned.
package main

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/segmentio/kafka-go"

	"kafka-trial/clients/driver"
)

type client struct {
	servers []string
	admin   *kafka.Client
}

func main() {
	driver.Serve("github.com/segmentio/kafka-go", func(servers []string) (driver.Client, error) {
		return &client{servers, &kafka.Client{Addr: kafka.TCP(servers...), Timeout: driver.Limit}}, nil
	})
}

func (c *client) Create(topic string, partitions int) error {
	config := kafka.TopicConfig{Topic: topic, NumPartitions: partitions, ReplicationFactor: 1}
	request := &kafka.CreateTopicsRequest{Topics: []kafka.TopicConfig{config}}
	response, err := c.admin.CreateTopics(context.Background(), request)
	if err != nil {
		return err
	}
	return response.Errors[topic]
}

func (c *client) List() ([]string, error) {
	metadata, err := c.admin.Metadata(context.Background(), &kafka.MetadataRequest{})
	if err != nil {
		return nil, err
	}
	var names []string
	for _, topic := range metadata.Topics {
		names = append(names, topic.Name)
	}
	return names, nil
}

func (c *client) Delete(topic string) error {
	response, err := c.admin.DeleteTopics(context.Background(), &kafka.DeleteTopicsRequest{Topics: []string{topic}})
	if err != nil {
		return err
	}
	return response.Errors[topic]
}

var codecs = map[string]kafka.Compression{
	"none": 0, "gzip": kafka.Gzip, "snappy": kafka.Snappy, "lz4": kafka.Lz4, "zstd": kafka.Zstd,
}

func (c *client) Produce(topic string, partition int, codec string, values [][]byte) error {
	writer := &kafka.Writer{
		Addr:         kafka.TCP(c.servers...),
		Topic:        topic,
		Balancer:     kafka.BalancerFunc(func(kafka.Message, ...int) int { return partition }),
		RequiredAcks: kafka.RequireAll,
		Compression:  codecs[codec],
		BatchSize:    len(values),
		// A transport of its own, so that it knows topics that are new.
		Transport: &kafka.Transport{},
	}
	var messages []kafka.Message
	for _, value := range values {
		messages = append(messages, kafka.Message{Value: value})
	}
	ctx, cancel := context.WithTimeout(context.Background(), driver.Limit)
	defer cancel()
	return errors.Join(writer.WriteMessages(ctx, messages...), writer.Close())
}

type received struct {
	partition int
	message   kafka.Message
}

// A member whose generations run beside the polls; each reads its partitions into the queue.
type member struct {
	group   *kafka.ConsumerGroup
	topic   string
	queue   chan received
	stopped chan struct{}
	stop    context.CancelFunc

	lock       sync.Mutex
	generation *kafka.Generation
	assigned   []int32
	polled     map[int]int64
	failed     error
}

func (c *client) Join(group, topic string) (driver.Member, error) {
	joined, err := kafka.NewConsumerGroup(kafka.ConsumerGroupConfig{
		ID:                group,
		Brokers:           c.servers,
		Topics:            []string{topic},
		HeartbeatInterval: 100 * time.Millisecond,
		StartOffset:       kafka.FirstOffset,
	})
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	m := &member{
		group: joined, topic: topic, queue: make(chan received, 1000), stopped: make(chan struct{}), stop: stop,
		polled: map[int]int64{},
	}
	go m.run(ctx, c.servers)
	return m, nil
}

func (m *member) run(ctx context.Context, servers []string) {
	defer close(m.stopped)
	for {
		generation, err := m.group.Next(ctx)
		m.lock.Lock()
		if err != nil {
			if ctx.Err() == nil && !errors.Is(err, kafka.ErrGroupClosed) {
				m.failed = err
			}
			m.lock.Unlock()
			return
		}
		m.generation, m.assigned, m.polled = generation, nil, map[int]int64{}
		for _, assignment := range generation.Assignments[m.topic] {
			m.assigned = append(m.assigned, int32(assignment.ID))
			generation.Start(func(ctx context.Context) { m.read(ctx, servers, assignment) })
		}
		m.lock.Unlock()
	}
}

func (m *member) read(ctx context.Context, servers []string, assignment kafka.PartitionAssignment) {
	reader := kafka.NewReader(kafka.ReaderConfig{
		Brokers: servers, Topic: m.topic, Partition: assignment.ID, MaxWait: 100 * time.Millisecond,
	})
	defer reader.Close()
	err := reader.SetOffset(assignment.Offset)
	for err == nil {
		var message kafka.Message
		if message, err = reader.ReadMessage(ctx); err == nil {
			m.queue <- received{assignment.ID, message}
		}
	}
	if ctx.Err() == nil && !errors.Is(err, kafka.ErrGenerationEnded) {
		m.lock.Lock()
		m.failed = err
		m.lock.Unlock()
	}
}

func (m *member) Poll() ([]int32, []string, error) {
	var values []string
	wait := time.After(driver.PollTime)
	for {
		var next received
		if len(values) == 0 {
			select {
			case next = <-m.queue:
			case <-wait:
			}
		} else {
			select {
			case next = <-m.queue:
			default:
			}
		}
		m.lock.Lock()
		if next.message.Value == nil {
			defer m.lock.Unlock()
			return slices.Clone(m.assigned), values, m.failed
		}
		m.polled[next.partition] = next.message.Offset + 1
		m.lock.Unlock()
		values = append(values, string(next.message.Value))
	}
}

func (m *member) Commit() error {
	m.lock.Lock()
	defer m.lock.Unlock()
	return m.generation.CommitOffsets(map[string]map[int]int64{m.topic: m.polled})
}

func (m *member) Close() error {
	m.stop()
	err := m.group.Close()
	<-m.stopped
	return err
}
