/// Lets bytes through no faster than so many a second, whoever brings them.
final class Pace: Sendable {
    /// Who waited for something else may catch up with so much.
    private static let slack = Duration.milliseconds(500)

    private let bytesPerSecond: Int64?
    private let time: CopyTime
    /// When the bytes that were let through so far are over.
    private let end = Mutex(Duration.zero)

    /// - Parameter bytesPerSecond: nil: as fast as they come.
    init(bytesPerSecond: Int64?, _ time: CopyTime) {
        self.bytesPerSecond = bytesPerSecond
        self.time = time
    }

    /// Returns when `count` bytes may go. Throws when the task is cancelled.
    func take(_ count: Int) async throws {
        guard let bytesPerSecond else { return }
        let now = time.elapsed()
        let pause = end.withLock { end in
            let start = max(end, now - Self.slack)
            end = start + .seconds(Double(count) / Double(bytesPerSecond))
            return start - now
        }
        if pause > .zero { try await time.pause(pause) }
    }
}

/// The time that copies go by; tests bring their own.
package struct CopyTime: Sendable {
    /// Since some moment.
    package var elapsed: @Sendable () -> Duration
    package var pause: @Sendable (Duration) async throws -> Void

    package init(
        elapsed: @escaping @Sendable () -> Duration,
        pause: @escaping @Sendable (Duration) async throws -> Void
    ) {
        self.elapsed = elapsed
        self.pause = pause
    }

    package static let system: CopyTime = {
        let start = ContinuousClock.now
        return CopyTime(elapsed: { start.duration(to: .now) }, pause: { try await Task.sleep(for: $0) })
    }()
}
