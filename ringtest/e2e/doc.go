// Package e2e tests the two programs as their users have them: five real `zog
// run` processes on loopback, the real sprog, real signals, files and kills.
//
// There is nothing in it but tests. TestMain builds both programs once. A ring
// has its own addresses within 127.0.0.0/8 and two ports that are free there,
// so that it can run beside any other test, and any other ring. Nothing sleeps
// and hopes: what is waited for is looked for again and again, until a deadline
// that only a failure reaches.
package e2e
