// Package messages is what the actors of one host say to each other. Commands
// are imperative (Append), events are past (Appended). The frames that hosts
// say to each other are in the package pzog below.
//
// All are sent as pointers and belong to the receiver. In the table, an actor is named by
// its files in package actors, as link is for link.go, link_dial.go and so on. reader is the
// goroutine that reads a connection, any is whoever finds something to report, and zog is
// the root. Batch is a ClientBatch to a clientconn, and a PeerBatch to a peerconn. What
// the router makes of one, a ClientTaken or a PeerTaken, goes with Append and Logged. A
// test holds the table against the code.
//
//	message      from                            to                                what follows
//	                                                                               what if it is lost
//
//	Adopt        listener                        conns                             an actor for the connection
//	                                                                               the connection stays open, unserved; the dialler gives up
//	Batch        reader                          clientconn peerconn               Take
//	                                                                               as if the frames never came; the connection is closed
//	Take         clientconn peerconn             router                            Append; Forward to links that wait
//	                                                                               the router begins a new run: Abandon to all connections
//	Append       router                          accesslog                         Logged, Appended
//	                                                                               RolledBack, as the next batch does not begin where this one would, or after 10 s
//	Logged       accesslog                       clientconn peerconn               Ok to the sender
//	                                                                               no Ok; the sender sends again, and finds it taken
//	Appended     accesslog                       router                            what is durable is taken; MarksChanged
//	                                                                               holes are noticed at the next KeepAlive
//	RolledBack   accesslog                       router                            a new run; taken falls back to durable; Abandon to all
//	                                                                               the next batch is out of order again, and it is sent again
//	Abandon      accesslog conns peerconn router clientconn conns peerconn         the connection is closed, or all are
//	                                                                               the sender waits for its Ok until its own timeout
//	Refuse       router                          clientconn                        a refusal for each message
//	                                                                               the client waits for its Ok until its own timeout
//	Damaged      link scrub survey               accesslog                         stock is taken of what is on the disk; RolledBack
//	                                                                               whoever reads there next says it again
//	Advanced     accesslog link                  clientconn peerconn               Ack to the origin; Ok to a client that waits for copies
//	                                                                               the origin learns of it at its next KeepAlive; the client waits until its timeout
//	Greeted      peerconn                        router                            what was asked for on an older connection is asked for anew
//	                                                                               after 5 s without progress another peer is asked
//	Heard        peerconn                        router                            AskRepair, if we lack something
//	                                                                               the next KeepAlive says it again
//	Exceeded     link peerconn                     router                            a new run; Abandon to all
//	                                                                               the peer's next word says it again
//	Gone         clientconn peerconn             router survey                     a repair by it, or a survey for it, is given up
//	                                                                               after 5 s without progress another peer is asked; the survey goes on
//	AskRepair    router                          peerconn                          Ack with repair to the peer
//	                                                                               after 5 s without progress another peer is asked
//	Redial       router                          link                              the link dials at once
//	                                                                               it dials when its backoff is over
//	Locate       link                            router                            Located
//	                                                                               the peer lags until it is asked for its marks again
//	Located      router                          link                              Pull, or reading from disk
//	                                                                               as of Locate
//	Pull         link                            router                            Forward, now or when there is more for the peer
//	                                                                               the link sends nothing until the peer asks for a repair
//	Forward      router                          link                              Data to the peer, the next Pull
//	                                                                               as of Pull
//	Reached      link                            router                            the tree counts on the link, or does without it
//	                                                                               messages take a detour, or wait for a repair
//	Survey       clientconn                      survey                            a place; with all ranges the log is read; Surveyed
//	                                                                               it is asked again
//	Surveyed     survey                          clientconn                        Ack with digests to the client, a refusal, or the end
//	                                                                               the connection is closed; the client asks again
//	Watch        clientconn link peerconn        keepalive                         Speak and Silence in time
//	                                                                               the peer closes the connection for our silence
//	Unwatch      clientconn link peerconn        keepalive                         nothing more
//	                                                                               one Silence goes to dead letters
//	MarksChanged router zog                      keepalive                         Speak to all links, soon
//	                                                                               holes are noticed at the next KeepAlive
//	Speak        keepalive                       link                              KeepAlive to the peer
//	                                                                               the next one is due an interval later
//	Silence      keepalive                       clientconn link peerconn          the connection is closed
//	                                                                               it stays until its socket fails
//	Report       any                             errorlog                          a line in error.log
//	                                                                               the line is missing
//	Reopen       zog                             accesslog errorlog                a new file, if the old one was renamed
//	                                                                               lines go on into the renamed file
//	Drain        conns links root zog            clientconn conns link links root
//	                                                                               what is under way is finished; Drained, or the actor stops
//	                                                                               the root goes on when the time for the stage is over
//	Drained      conns link links                links root                        the next stage of stopping
//	                                                                               as of Drain
package messages
