package zoglog_test

import (
	"fmt"
	"log"
	"log/slog"

	"xlattice.org/zog/client"
	"xlattice.org/zog/client/zoglog"
	"xlattice.org/zog/ringtest"
)

// A program logs to a ring. In a test, t is the *testing.T.
func ExampleNewHandler() {
	err := ringtest.Do(func(t ringtest.TB) {
		ring := ringtest.Start(t, ringtest.Hosts(3))
		c, err := client.New(ring.Config()) // in production with Hosts, and what else it needs
		if err != nil {
			t.Fatalf("%v", err)
		}
		defer c.Close()
		w := zoglog.NewWriter(c)
		logger := slog.New(zoglog.NewHandler(w, nil))
		logger.Info("the cellar door was opened", "by", "cat")
		logger.With("room", "cellar").Warn("a window\nis open")
		if err := w.Close(); err != nil { // all is kept
			t.Fatalf("%v", err)
		}
		ring.RequireSettled()
		for _, text := range ring.Host("G").Texts() {
			fmt.Println(text)
		}
	})
	fmt.Println(err)
	// Output:
	// level=INFO msg="the cellar door was opened" by=cat
	// level=WARN msg="a window\nis open" room=cellar
	// <nil>
}

// A Writer takes what package log writes, a line a message.
func ExampleNewWriter() {
	err := ringtest.Do(func(t ringtest.TB) {
		ring := ringtest.Start(t, ringtest.Hosts(3))
		c, err := client.New(ring.Config())
		if err != nil {
			t.Fatalf("%v", err)
		}
		defer c.Close()
		w := zoglog.NewWriter(c)
		logger := log.New(w, "cellar: ", 0)
		logger.Print("the door was opened")
		logger.Print("\tand shut")
		fmt.Fprint(w, "a line without an end")
		if err := w.Close(); err != nil {
			t.Fatalf("%v", err)
		}
		ring.RequireSettled()
		for _, text := range ring.Host("PA").Texts() {
			fmt.Println(text)
		}
	})
	fmt.Println(err)
	// Output:
	// cellar: the door was opened
	// cellar:  and shut
	// a line without an end
	// <nil>
}
