package relay

// sendPaced sends one message at once. A goroutine reads the answers.
func (c *client) sendPaced(text []byte, acked func(error)) error {
	if c.reading == nil {
		c.changed.L = &c.mu
		c.reading = make(chan struct{})
		go c.listen()
	}
	if c.sent >= c.window {
		if err := c.await(c.sent - c.window + 1); err != nil {
			return err
		}
	}
	c.mu.Lock()
	c.tell = append(c.tell, acked)
	c.mu.Unlock()
	c.sent++
	c.out = appendData(c.out, c.sent, text)
	return c.write()
}

// await returns when the message of an id is answered.
func (c *client) await(id uint64) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.acked < id && c.err == nil {
		c.changed.Wait()
	}
	return c.err
}

// listen reads the answers until the connection ends.
func (c *client) listen() {
	defer close(c.reading)
	for {
		id, err := c.hear()
		c.settle(id, err)
		if err != nil {
			return
		}
	}
}

// settle calls those who wait for messages up to id.
func (c *client) settle(id uint64, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.err = err
	for ; c.acked < id; c.acked++ {
		if call := c.tell[0]; call != nil {
			call(nil)
		}
		c.tell = c.tell[1:]
	}
	c.changed.Broadcast()
}
