package ringtest_test

import (
	"context"
	"fmt"
	"time"

	"xlattice.org/zog/client"
	"xlattice.org/zog/messages"
	"xlattice.org/zog/ringtest"
)

// In a test, t is the *testing.T. In a bubble of testing/synctest no time is lost.
func ExampleStart() {
	err := ringtest.Do(func(t ringtest.TB) {
		ring := ringtest.Start(t, ringtest.Hosts(3))
		if err := ring.Client().Send("the cellar door was opened"); err != nil {
			t.Fatalf("%v", err)
		}
		ring.RequireSettled()
		for _, h := range ring.Hosts() {
			fmt.Println(h.Name(), len(h.Log()))
		}
	})
	fmt.Println(err)
	// Output:
	// MV 1
	// PA 1
	// G 1
	// <nil>
}

// A host dies while messages are on their way, and is started again.
func ExampleHost_Crash() {
	err := ringtest.Do(func(t ringtest.TB) {
		ring := ringtest.Start(t)
		c := ring.Client("MV PA") // goes to the one if it cannot have the other
		if err := c.Send("before"); err != nil {
			t.Fatalf("%v", err)
		}
		ring.Host("MV").Crash()
		if err := c.Send("meanwhile"); err != nil {
			t.Fatalf("%v", err)
		}
		ring.Host("MV").Start()
		ring.RequireSettled()
		fmt.Println(len(ring.Host("MV").Log()), "lines")
	})
	fmt.Println(err)
	// Output:
	// 2 lines
	// <nil>
}

// What a compromised host says is not believed where it cannot be true: G sends a message
// of PA that is far ahead, and says that nobody has those before it.
func ExampleLiar() {
	err := ringtest.Do(func(t ringtest.TB) {
		ring := ringtest.Start(t, ringtest.Hosts(3))
		if err := ring.Client("PA").Send("one"); err != nil {
			t.Fatalf("%v", err)
		}
		ring.Host("G").Stop()
		run := ring.Host("PA").Present()
		lie := ring.Liar("G").Dial("MV")
		lie.Greet(ringtest.Mark{Origin: "PA", Boot: run.Boot, Seq: 1_000_000, First: 1_000_000})
		lie.Send(ringtest.Line{Origin: "PA", Boot: run.Boot, Seq: 1_000_000, Text: "a lie"})
		ring.Await("the answer", func() bool { return lie.Answered() == 1 })
		lie.Close()
		if err := ring.Client("PA").Send("two"); err != nil {
			t.Fatalf("%v", err)
		}
		ring.Host("G").Start()
		ring.RequireSettled()
		fmt.Println(len(ring.Host("MV").Log()), "lines")
	})
	fmt.Println(err)
	// Output:
	// 2 lines
	// <nil>
}

// Two sides that do not hear of each other both take messages, and agree when they
// meet again.
func ExampleRing_Partition() {
	err := ringtest.Do(func(t ringtest.TB) {
		ring := ringtest.Start(t)
		parted := ring.Partition("MV PA", "G LA S")
		for _, name := range []string{"MV", "G"} {
			if err := ring.Client(name).Send("from " + name); err != nil {
				t.Fatalf("%v", err)
			}
		}
		ring.Await("the line from MV at PA", func() bool { return len(ring.Host("PA").Log()) == 1 })
		fmt.Println("parted:", ring.Host("PA").Texts())
		parted.Heal()
		ring.RequireSettled()
		fmt.Println("healed:", len(ring.Host("PA").Log()), "lines at PA")
	})
	fmt.Println(err)
	// Output:
	// parted: [from MV]
	// healed: 2 lines at PA
	// <nil>
}

// A host's network cable is pulled, and nobody is told. It catches up when it is back.
func ExampleHost_Unplug() {
	err := ringtest.Do(func(t ringtest.TB) {
		ring := ringtest.Start(t)
		unplugged := ring.Host("MV").Unplug()
		if err := ring.Client("PA").Send("meanwhile"); err != nil {
			t.Fatalf("%v", err)
		}
		fmt.Println("unplugged:", ring.Host("MV").Texts())
		unplugged.Heal()
		ring.RequireSettled()
		fmt.Println("healed:", ring.Host("MV").Texts())
	})
	fmt.Println(err)
	// Output:
	// unplugged: []
	// healed: [meanwhile]
	// <nil>
}

// An actor panics at a message; its supervisor starts it again, and nothing that
// was acknowledged is lost.
func ExampleActor_Panic() {
	err := ringtest.Do(func(t ringtest.TB) {
		ring := ringtest.Start(t)
		fault := ring.Host("MV").Actor("accesslog").Panic(ringtest.Nth(2, "Append"))
		c := ring.Client("MV")
		for n := range 5 {
			if err := c.Send(fmt.Sprint("message ", n)); err != nil {
				t.Fatalf("%v", err)
			}
		}
		ring.RequireSettled()
		fmt.Println("panics:", fault.Fired())
	})
	fmt.Println(err)
	// Output:
	// panics: 1
	// <nil>
}

// A program with a client of its own. The ring records what it sends and what it is told.
func ExampleRing_Config() {
	err := ringtest.Do(func(t ringtest.TB) {
		ring := ringtest.Start(t)
		cfg := ring.Config()
		cfg.MinCopies = 3
		mine, err := client.New(cfg)
		if err != nil {
			t.Fatalf("%v", err)
		}
		defer mine.Close()
		if _, err := mine.Send(context.Background(), "the cellar door was opened"); err != nil {
			t.Fatalf("%v", err)
		}
		ring.RequireSettled() // it is in all logs
		fmt.Println(ring.Host("S").Texts())
	})
	fmt.Println(err)
	// Output:
	// [the cellar door was opened]
	// <nil>
}

// A disk that is full refuses, and says why.
func ExampleDisk_Fill() {
	err := ringtest.Do(func(t ringtest.TB) {
		ring := ringtest.Start(t, ringtest.Hosts(1))
		c := ring.Client("MV")
		full := ring.Host("MV").Disk().Fill(0)
		_ = c.Send("the first shows it") // its connection is closed: it is sent again, and refused
		fmt.Println(c.Send("the second"))
		full.Heal()
		ring.Await("MV", func() bool { return ring.Host("MV").Ready() == nil })
		fmt.Println(c.Send("the third"))
	})
	fmt.Println(err)
	// Output:
	// refused: the host cannot write its log: no space left on device
	// <nil>
	// <nil>
}

// A probe hears what one actor says to another.
func ExampleProbe() {
	err := ringtest.Do(func(t ringtest.TB) {
		ring := ringtest.Start(t, ringtest.Hosts(1))
		log := ring.Host("MV").Actor("accesslog").Probe("Append")
		router := ring.ProbeIf("router", func(m any) bool {
			take, ok := m.(*messages.Take)
			if !ok {
				return false
			}
			_, client := take.Batch.(*messages.ClientBatch)
			return client
		})
		if err := ring.Client().Send("one"); err != nil {
			t.Fatalf("%v", err)
		}
		router.Expect("Take")
		log.ExpectExactly("Append")
		log.ExpectNone(100 * time.Millisecond)
	})
	fmt.Println(err)
	// Output: <nil>
}
