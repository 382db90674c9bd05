import Logging
import RegistryCore
import Synchronization

/// The credentials to sign with now: of the first provider that has any, kept, and renewed before they expire.
final class CredentialChain: Sendable {
    /// How long before their end credentials are renewed, in milliseconds.
    static let lead: Int64 = 5 * 60_000
    /// How long a renewal that failed is not tried again while the old credentials still work.
    static let patience: Int64 = 30_000
    /// How long a failure is handed out again when there is nothing to work with, so that no service is flooded.
    static let pauseAfterFailure: Int64 = 1000
    /// How long credentials that were just found are not replaced because a server refuses them.
    static let trust: Int64 = 10_000

    private struct State {
        var current: Credentials?
        /// When credentials were last found; nil: never.
        var found: Timestamp?
        /// When to renew; nil: never.
        var renewal: Timestamp?
        var failure: (error: any Error, until: Timestamp)?
        var refreshing: Task<Credentials, any Error>?
    }
    private let providers: [any CredentialProvider]
    private let surroundings: Surroundings
    private let logger: Logger
    private let state = Mutex(State())

    init(_ providers: [any CredentialProvider], _ surroundings: Surroundings, logger: Logger) {
        self.providers = providers
        self.surroundings = surroundings
        self.logger = logger
    }

    /// The usual places, in the order in which they are asked.
    ///
    /// - Parameter region: Of the bucket, for where to exchange a web identity.
    static func usual(region: String, _ surroundings: Surroundings, logger: Logger) -> CredentialChain {
        CredentialChain(
            [
                EnvironmentCredentials(), SharedFileCredentials(region: region), WebIdentityCredentials(region: region),
                ContainerCredentials(), InstanceCredentials(),
            ],
            surroundings,
            logger: logger
        )
    }

    /// Does not suspend while there are credentials that work. Throws ``CredentialError``.
    func credentials() async throws -> Credentials {
        switch decide(at: surroundings.now()) {
        case .use(let credentials): return credentials
        case .fail(let error): throw error
        case .wait(let refresh): return try await refresh.value
        }
    }

    /// A server refused these as expired or unknown: the next call looks for new ones.
    func refused(_ credentials: Credentials) {
        let now = surroundings.now()
        state.withLock { state in
            guard state.current == credentials, let found = state.found else { return }
            guard now.milliseconds - found.milliseconds >= Self.trust else { return }
            state.current = nil
            state.renewal = nil
        }
    }

    private enum Decision {
        case use(Credentials)
        case fail(any Error)
        case wait(Task<Credentials, any Error>)
    }

    private func decide(at now: Timestamp) -> Decision {
        state.withLock { state in
            let usable = state.current.flatMap { credentials in
                credentials.expiration.map { now < $0 } ?? true ? credentials : nil
            }
            if let usable, state.renewal.map({ now < $0 }) ?? true { return .use(usable) }
            if usable == nil, state.refreshing == nil, let failure = state.failure, now < failure.until {
                return .fail(failure.error)
            }
            // One at a time, and on nobody's account: a request that is cancelled does not take the others' with it.
            let refresh = state.refreshing ?? Task { try await self.refresh() }
            state.refreshing = refresh
            return usable.map { .use($0) } ?? .wait(refresh)
        }
    }

    private func refresh() async throws -> Credentials {
        do {
            let found = try await search()
            let now = surroundings.now()
            if let expiration = found.expiration, expiration <= now {
                let time = SigningDate(expiration).stamp
                throw CredentialError(.unavailable, "the only credentials that could be had expired at \(time)")
            }
            state.withLock { state in
                state.current = found
                state.found = now
                // Short-lived ones are not asked for at every request either.
                state.renewal = found.expiration.map { expiration in
                    let lifetime = max(expiration.milliseconds - now.milliseconds, 0)
                    let wait = max(lifetime - Self.lead, min(lifetime / 2, Self.lead))
                    return Timestamp(milliseconds: now.milliseconds + wait)
                }
                state.failure = nil
                state.refreshing = nil
            }
            return found
        } catch {
            let now = surroundings.now()
            let hadSome = state.withLock { state in
                state.renewal = Timestamp(milliseconds: now.milliseconds + Self.patience)
                state.failure = (error, Timestamp(milliseconds: now.milliseconds + Self.pauseAfterFailure))
                state.refreshing = nil
                return state.current != nil
            }
            if hadSome { logger.warning("cannot renew the S3 credentials", metadata: ["error": "\(error)"]) }
            throw error
        }
    }

    private func search() async throws -> Credentials {
        var tried: [String] = []
        for provider in providers {
            do {
                switch try await provider.credentials(in: surroundings) {
                case .found(let credentials): return credentials
                case .notHere(let reason): tried.append("\(provider.name): \(reason)")
                }
            } catch var error as CredentialError {
                error.message = "credentials from \(provider.name): \(error.message)"
                throw error
            }
        }
        // Where there were some before, the configuration is not to blame.
        let isFirst = state.withLock { $0.found == nil }
        throw CredentialError(
            isFirst ? .missing : .unavailable,
            "no S3 credentials; set access-key-id and secret-access-key, or one of what was tried: "
                + tried.joined(separator: "; ")
        )
    }
}
