package pace

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestMessagesAreDueAtTheRateOfAllClients(t *testing.T) {
	l := Load{Clients: 3, Rate: 1000, Duration: 10 * time.Millisecond}
	for n := range 10 {
		if at, ok := l.Due(n%3, n/3); !ok || at != time.Duration(n)*time.Millisecond {
			t.Errorf("message %d is due at %v, %v", n, at, ok)
		}
	}
	if at, ok := l.Due(1, 3); ok { // message 10 of the load
		t.Errorf("one is due at %v, when the load has ended", at)
	}
}

func TestALoadOfSoManyMessages(t *testing.T) {
	l := Load{Clients: 4, Messages: 10}
	count := 0
	for client := range 4 {
		for k := 0; ; k++ {
			at, ok := l.Due(client, k)
			if !ok {
				break
			}
			if count++; at != 0 {
				t.Errorf("without a rate one is due at %v", at)
			}
		}
	}
	if count != 10 {
		t.Errorf("%d messages", count)
	}
	if n := l.Missed(0, 0, time.Hour); n != 0 {
		t.Errorf("%d are missed without a rate", n)
	}
}

func TestARateThatIsNearlyNothing(t *testing.T) {
	l := Load{Clients: 1, Rate: 1e-12}
	if _, ok := l.Due(0, 0); !ok {
		t.Error("the first message is never due")
	}
	if at, ok := l.Due(0, 1); ok {
		t.Errorf("the second one is due at %v, in a time that there is not", at)
	}
}

// What is missed is what one counts one by one.
func TestMissedIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := Load{
			Clients: rapid.IntRange(1, 5).Draw(t, "clients"), Messages: rapid.IntRange(0, 200).Draw(t, "messages"),
			Duration: time.Duration(rapid.IntRange(0, 100).Draw(t, "ms")) * time.Millisecond,
			Rate:     float64(rapid.IntRange(1, 3000).Draw(t, "rate")),
		}
		client, first := rapid.IntRange(0, l.Clients-1).Draw(t, "client"), rapid.IntRange(0, 100).Draw(t, "first")
		before := time.Duration(rapid.IntRange(0, 120).Draw(t, "before")) * time.Millisecond
		want := 0
		for k := first; ; k++ {
			if at, ok := l.Due(client, k); !ok || at >= before {
				break
			}
			want++
		}
		if got := l.Missed(client, first, before); got != want {
			t.Fatalf("%+v, client %d: %d from %d on, want %d", l, client, got, first, want)
		}
	})
}
