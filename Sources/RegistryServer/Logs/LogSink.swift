import Dispatch
import RegistryCore

/// Where all lines of the log go, in order: a buffer in memory, and a thread that writes it out.
///
/// Whoever logs never waits for the reader of the log. Lines are written 100 ms after the first of them at the latest,
/// at once when one is urgent or there are 64 KiB. When the reader does not keep up and the buffer is full, lines are
/// dropped and counted, and the log says how many. In memory there is at most the capacity and one line.
final class LogSink: Sendable {
    private struct State {
        var buffer = LogBuffer()
        /// Bytes that the thread is writing at the moment.
        var inFlight = 0
        var dropped = 0
        /// The thread sleeps until a line comes.
        var isIdle = true
        /// The thread is not to wait for more lines.
        var isHurried = false
        var isClosed = false
    }

    private let state = Mutex(State())
    private let wake = DispatchSemaphore(value: 0)
    private let finished = DispatchSemaphore(value: 0)
    private let output: LogOutput
    private let capacity: Int
    private let threshold: Int
    private let delay: DispatchTimeInterval
    private let explainDropped: @Sendable (Int, inout LogBuffer) -> Void

    /// `explainDropped` writes the line that says how many lines were dropped. Sizes are in bytes.
    init(
        _ output: LogOutput,
        capacity: Int = 1 << 20,
        threshold: Int = 64 << 10,
        delay: DispatchTimeInterval = .milliseconds(100),
        explainDropped: @escaping @Sendable (Int, inout LogBuffer) -> Void
    ) {
        self.output = output
        self.capacity = capacity
        self.threshold = threshold
        self.delay = delay
        self.explainDropped = explainDropped
        startThread { [self] in run() }
    }

    /// Adds what `format` appends: a line, with its end.
    func write(urgent: Bool = false, _ format: (inout LogBuffer) -> Void) {
        let wakes = state.withLock { state in
            let start = state.buffer.count
            let room = capacity - state.inFlight
            guard start < room, !state.isClosed else {
                state.dropped += 1
                return 0
            }
            format(&state.buffer)
            if state.buffer.count > room {
                state.buffer.truncate(to: start)
                state.dropped += 1
            }
            var wakes = 0
            if state.isIdle {
                state.isIdle = false
                wakes += 1
            }
            if !state.isHurried, urgent || state.buffer.count >= threshold {
                state.isHurried = true
                wakes += 1
            }
            return wakes
        }
        for _ in 0..<wakes { wake.signal() }
    }

    /// Writes out what there is and stops. Waits a second at most: a reader that is stuck must not keep the process.
    func close() {
        let isFirst = state.withLock { state in
            defer { state.isClosed = true }
            return !state.isClosed
        }
        guard isFirst else { return }
        wake.signal()
        if finished.wait(timeout: .now() + .seconds(1)) == .success { finished.signal() }
    }

    /// Bytes in memory, and lines dropped that the log does not tell of yet.
    var backlog: (bytes: Int, dropped: Int) {
        state.withLock { ($0.buffer.count + $0.inFlight, $0.dropped) }
    }

    private func run() {
        var chunk: [UInt8] = []
        var isIdle = true
        while true {
            if isIdle { wake.wait() }
            if !state.withLock({ $0.isHurried || $0.isClosed }) { _ = wake.wait(timeout: .now() + delay) }
            state.withLock { state in
                if state.dropped > 0 {
                    explainDropped(state.dropped, &state.buffer)
                    state.dropped = 0
                }
                state.buffer.exchange(with: &chunk)
                state.inFlight = chunk.count
                state.isHurried = false
            }
            output.write(chunk)
            // A burst's memory is not kept for the quiet hours after it.
            if chunk.capacity > 4 * threshold { chunk = [] }
            let isOver = state.withLock { state in
                state.inFlight = 0
                let isEmpty = state.buffer.count == 0 && state.dropped == 0
                state.isIdle = isEmpty
                isIdle = isEmpty && !state.isClosed
                return isEmpty && state.isClosed
            }
            if isOver { break }
        }
        finished.signal()
    }
}
