import Logging
import RegistryCore
import Testing

@testable import Authentication

struct PasswordVerifierTests {
    private let world = PasswordWorld()

    @Test func `says yes to the right password alone`() async throws {
        let verifier = world.verifier()
        #expect(try await verifier.isValid("right", of: alice, hash: rightHash, from: "a"))
        #expect(try await !verifier.isValid("wrong", of: alice, hash: rightHash, from: "a"))
    }

    @Test func `what was right is not hashed again for five minutes`() async throws {
        let verifier = world.verifier()
        for _ in 0..<30 { #expect(try await verifier.isValid("right", of: alice, hash: rightHash, from: "a")) }
        world.pass(.seconds(299))
        #expect(try await verifier.isValid("right", of: alice, hash: rightHash, from: "b"))
        #expect(verifier.hashes == 1)
        world.pass(.seconds(1))
        #expect(try await verifier.isValid("right", of: alice, hash: rightHash, from: "a"))
        #expect(verifier.hashes == 2)
    }

    @Test func `what was wrong is hashed again`() async throws {
        let verifier = world.verifier()
        for _ in 0..<3 { #expect(try await !verifier.isValid("wrong", of: alice, hash: rightHash, from: "a")) }
        #expect(verifier.hashes == 3)
    }

    @Test func `another hash is other credentials at once`() async throws {
        let verifier = world.verifier()
        #expect(try await verifier.isValid("right", of: alice, hash: rightHash, from: "a"))
        #expect(try await !verifier.isValid("right", of: alice, hash: cheapHash("changed"), from: "a"))
        #expect(try await !verifier.isValid("right", of: alice, hash: nil, from: "a"))
        #expect(verifier.hashes == 3)
        // The same password with another salt.
        #expect(try await verifier.isValid("right", of: alice, hash: cheapHash("right"), from: "a"))
        #expect(verifier.hashes == 4)
    }

    @Test func `what was right for one user is not looked up for another`() async throws {
        let verifier = world.verifier()
        #expect(try await verifier.isValid("right", of: alice, hash: rightHash, from: "a"))
        #expect(try await !verifier.isValid("right", of: bob, hash: cheapHash("bob's"), from: "a"))
        #expect(verifier.hashes == 2)
    }

    @Test func `thirty at once hash once`() async throws {
        let verifier = world.verifier()
        let answers = try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<30 {
                group.addTask { try await verifier.isValid("right", of: alice, hash: rightHash, from: "a") }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(answers == Array(repeating: true, count: 30))
        #expect(verifier.hashes == 1)
    }

    @Test func `each hash is a line in the log`() async throws {
        let verifier = world.verifier()
        for _ in 0..<2 { _ = try await verifier.isValid("right", of: alice, hash: rightHash, from: "a") }
        _ = try await verifier.isValid("right", of: bob, hash: nil, from: "a")
        #expect(
            world.logged == ["debug computed a password hash user=alice", "debug computed a password hash user=bob"])
    }

    @Test func `when too many addresses wait for a thread it is unavailable, and nobody failed`() async throws {
        let verifier = world.verifier(threads: HashingThreads(count: 1, queue: FairQueue(mostAddresses: 0)))
        for _ in 0..<20 {
            let error = await #expect(throws: RegistryError.self) {
                try await verifier.isValid("right", of: alice, hash: rightHash, from: "a")
            }
            #expect(error?.code == .unavailable)
        }
        #expect(verifier.hashes == 0)
        #expect(world.delays.isEmpty)
    }

    @Test func `as the server has it, it takes hashes of today`() async throws {
        let verifier = try PasswordVerifier(logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let hash = try PasswordHash.make("right")
        #expect(try await verifier.isValid("right", of: alice, hash: hash, from: "a"))
        #expect(try await verifier.isValid("right", of: alice, hash: hash, from: "a"))
        #expect(try await !verifier.isValid("wrong", of: alice, hash: hash, from: "a"))
        #expect(try await !verifier.isValid("right", of: bob, hash: nil, from: "a"))
        #expect(verifier.hashes == 3)
    }
}
