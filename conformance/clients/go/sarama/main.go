// The driver of sarama.
package main

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/IBM/sarama"

	"kafka-trial/clients/driver"
)

type client struct {
	servers []string
	admin   sarama.ClusterAdmin
}

func config() *sarama.Config {
	config := sarama.NewConfig()
	config.Version = sarama.V2_8_0_0
	return config
}

func main() {
	driver.Serve("github.com/IBM/sarama", func(servers []string) (driver.Client, error) {
		admin, err := sarama.NewClusterAdmin(servers, config())
		return &client{servers, admin}, err
	})
}

func (c *client) Create(topic string, partitions int) error {
	detail := &sarama.TopicDetail{NumPartitions: int32(partitions), ReplicationFactor: 1}
	return c.admin.CreateTopic(topic, detail, false)
}

func (c *client) List() ([]string, error) {
	topics, err := c.admin.ListTopics()
	return slices.Collect(maps.Keys(topics)), err
}

func (c *client) Delete(topic string) error {
	return c.admin.DeleteTopic(topic)
}

var codecs = map[string]sarama.CompressionCodec{
	"none":   sarama.CompressionNone,
	"gzip":   sarama.CompressionGZIP,
	"snappy": sarama.CompressionSnappy,
	"lz4":    sarama.CompressionLZ4,
	"zstd":   sarama.CompressionZSTD,
}

func (c *client) Produce(topic string, partition int, codec string, values [][]byte) error {
	config := config()
	config.Producer.Compression = codecs[codec]
	config.Producer.Partitioner = sarama.NewManualPartitioner
	config.Producer.RequiredAcks = sarama.WaitForAll
	config.Producer.Return.Successes = true
	config.Producer.Flush.Frequency = 50 * time.Millisecond
	producer, err := sarama.NewSyncProducer(c.servers, config)
	if err != nil {
		return err
	}
	defer producer.Close()
	var messages []*sarama.ProducerMessage
	for _, value := range values {
		message := &sarama.ProducerMessage{Topic: topic, Partition: int32(partition), Value: sarama.ByteEncoder(value)}
		messages = append(messages, message)
	}
	return producer.SendMessages(messages)
}

// A member whose group session runs beside the polls: the handler queues what comes.
type member struct {
	group   sarama.ConsumerGroup
	stop    context.CancelFunc
	stopped chan struct{}
	values  chan string

	lock     sync.Mutex
	session  sarama.ConsumerGroupSession
	assigned []int32
	failed   error
}

func (c *client) Join(group, topic string) (driver.Member, error) {
	config := config()
	config.Consumer.Offsets.Initial = sarama.OffsetOldest
	config.Consumer.Offsets.AutoCommit.Enable = false
	config.Consumer.Group.Heartbeat.Interval = 100 * time.Millisecond
	joined, err := sarama.NewConsumerGroup(c.servers, group, config)
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	m := &member{group: joined, stop: stop, stopped: make(chan struct{}), values: make(chan string, 1000)}
	go func() {
		defer close(m.stopped)
		for ctx.Err() == nil {
			// Returns at each rebalance.
			if err := joined.Consume(ctx, []string{topic}, m); err != nil && ctx.Err() == nil {
				m.lock.Lock()
				m.failed = err
				m.lock.Unlock()
				return
			}
		}
	}()
	return m, nil
}

func (m *member) Setup(session sarama.ConsumerGroupSession) error {
	m.lock.Lock()
	defer m.lock.Unlock()
	m.session, m.assigned = session, nil
	for _, partitions := range session.Claims() {
		m.assigned = append(m.assigned, partitions...)
	}
	return nil
}

func (m *member) Cleanup(sarama.ConsumerGroupSession) error {
	m.lock.Lock()
	defer m.lock.Unlock()
	m.assigned = nil
	return nil
}

func (m *member) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for message := range claim.Messages() {
		m.values <- string(message.Value)
		session.MarkMessage(message, "")
	}
	return nil
}

func (m *member) Poll() ([]int32, []string, error) {
	values := drain(m.values)
	m.lock.Lock()
	defer m.lock.Unlock()
	return slices.Clone(m.assigned), values, m.failed
}

// What is queued, after a wait for the first.
func drain(queue chan string) []string {
	var values []string
	wait := time.After(driver.PollTime)
	select {
	case value := <-queue:
		values = append(values, value)
	case <-wait:
	}
	for {
		select {
		case value := <-queue:
			values = append(values, value)
		default:
			return values
		}
	}
}

func (m *member) Commit() error {
	m.lock.Lock()
	defer m.lock.Unlock()
	m.session.Commit()
	return nil
}

func (m *member) Close() error {
	m.stop()
	<-m.stopped
	return m.group.Close()
}
