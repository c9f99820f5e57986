// Package driver is the Go side of the line protocol of conformance/clients/src/driver.rs.
package driver

import (
	"bufio"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"
)

var errUnsupported = errors.New("unsupported")

// Limit is how long a client may take for one thing.
const Limit = 50 * time.Second

// PollTime is how long a poll waits for records.
const PollTime = 200 * time.Millisecond

// Client is what every client can do.
type Client interface {
	Create(topic string, partitions int) error
	List() ([]string, error)
	Delete(topic string) error
	Produce(topic string, partition int, codec string, values [][]byte) error
	Join(group, topic string) (Member, error)
}

// Steady is a client that is asked to go on while brokers stop and start.
type Steady interface {
	// Send produces with a producer that stays.
	Send(topic string, partition int, values [][]byte) error
	// JoinConsumer joins by the consumer protocol (KIP-848).
	JoinConsumer(group, topic string) (Member, error)
}

// Registered is a client that knows schema registries.
type Registered interface {
	// Registry writes an order of 1234 cents by its schema, and reads it again.
	Registry(url, topic string) (id int, message []byte, cents int, err error)
}

// Member is a consumer in a group. Poll gives what it is assigned, and what came.
type Member interface {
	Poll() ([]int32, []string, error)
	Commit() error
	Close() error
}

// Serve does what the lines on standard input say, with the client that start makes for the servers of the last
// argument. The version is that of the module.
func Serve(module string, start func(servers []string) (Client, error)) {
	client, err := start(strings.Split(os.Args[len(os.Args)-1], ","))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println("ready", version(module))
	members := map[string]Member{}
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		words, err := answer(client, members, strings.Fields(lines.Text()))
		if errors.Is(err, errUnsupported) {
			fmt.Println(err)
			continue
		}
		if err != nil {
			fmt.Println("error", strings.ReplaceAll(err.Error(), "\n", " "))
			continue
		}
		fmt.Println(strings.Join(append([]string{"ok"}, words...), " "))
	}
	for _, member := range members {
		_ = member.Close()
	}
}

func answer(client Client, members map[string]Member, words []string) ([]string, error) {
	command, arguments := words[0], words[1:]
	number := func(index int) int {
		value, _ := strconv.Atoi(arguments[index])
		return value
	}
	switch command {
	case "create":
		return nil, client.Create(arguments[0], number(1))
	case "list":
		return client.List()
	case "delete":
		return nil, client.Delete(arguments[0])
	case "produce":
		return nil, client.Produce(arguments[0], number(1), arguments[2], values(arguments[3], 0, number(4)))
	case "send":
		steady, ok := client.(Steady)
		if !ok {
			return nil, errors.New("this driver has no producer that stays")
		}
		return nil, steady.Send(arguments[0], number(1), values(arguments[2], number(3), number(4)))
	case "join":
		join := client.Join
		if steady, ok := client.(Steady); ok && len(arguments) > 3 && arguments[3] == "consumer" {
			join = steady.JoinConsumer
		}
		member, err := join(arguments[1], arguments[2])
		if err == nil {
			members[arguments[0]] = member
		}
		return nil, err
	case "registry":
		registered, ok := client.(Registered)
		if !ok {
			return nil, fmt.Errorf("%w this client has none for a schema registry", errUnsupported)
		}
		id, message, cents, err := registered.Registry(arguments[0], arguments[1])
		return []string{strconv.Itoa(id), hex.EncodeToString(message), strconv.Itoa(cents)}, err
	case "poll":
		assigned, values, err := members[arguments[0]].Poll()
		return append([]string{join(assigned)}, values...), err
	case "commit":
		return nil, members[arguments[0]].Commit()
	case "leave":
		member := members[arguments[0]]
		delete(members, arguments[0])
		return nil, member.Close()
	}
	return nil, errors.New("no command " + command)
}

func values(prefix string, first, count int) (values [][]byte) {
	for number := first; number < first+count; number++ {
		values = append(values, fmt.Appendf(nil, "%s-%d-%s", prefix, number, strings.Repeat("x", number%100)))
	}
	return values
}

func join(partitions []int32) string {
	if len(partitions) == 0 {
		return "-"
	}
	slices.Sort(partitions)
	var words []string
	for _, partition := range partitions {
		words = append(words, strconv.Itoa(int(partition)))
	}
	return strings.Join(words, ",")
}

func version(module string) string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, dependency := range info.Deps {
			if dependency.Path == module {
				return dependency.Version
			}
		}
	}
	return "unknown"
}
