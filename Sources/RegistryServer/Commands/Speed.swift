import RegistryCore

/// How fast something grows, over the last seconds.
final class Speed: Sendable {
    private static let window = Duration.seconds(10)
    private let samples = Mutex<[(time: ContinuousClock.Instant, value: Int64)]>([])

    /// A second. nil: not known yet.
    func rate(_ value: Int64) -> Int64? {
        samples.withLock { samples in
            let now = ContinuousClock.now
            samples.append((now, value))
            while samples.count > 2, samples[1].time.duration(to: now) >= Self.window { samples.removeFirst() }
            guard let first = samples.first, first.time.duration(to: now) >= .seconds(1) else { return nil }
            let seconds = first.time.duration(to: now) / Duration.seconds(1)
            return Int64(Double(max(0, value - first.value)) / seconds)
        }
    }
}
