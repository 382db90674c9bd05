import Foundation
import Glibc
import Synchronization

/// Clients that push and pull without pause, until they are told to stop. Whatever fails is the test's failure.
final class MigratingClients: Sendable {
    private struct State {
        var blobs: [MigratedBlob]
        var isOver = false
        var pushes = 0
        var pulls = 0
    }
    private let state: Mutex<State>
    private let registry: MigratingRegistry
    private let toleratesCrashes: Bool
    private let threads = Mutex<[Background<Void>]>([])

    /// - Parameters:
    ///   - blobs: to be pulled, as is what they push themselves.
    ///   - toleratesCrashes: the server may be killed: what it did not answer is tried again.
    init(_ registry: MigratingRegistry, _ blobs: [MigratedBlob], count: Int = 3, toleratesCrashes: Bool = false) {
        self.registry = registry
        self.toleratesCrashes = toleratesCrashes
        state = Mutex(State(blobs: blobs))
        let threads = (0..<count).map { number in Background { [self] in try run(number) } }
        self.threads.withLock { $0 = threads }
    }

    /// All blobs that there are then: each push that was answered with 201 is among them.
    func stop() throws -> [MigratedBlob] {
        state.withLock { $0.isOver = true }
        for thread in threads.withLock({ $0 }) { try thread.join() }
        return state.withLock { $0.blobs }
    }

    /// How many were answered with 201.
    var pushes: Int { state.withLock { $0.pushes } }

    /// Waits until they have done so much more.
    func goOn(_ rounds: Int = 5) throws {
        let (pushes, pulls) = state.withLock { ($0.pushes, $0.pulls) }
        try eventually("that clients push and pull") {
            if threads.withLock({ $0 }).contains(where: \.isDone) { return true }
            return state.withLock { $0.pushes >= pushes + rounds && $0.pulls >= pulls + rounds }
        }
    }

    private func run(_ number: Int) throws {
        var turn = number
        var client = Client(port: registry.server.port)
        while !state.withLock({ $0.isOver }) {
            do {
                try step(client, number, turn)
            } catch let error where toleratesCrashes && (error is ConnectionClosed || error is SystemError) {
                // Killed, and perhaps running again already; 0 while it is not.
                try eventually("that there is a server again") { registry.server.port != 0 }
                client = Client(port: registry.server.port)
            }
            turn += 1
        }
    }

    private func step(_ client: Client, _ number: Int, _ turn: Int) throws {
        let repository = "moved/c\(number)"
        switch turn % 4 {
        case 0:
            let content = randomBytes(turn % 24 == 0 ? 6 << 20 : Int.random(in: 1..<200_000))
            pushed(try client.pushBlob(content, to: repository), to: repository)
        case 1:
            let content = randomBytes(Int.random(in: 1000..<100_000))
            let next = try client.append(Array(content[..<500]), to: client.startUpload(repository))
            let response = try client.finish(next, sha256(content), body: Array(content[500...]))
            guard response.status == 201 else {
                throw UnexpectedResponse(what: "the blob was not taken", response: response)
            }
            pushed(sha256(content), to: repository)
        default:
            guard let blob = state.withLock({ $0.blobs.randomElement() }) else { return }
            guard try client.pullBlob(blob.digest, from: blob.repository) != nil else {
                throw NeverHappened(description: "\(blob) is lost")
            }
            state.withLock { $0.pulls += 1 }
        }
    }

    private func pushed(_ digest: String, to repository: String) {
        state.withLock { state in
            state.blobs.append(MigratedBlob(repository: repository, digest: digest))
            state.pushes += 1
        }
    }
}
