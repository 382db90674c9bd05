package import Logging
package import RegistryCore
internal import Synchronization

/// Finds out whether passwords are right: seldom computes a hash, and slows down those who guess.
///
/// The way of a question: was it right a moment ago (``VerifiedCredentials``)? Is the same being found out already?
/// Then it is the same attempt. Else a new one begins, if its address, or its user and address together, do not try
/// too many at once (``AttemptCounts``): a thread computes the hash when it is the address's turn
/// (``HashingThreads``). A right password is answered then, whatever was before; a wrong one is counted, and answered
/// after the delay that the counts ask for (``FailureCounts``). Users who do not exist go the same way.
///
/// Addresses are ``addressBlock(of:)``'s throughout.
package final class PasswordVerifier: Sendable {
    private struct State {
        var verified = VerifiedCredentials()
        /// Of users' names, also of those who do not exist.
        var userFailures = FailureCounts()
        var addressFailures = FailureCounts()
        var underWay = AttemptCounts()
        /// By credentials, until they are answered.
        var attempts: [[UInt8]: Task<Bool, any Error>] = [:]
    }
    private let state = Mutex(State())
    private let keyed = KeyedHash()
    private let decoy: String
    private let decoys: @Sendable () -> [String]
    private let threads: HashingThreads
    private let logger: Logger
    private let now: @Sendable () -> ContinuousClock.Instant
    private let sleep: @Sendable (Duration) async throws -> Void
    private let computed = Atomic(0)

    /// - Parameter decoys: Hashes of which some users' are, beside yescrypt as ``PasswordHash/make(_:)`` has it:
    ///   those of the htpasswd file. Is called often, and is not to wait for anything.
    ///
    /// Throws ``RegistryError`` if hashes cannot be had.
    package convenience init(
        decoys: @escaping @Sendable () -> [String] = { [] },
        logger: Logger,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now },
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) throws {
        let decoy = try PasswordHash.make(randomBytes(16).map { "\($0)" }.joined(separator: " "))
        self.init(decoy: decoy, decoys: decoys, logger: logger, now: now, sleep: sleep)
    }

    init(
        decoy: String,
        decoys: @escaping @Sendable () -> [String],
        threads: HashingThreads = HashingThreads(),
        logger: Logger,
        now: @escaping @Sendable () -> ContinuousClock.Instant,
        sleep: @escaping @Sendable (Duration) async throws -> Void
    ) {
        self.decoy = decoy
        self.decoys = decoys
        self.threads = threads
        self.logger = logger
        self.now = now
        self.sleep = sleep
    }

    /// How many hashes were computed.
    var hashes: Int { computed.load(ordering: .relaxed) }

    /// Whether `password` is the one of `hash`.
    ///
    /// A task that is cancelled waits too: the attempt goes on, for others who wait for it, and for the delay to hold.
    ///
    /// - Parameters:
    ///   - hash: The user's. nil: there is no such user, or it has no password. The answer is no, and takes as long
    ///     as any.
    ///   - address: The client's.
    ///
    /// Throws ``RegistryError``: `tooManyRequests` when the address, or the user and the address together, try too many
    /// passwords at once, `unavailable` when passwords of too many addresses wait to be hashed.
    package func isValid(
        _ password: String, of user: UserName, hash: String?, from address: String
    ) async throws -> Bool {
        // As the hash is in it, another password is other credentials at once.
        let key = try keyed(user.description, password, hash ?? "")
        let origin = AttemptCounts.Origin(user: user, address: addressBlock(of: address))
        let attempt = try state.withLock { state -> Task<Bool, any Error>? in
            // Asked for in here, as below: so the times come in order.
            if state.verified.contains(key, at: now()) { return nil }
            if let attempt = state.attempts[key] { return attempt }
            guard state.underWay.begin(origin) else { throw Self.tooMany }
            let attempt = Task {
                defer { end(key, origin) }
                return try await check(password, origin, hash, key)
            }
            state.attempts[key] = attempt
            return attempt
        }
        return try await attempt?.value ?? true
    }

    /// Counts a failure of the address that is none of a password, such as a token that is no good, and returns when
    /// its answer may go out: after the delay that the address's count asks for.
    ///
    /// As a password's attempt it is under way until then, also when the task is cancelled.
    ///
    /// Throws ``RegistryError``, `tooManyRequests`, when the address has too many attempts under way; then nothing is
    /// counted.
    package func recordFailure(from address: String) async throws {
        let address = addressBlock(of: address)
        let delay = try state.withLock { state in
            guard state.underWay.begin(from: address) else { throw Self.tooMany }
            return FailureCounts.delay(after: state.addressFailures.record(address, at: now()))
        }
        let wait = Task {
            defer { state.withLock { $0.underWay.end(from: address) } }
            if delay > .zero { try await sleep(delay) }
        }
        try await wait.value
    }

    private static var tooMany: RegistryError {
        RegistryError(.tooManyRequests, "too many logins are tried at once; try again later")
    }

    private func check(
        _ password: String, _ origin: AttemptCounts.Origin, _ hash: String?, _ key: [UInt8]
    ) async throws -> Bool {
        // Chosen for those who exist as well: they are not to be told by that either.
        let decoy = try decoy(for: origin.user)
        let usable = hash.flatMap { PasswordHash.isAccepted($0) ? $0 : nil }
        let matches = try await threads.run(for: origin.address) { PasswordHash.matches(password, usable ?? decoy) }
        computed.add(1, ordering: .relaxed)
        logger.debug("computed a password hash", metadata: ["user": "\(origin.user)"])

        let isRight = matches && usable != nil
        let delay = state.withLock { state -> Duration in
            let now = now()
            if isRight {
                state.verified.insert(key, at: now)
                return .zero
            }
            let count = max(
                state.userFailures.record(origin.user.description, at: now),
                state.addressFailures.record(origin.address, at: now))
            return FailureCounts.delay(after: count)
        }
        if delay > .zero { try await sleep(delay) }
        return isRight
    }

    private func end(_ key: [UInt8], _ origin: AttemptCounts.Origin) {
        state.withLock { state in
            state.attempts[key] = nil
            state.underWay.end(origin)
        }
    }

    /// The hash to compute for a user who has none: always the same for a name, as a real one would be.
    func decoy(for user: UserName) throws -> String {
        let others = decoys()
        let number = try keyed("decoy", user.description).prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let index = Int(number % UInt64(others.count + 1))
        return index == 0 ? decoy : others[index - 1]
    }
}
