/// How often, and for how long, a request is tried.
struct RetryPolicy: Sendable {
    /// For an operation, its pauses and all attempts, beside what its bytes need.
    var deadline: Duration = .seconds(30)
    /// What a connection must carry, in bytes a second, for a large body to get more time.
    var leastRate: Int64 = 32 << 10
    /// Without a byte in either direction.
    var stallTimeout: Duration = .seconds(20)
    var attempts = 8
    var firstPause: Duration = .milliseconds(100)
    var longestPause: Duration = .seconds(5)

    /// When to have given up, for an operation that sends `bytes`.
    func limit(bytes: Int64) -> Duration {
        deadline + .seconds(bytes / max(leastRate, 1))
    }

    /// Before the attempt after the `attempt`th. `random`: from 0 to 1.
    ///
    /// Anything from nothing to an exponentially growing bound ("full jitter"), so that clients that failed together
    /// do not come back together; but never sooner than the server asked for.
    func pause(after attempt: Int, asked: Duration?, random: Double) -> Duration {
        let doublings = min(max(attempt - 1, 0), 16)
        let bound = min(firstPause * (1 << doublings), longestPause)
        let jittered = bound * random
        return asked.map { max($0, jittered) } ?? jittered
    }
}
