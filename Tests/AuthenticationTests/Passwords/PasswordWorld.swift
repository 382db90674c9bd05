import Logging
import RegistryCore
import Synchronization

@testable import Authentication

/// A world for a verifier: a clock that only the test moves, and delays that end at once, or when the test says so.
final class PasswordWorld: Sendable {
    private struct State {
        var now = ContinuousClock.now
        /// How often somebody asked for the time: a verifier does so once it has the credentials in hand.
        var asked = 0
        var delays: [Duration] = []
        var isHolding = false
        var held: [CheckedContinuation<Void, Never>] = []
        var logged: [String] = []
    }
    private let state = Mutex(State())

    var asked: Int { state.withLock { $0.asked } }
    /// All that were asked for, in order.
    var delays: [Duration] { state.withLock { $0.delays } }
    var held: Int { state.withLock { $0.held.count } }
    var logged: [String] { state.withLock { $0.logged } }

    func pass(_ time: Duration) { state.withLock { $0.now += time } }

    /// Delays do not end from now on.
    func hold() { state.withLock { $0.isHolding = true } }

    /// They end.
    func release() {
        let held = state.withLock { state in
            state.isHolding = false
            defer { state.held = [] }
            return state.held
        }
        for continuation in held { continuation.resume() }
    }

    private func delay(_ time: Duration) async {
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                state.delays.append(time)
                guard state.isHolding else { return true }
                state.held.append(continuation)
                return false
            }
            if isOver { continuation.resume() }
        }
    }

    fileprivate func log(_ line: String) { state.withLock { $0.logged.append(line) } }

    func verifier(
        decoys: @escaping @Sendable () -> [String] = { [] },
        threads: HashingThreads = HashingThreads()
    ) -> PasswordVerifier {
        var logger = Logger(label: "test") { _ in PasswordLog(world: self) }
        logger.logLevel = .debug
        return PasswordVerifier(
            decoy: decoyHash,
            decoys: decoys,
            threads: threads,
            logger: logger,
            now: {
                self.state.withLock { state in
                    state.asked += 1
                    return state.now
                }
            },
            sleep: { await self.delay($0) }
        )
    }
}

private struct PasswordLog: LogHandler {
    let world: PasswordWorld
    var logLevel = Logger.Level.debug
    var metadata: Logger.Metadata = [:]

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let pairs = (event.metadata ?? [:]).map { "\($0.key)=\($0.value)" }.sorted()
        world.log("\(event.level) \(event.message) \(pairs.joined(separator: " "))")
    }
}

/// A hash that takes a millisecond.
func cheapHash(_ password: String) -> String {
    guard let setting = Crypt.setting("$2y$", cost: 4), let hash = Crypt.hash(password, setting) else {
        preconditionFailure("libcrypt does not know bcrypt")
    }
    return String(decoding: hash, as: UTF8.self)
}

let rightHash = cheapHash("right")
let decoyHash = cheapHash("decoy")
let alice = userName("alice")
let bob = userName("bob")

func userName(_ text: String) -> UserName {
    guard let name = UserName(text) else { preconditionFailure("\(text) is no name") }
    return name
}

/// What came of a question: the answer, or why there is none.
func outcome<T>(_ body: () async throws -> T) async throws -> Result<T, RegistryError> {
    do {
        return .success(try await body())
    } catch let error as RegistryError {
        return .failure(error)
    }
}

/// Waits until `condition` holds.
func eventually(_ condition: () throws -> Bool) async rethrows {
    while try !condition() { await Task.yield() }
}
