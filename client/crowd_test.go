package client

import (
	"fmt"
	"testing"
	"testing/synctest"
)

// TestCrowd: many callers of everything on one client, with hosts that come and
// go, and leave the last that they take without an answer. Each message is
// reported once, what is reported as kept was taken, and nothing was taken twice.
func TestCrowd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t)
		hosts := []string{"a", "b", "c"}
		var all memory
		for _, h := range hosts {
			n.serve(h, func(p *peer) {
				for id := uint64(1); ; id++ {
					f := p.next()
					if f == nil {
						return
					}
					all.take(&f.Data)
					if id == 40 { // it goes
						return
					}
					p.ok(f.Data.ID)
				}
			})
		}
		cfg := n.config(Random, hosts...)
		cfg.Window = 16
		c := n.client(cfg)
		kept := crowd(t, c)
		c.Close()
		n.wg.Wait()
		taken := map[string]int{}
		for _, text := range all.texts {
			taken[text]++
		}
		for text, times := range taken {
			if times > 1 {
				t.Errorf("%q was taken %d times", text, times)
			}
		}
		for _, text := range kept {
			if taken[text] == 0 {
				t.Errorf("%q is said to be kept and is not", text)
			}
		}
		if len(kept) < 100 || len(all.names) == len(all.texts) {
			t.Errorf("only %d are kept, %d were sent again", len(kept), len(all.names)-len(all.texts))
		}
	})
}

// crowd sends from many goroutines and returns the texts said to be kept.
func crowd(t *testing.T, c *Client) []string {
	kept := make(chan string, 10000)
	done := make(chan bool)
	for w := range 8 {
		go func() {
			defer func() { done <- true }()
			if w%2 == 0 {
				texts := func(yield func(string) bool) {
					for i := 0; i < 500 && yield(fmt.Sprintf("%d/%d", w, i)); i++ {
					}
				}
				summary, _ := c.SendAll(t.Context(), texts, func(r Result) {
					if r.Err == nil {
						kept <- r.Text
					}
				})
				if summary.Total() > 500 {
					t.Errorf("%+v", summary)
				}
				return
			}
			for i := range 50 {
				text := fmt.Sprintf("%d/%d", w, i)
				if _, err := c.Send(t.Context(), text); err == nil {
					kept <- text
				}
			}
		}()
	}
	for range 8 {
		<-done
	}
	close(kept)
	var list []string
	for text := range kept {
		list = append(list, text)
	}
	return list
}
