import RegistryCore
import Testing

@testable import Authentication

struct RecordFailureTests {
    private let world = PasswordWorld()
    private let growing = [250, 500, 1000, 2000, 4000, 5000, 5000, 5000].map { Duration.milliseconds($0) }

    @Test func `waits longer and longer, from the fourth on`() async throws {
        let verifier = world.verifier()
        for _ in 0..<3 { try await verifier.recordFailure(from: "a") }
        #expect(world.delays.isEmpty)
        for _ in 0..<8 { try await verifier.recordFailure(from: "a") }
        #expect(world.delays == growing)
        try await verifier.recordFailure(from: "b")
        #expect(world.delays == growing)
        world.pass(.seconds(120))
        try await verifier.recordFailure(from: "a")
        #expect(world.delays == growing)
        #expect(verifier.hashes == 0)
    }

    @Test func `counts together with wrong passwords, by the block of the address`() async throws {
        let verifier = world.verifier()
        for number in 0..<3 { try await verifier.recordFailure(from: "2001:db8::\(number)") }
        #expect(try await !verifier.isValid("wrong", of: alice, hash: rightHash, from: "2001:db8::a"))
        try await verifier.recordFailure(from: "2001:db8::b")
        #expect(world.delays == Array(growing.prefix(2)))
        // It is not alice who failed.
        #expect(try await !verifier.isValid("wrong", of: alice, hash: rightHash, from: "elsewhere"))
        #expect(world.delays.count == 2)
    }

    @Test func `takes a place of the address until its delay is over, also when nobody waits for it`() async throws {
        let verifier = world.verifier()
        for _ in 0..<3 { try await verifier.recordFailure(from: "a") }
        world.hold()
        try await withThrowingTaskGroup { group in
            for _ in 0..<32 { group.addTask { try await verifier.recordFailure(from: "a") } }
            await eventually { world.held == 32 }
            group.cancelAll()
            let error = await #expect(throws: RegistryError.self) { try await verifier.recordFailure(from: "a") }
            #expect(error?.code == .tooManyRequests)
            // Passwords have places of their own: they are how clients come by good tokens.
            #expect(try await verifier.isValid("right", of: alice, hash: rightHash, from: "a"))
            world.release()
            try await group.waitForAll()
        }
        try await verifier.recordFailure(from: "a")
        // The one that was refused asked for no delay.
        #expect(world.delays.count == 33)
    }
}
