// Package mailtypes lists the types of the messages that actors take, by name and as
// ringtest.When.Of has them: a name that is not here is misspelt. Batch is a ClientBatch or a
// PeerBatch. A test holds the list to the code of the actors.
package mailtypes

// All are the types: those of package messages, and those that an actor keeps to itself.
var All = []string{
	"Abandon", "Adopt", "Advanced", "Append", "Appended", "AskRepair", "Batch", "Damaged", "Drain",
	"Drained", "Exceeded", "Forward", "Gone", "Greeted", "Heard", "Locate", "Located", "Logged", "Pull", "Reached",
	"Redial", "Refuse", "Reopen", "Report", "RolledBack", "Silence", "Speak", "Survey", "Surveyed",
	"Take", "Unsettled", "Unwatch", "Watch",
	"deadline", "dialed", "greetingDue", "hearDue", "heldUp", "inquireAgain", "nextBlock",
	"readerDied", "redial", "said", "signDue", "stageTimeout", "streamAlarm", "sumUp", "surveyOn", "syncNow", "tend", "tryAgain", "wake", "writeOn",
}
