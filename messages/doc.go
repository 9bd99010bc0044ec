// Package messages has the messages between the actors of one host. The frames between
// hosts are in the package pzog below it.
//
// A command is imperative (Append), an event is past (Appended). All messages are sent as
// pointers and belong to the receiver.
//
// # The messages
//
// In the tables an actor has the name that its files in package actors begin with: link for
// link.go, link_dial.go and so on. reader is the goroutine that reads a connection, zog is
// the root, and any is more than half of the actors. Batch is a ClientBatch to a clientconn,
// and a PeerBatch to a peerconn. The router makes a ClientTaken or a PeerTaken of it, which
// goes with Append and Logged. Tests hold both tables to the code.
//
//	message      from                            to                                    what follows
//	                                                                                   what if it is lost
//
//	Adopt        listener                        conns                                 an actor for the connection
//	                                                                                   the connection stays open and nobody serves it; the dialling side gives up
//	Batch        reader                          clientconn peerconn                   Take
//	                                                                                   as if the frames never came; the connection is closed
//	Take         clientconn peerconn             router                                Append; Forward to links that wait
//	                                                                                   the router has panicked, and begins a new run: Abandon to all connections
//	Append       router                          accesslog                             Logged, Appended
//	                                                                                   RolledBack, as the next batch does not begin where this one would, or after 10 s
//	Logged       accesslog                       clientconn peerconn                   Ok to the sender
//	                                                                                   no Ok; the sender sends again, and it is a duplicate
//	Appended     accesslog                       router                                durable messages count as taken; MarksChanged
//	                                                                                   holes are noticed at the next KeepAlive
//	RolledBack   accesslog                       router                                a new run; taken falls back to durable; Abandon to all
//	                                                                                   the next batch is out of order too, and it is sent again
//	Abandon      accesslog conns peerconn router clientconn conns peerconn             the connection is closed, or all connections are; one that follows has no batches and stays
//	                                                                                   the sender waits for its Ok until its own timeout
//	Refuse       router                          clientconn                            a refusal for each message
//	                                                                                   the client waits for its Ok until its own timeout
//	Damaged      follower link scrub survey      accesslog                             the access log takes stock of what is on the disk; RolledBack
//	                                                                                   the next one that reads there sends it again
//	Advanced     accesslog link                  clientconn peerconn                   Ack to the origin; Ok to a client that waits for copies
//	                                                                                   the origin learns it at its next KeepAlive; the client waits until its timeout
//	Greeted      peerconn                        router                                what was asked for on an older connection is asked for again
//	                                                                                   after 5 s without progress another peer is asked
//	Heard        peerconn                        router                                AskRepair, if the peer has something that we lack
//	                                                                                   the next KeepAlive has the same marks
//	Exceeded     link peerconn                     router                                a new run; Abandon to all
//	                                                                                   the next marks of the peer show it again
//	Gone         clientconn follower peerconn    followers router survey               a repair from the peer, a survey for the client, or its turn to read the log ends
//	                                                                                   after 5 s without progress another peer is asked; the survey goes on; the turn ends after a second
//	AskRepair    router                          peerconn                              Ack with repair to the peer
//	                                                                                   after 5 s without progress another peer is asked
//	Redial       router                          link                                  the link dials at once
//	                                                                                   it dials when its backoff is over
//	Locate       link                            router                                Located
//	                                                                                   the link sends nothing until the peer asks for a repair
//	Located      router                          link                                  Pull, or a read from disk
//	                                                                                   as of Locate
//	Pull         link                            router                                Forward, now or when there is more for the peer
//	                                                                                   the link sends nothing until the peer asks for a repair
//	Forward      router                          link                                  Data to the peer, the next Pull
//	                                                                                   as of Pull
//	Reached      link                            router                                the tree uses the link, or does without it
//	                                                                                   messages go another way, or wait for a repair
//	Survey       clientconn                      survey                                a place in the queue; with all ranges the log is read; Surveyed
//	                                                                                   it is sent again
//	Surveyed     survey                          clientconn                            Ack with digests to the client, a refusal, or the end
//	                                                                                   the connection is closed; the client asks again
//	AskRead      follower                        followers                             MayRead, when it is its turn, or when the log has grown
//	                                                                                   the follower asks again a second later
//	MayRead      followers                       follower                              a piece of the log is read: Followed, HasRead
//	                                                                                   the follower asks again a second later
//	HasRead      follower                        followers                             the next one may read
//	                                                                                   the turn ends after a second
//	Grown        accesslog                       followers                             MayRead to those who wait for the log to grow
//	                                                                                   they look at the log a second later
//	Followed     follower                        clientconn                            frames to the client; Written
//	                                                                                   the next one shows it, and the connection is closed; the client goes on from its position
//	Written      clientconn                      follower                              AskRead
//	                                                                                   the follower asks a second later
//	Watch        clientconn link peerconn        keepalive                             Speak and Silence in time
//	                                                                                   the peer closes the connection for our silence
//	TrustChanged zog                             clientconn conns link links peerconn  connections that would not pass any more are closed
//	                                                                                   the next one, a minute later, does the same
//	Unwatch      clientconn link peerconn        keepalive                             no more Speak and Silence
//	                                                                                   one Silence becomes a dead letter
//	MarksChanged router zog                      keepalive                             Speak to all links, soon
//	                                                                                   holes are noticed at the next KeepAlive
//	Speak        keepalive                       link                                  KeepAlive to the peer
//	                                                                                   the next one is due an interval later
//	Silence      keepalive                       clientconn link peerconn              the connection is closed
//	                                                                                   it stays until its socket fails
//	Report       any                             errorlog                              a line in error.log
//	                                                                                   the line is missing
//	Reopen       zog                             accesslog errorlog                    a new file, if the old one was renamed
//	                                                                                   lines go on into the renamed file
//	Drain        conns links root zog            clientconn conns link links root
//	                                                                                   the actor finishes what is under way; Drained, or it stops
//	                                                                                   the root goes on when the time of the stage is over
//	Drained      conns link links                links root                            the next stage of stopping
//	                                                                                   as of Drain
//
// # State beside the messages
//
// Actors share some state, which goes past the messages and is safe for concurrent use. It is
// in the Node of package actors; the last three are shared by the sender and the receivers of a
// message. "no message" says why it is not sent instead. All other state of an actor is its own.
//
//	Ring          the ring file in force
//	  written by  zog
//	  read by     accesslog clientconn errorlog link links router survey zog
//	  no message  each actor reads it where it needs it, so that a reload takes effect at once
//	Counts        what the host has done since it started
//	  written by  accesslog clientconn link router zog
//	  read by     router zog
//	  no message  no actor acts on it
//	ledger        the durable marks of this host, and the marks of its peers by their own KeepAlives and Acks
//	  written by  accesslog link peerconn router
//	  read by     accesslog clientconn follower link peerconn router survey zog
//	  no message  Ok must not wait for another mailbox, and the marks must survive the restart of any actor
//	journal       the log, for those who read it. The access log alone has its Writer
//	  written by  router
//	  read by     follower followers link router scrub survey
//	  no message  a repair reads large pieces, and the access log must not wait for them
//	runs          which runs of other hosts there are, and the present runs of the peers
//	  written by  peerconn router
//	  read by     peerconn router
//	  no message  peerconn and router must decide alike whether a new run is taken
//	waiters       the connections that are told when durable marks move
//	  written by  clientconn peerconn
//	  read by     accesslog link peerconn router
//	  no message  each mailbox on the way of an answer adds latency
//	storage       why the access log cannot be written; nil if it can
//	  written by  accesslog
//	  read by     accesslog conns router zog
//	  no message  once the disk has failed, no batch may be taken that is in a mailbox already
//	position      the position behind the newest message that the router took
//	  written by  router
//	  read by     accesslog link
//	  no message  links compare it with their own each time they send
//	boot          the boot of this host's present run
//	  written by  router
//	  read by     accesslog link
//	  no message  each KeepAlive carries it, and a link needs it before it sends messages of the run
//	stops         when this process was stopped
//	  written by  keepalive
//	  read by     clientconn reader
//	  no message  a reader decides before it sends what it has read
//	following     who follows the log, and whether they wait for it to grow
//	  written by  accesslog clientconn followers
//	  read by     clientconn follower
//	  no message  the access log tells those who wait, and must not know who they are
//	marksChanged  marks have changed since the scheduler looked
//	  written by  keepalive router
//	  read by     keepalive router
//	  no message  one MarksChanged does for many changes
//	clients       the memory that clients use, and whose batch goes on next
//	  written by  clientconn reader
//	  read by     clientconn reader zog
//	  no message  a reader waits for both before it has anything to send
//	accepted      the connections that are admitted, and whose certificates they have
//	  written by  clientconn conns listener peerconn
//	  read by     clientconn conns listener router
//	  no message  a listener decides before a connection has an actor
//	reports       reports on their way to error.log, and how many got no line
//	  written by  clientconn errorlog link peerconn
//	  read by     errorlog
//	  no message  those that are too many must not become messages
//	peerLog       how many lines about each peer there were
//	  written by  link peerconn router
//	  read by     nobody
//	  no message  it limits the lines of all actors together
//	plain         of which clients it was said that they speak plain text
//	  written by  clientconn
//	  read by     nobody
//	  no message  it limits the lines of all connections together
//	Pulse         when a connection received and sent something, and since when it is owed an answer
//	  written by  clientconn keepalive link peerconn reader
//	  read by     clientconn keepalive link peerconn reader
//	  no message  a message for each frame would cost more than the frame
//	AcceptedConn  whether an accepted connection is idle
//	  written by  clientconn peerconn reader
//	  read by     clientconn listener peerconn
//	  no message  a listener decides at once which connection makes room
//	Credit        how many batches of a connection are under way
//	  written by  clientconn peerconn reader
//	  read by     reader
//	  no message  the reader waits for it and reads nothing meanwhile
package messages
