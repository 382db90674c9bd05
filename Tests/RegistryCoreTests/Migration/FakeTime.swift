import RegistryCore
import Synchronization

/// A clock that only stands still or is waited for, and what to do while somebody waits.
final class FakeTime: Sendable {
    private struct State {
        var elapsed = Duration.seconds(1000)
        var pauses: [Duration] = []
        var onPause: @Sendable (Int) async throws -> Void = { _ in }
    }
    private let state = Mutex(State())

    var elapsed: Duration { state.withLock { $0.elapsed } }
    /// How long somebody waited, each time.
    var pauses: [Duration] { state.withLock { $0.pauses } }
    var now: Timestamp { Timestamp(milliseconds: 1_000_000_000) + elapsed }

    func advance(_ duration: Duration) { state.withLock { $0.elapsed += duration } }

    /// `body` is given how many pauses there were before.
    func onPause(_ body: @escaping @Sendable (Int) async throws -> Void) { state.withLock { $0.onPause = body } }

    var copyTime: CopyTime {
        CopyTime(
            elapsed: { [self] in elapsed },
            pause: { [self] duration in
                try Task.checkCancellation()
                let (onPause, number) = state.withLock { state in
                    state.pauses.append(duration)
                    return (state.onPause, state.pauses.count - 1)
                }
                try await onPause(number)
                advance(duration)
                await Task.yield()
            })
    }
}

/// Returns when its task is cancelled, by an error.
func never() async throws {
    while true { try await Task.sleep(for: .seconds(3600)) }
}
