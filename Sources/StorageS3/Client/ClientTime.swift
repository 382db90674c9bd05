import RegistryCore

/// Time and chance, as the client sees them.
struct ClientTime: Sendable {
    /// The system's clock, for signatures.
    var now: @Sendable () -> Timestamp
    /// A clock that only goes forward, from wherever.
    var elapsed: @Sendable () -> Duration
    var pause: @Sendable (Duration) async throws -> Void
    /// From 0 to 1.
    var random: @Sendable () -> Double

    static let system: ClientTime = {
        let start = ContinuousClock.now
        return ClientTime(
            now: { .now },
            elapsed: { ContinuousClock.now - start },
            pause: { try await Task.sleep(for: $0) },
            random: { .random(in: 0...1) }
        )
    }()
}
