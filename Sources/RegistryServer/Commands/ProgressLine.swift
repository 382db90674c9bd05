import RegistryCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Shows how far long work is: on a terminal one line that changes, elsewhere a plain line now and then.
///
/// What it shows goes to standard error, as standard output is for the result.
final class ProgressLine: Sendable {
    /// Between two plain lines.
    private static let interval = Duration.seconds(10)

    private struct State {
        /// Columns of the line that is shown on the terminal.
        var shown = 0
        var last: ContinuousClock.Instant?
    }
    private let state = Mutex(State())
    private let output: LogOutput
    private let isTerminal: Bool

    init(_ output: LogOutput = .standardError) {
        self.output = output
        isTerminal = output.isTerminal
    }

    /// Shows `text`, if it is time for it.
    func show(_ text: @autoclosure () -> String) {
        state.withLock { state in
            if isTerminal {
                let text = text()
                output.write(Array("\r\(text.padded(to: state.shown))".utf8))
                state.shown = text.count
            } else if let last = state.last, last.duration(to: .now) < Self.interval {
                return
            } else {
                // Short work needs none.
                if state.last != nil { output.write(Array("\(text())\n".utf8)) }
                state.last = .now
            }
        }
    }

    /// A line that stays.
    func note(_ text: String) {
        state.withLock { state in
            output.write(Array("\(clear(&state))registryd: \(text)\n".utf8))
        }
    }

    /// Takes the line off the terminal.
    func end() {
        state.withLock { state in output.write(Array(clear(&state).utf8)) }
    }

    private func clear(_ state: inout State) -> String {
        defer { state.shown = 0 }
        return state.shown > 0 ? "\r\(String(repeating: " ", count: state.shown))\r" : ""
    }

    /// Shows what `text` says, again and again, for as long as `body` runs.
    func showing<T>(
        _ text: @escaping @Sendable () async -> String,
        during body: () async throws -> T
    ) async rethrows -> T {
        let ticker = Task {
            while !Task.isCancelled {
                let current = await text()
                show(current)
                try? await Task.sleep(for: .milliseconds(isTerminal ? 250 : 1000))
            }
        }
        func stop() async {
            ticker.cancel()
            await ticker.value
            end()
        }
        do {
            let value = try await body()
            await stop()
            return value
        } catch {
            await stop()
            throw error
        }
    }
}
