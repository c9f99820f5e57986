// One kfake broker on a free port: its address on the first line, the nanoseconds that it took to start on the second.
// It ends when its standard input does.
package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
)

func main() {
	began := time.Now()
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1))
	took := time.Since(began)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	defer cluster.Close()
	fmt.Println(cluster.ListenAddrs()[0])
	fmt.Println(took.Nanoseconds())
	io.Copy(io.Discard, os.Stdin)
}
