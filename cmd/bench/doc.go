// Bench measures how fast the product is for the visitor of a website, in
// Debian's Chromium, and how many receipts a server takes a second.
//
//	make bench                           builds, and runs all of it
//	go run ./cmd/bench -only click       one part: visit, click, repeat, release, panel, takeover or receipts
//	go run ./cmd/bench -runs 15          more repetitions
//	go run ./cmd/bench -strict           exit code 1 if a figure is over its limit
//	go run ./cmd/bench -json             for programs
//
// It runs bin/latchkey on a copy of the sample groups, a host page on another
// origin, and a control: a script of exactly the loader's transfer size, served
// by another Go program with the loader's headers, that does nothing but insert
// a fixed box with as many words as the banner, in its font, and with buttons
// that each remove it. It stores nothing and asks nobody. No banner that comes in
// one request can do less, so the control is where the floor is on this machine now.
//
// Times on shared machines are mostly noise, so every figure is measured on the
// product and on its control in turns (A B, B A, …) in the same run; the ratio of the
// means of the middle half is what counts, with its 95 % confidence interval and the smallest and
// the largest value to show how much it is worth. Where there is a limit it says PASS or OVER.
//
// Every figure comes as it is and throttled, like an old phone on a slow network:
// a CPU 4 times slower, 150 ms of latency, 1.6 Mbit/s.
//
// # Visit
//
// A first visit, in a fresh browser context with an empty cache.
//
//   - banner visible: from the start of the navigation to the end of the first
//     frame that contains the banner, or the control's box.
//   - Reject has its effect: from the start of the navigation; Reject is clicked as soon as
//     it is visible, and the figure ends with the frame from which the banner is
//     gone, the cookie being written; or the box, for the control.
//   - script arrived, drawn: parts of the first figure that tell where time goes. The script
//     has been received; from there to the moment when the banner is in the document.
//   - layout shift: the sum of all shifts during the visit and its choice, those after input included.
//   - tasks over 50 ms: their number in the visit, against the control's: what the page itself and the
//     machine cause is in both.
//
// # Click
//
//   - Accept to next paint: from the click to the end of the next frame. It is mostly the wait for
//     that frame, so both pages click at the same moments between two frames.
//   - handlers, frame: the same without the wait: what runs at once, and the making of the frame.
//
// # Repeat
//
// A visit by somebody who has chosen, with the loader in the browser's cache,
// against the same page without us.
//
//   - first contentful paint: what the visitor sees.
//   - load event: against the page without us; and against one with a cached script of the loader's
//     size that reads the cookie and does nothing, the least that can know of a choice. On a
//     fast machine the bare page has loaded within 20 ms, before its first frame. There even that script moves the event by
//     more than a tenth, so that it has a limit only throttled.
//
// # Release
//
//   - 50 tags released: how long the main thread is kept when a yes releases 50 gated scripts, from
//     the choice to the end of the task that inserts them; against a page that inserts as many by hand.
//
// # Panel
//
//   - panel usable: from the click on Choose to the end of the frame in which the
//     centre in the panel is connected to the host page and a switch is where a
//     click hits it. The WebAssembly is held back for good.
//
// # Takeover
//
//   - page taken over: how long the WebAssembly keeps the main thread while it takes
//     over the request page (the performance measure latchkey-takeover), and the longest task in it.
//   - live: from the start of the navigation to the end of that.
//
// # Receipts
//
// Receipts a second over HTTP on the loopback network, over 1, 8 and 32 connections, and how long
// one takes (p50, p99), against a server that reads and answers but stores nothing. The product
// syncs each to the disk before it answers, and makes it a leaf of the log.
//
//	make bench-receipts                  with 0, 200,000 and 1,000,000 stored, up to 1,024 connections
//	go run ./cmd/bench -only receipts -stored 0,5000 -connections 32 -database postgres://…
//
// With many stored it is held against what it did when it was empty, too. Also: reading a receipt
// with its proof, one after the other; the most memory that the product had; the disk that a receipt takes.
package main
