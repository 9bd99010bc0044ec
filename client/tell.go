package client

// What the client tells its user while it works: to the hooks and the logger of the Config.

func (c *Config) hostLost(host string, reason error) {
	if c.Logger != nil {
		c.Logger.Warn("the connection to a host is lost", "host", host, "reason", reason)
	}
	if c.OnHostLost != nil {
		c.OnHostLost(host, reason)
	}
}

func (c *Config) resent(host string, messages int) {
	if c.Logger != nil {
		c.Logger.Info("messages are sent again", "host", host, "messages", messages)
	}
	if c.OnResend != nil {
		c.OnResend(host, messages)
	}
}

func (c *Config) waiting(failures error) {
	if c.Logger != nil {
		c.Logger.Warn("waiting for a host", "failures", failures)
	}
	if c.OnWaiting != nil {
		c.OnWaiting(failures)
	}
}
