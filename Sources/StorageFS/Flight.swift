import RegistryCore

/// A job that is under way while its upload goes on. One waits for it at a time.
final class Flight: Sendable {
    private enum State {
        case flying
        case awaited(CheckedContinuation<Void, any Error>)
        case landed(Result<Void, any Error>)
    }

    private let state = Mutex(State.flying)

    /// The job is done. Called once, from the thread that did it.
    func land(_ result: Result<Void, any Error>) {
        let continuation: CheckedContinuation<Void, any Error>? = state.withLock { state in
            defer { state = .landed(result) }
            if case .awaited(let continuation) = state { return continuation }
            return nil
        }
        continuation?.resume(with: result)
    }

    /// How it went; nil: it is under way.
    var result: Result<Void, any Error>? {
        state.withLock { if case .landed(let result) = $0 { result } else { nil } }
    }

    func landing() async throws {
        try await withCheckedThrowingContinuation { continuation in
            let result: Result<Void, any Error>? = state.withLock { state in
                if case .landed(let result) = state { return result }
                state = .awaited(continuation)
                return nil
            }
            if let result { continuation.resume(with: result) }
        }
    }
}
