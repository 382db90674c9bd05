import RegistryCore
import Testing

@testable import Authentication

struct GuessingTests {
    private let world = PasswordWorld()
    private let growing = [250, 500, 1000, 2000, 4000, 5000, 5000, 5000].map { Duration.milliseconds($0) }

    @Test func `makes answers take longer and longer`() async throws {
        let verifier = world.verifier()
        for number in 0..<11 {
            #expect(try await !verifier.isValid("\(number)", of: alice, hash: rightHash, from: "a"))
        }
        #expect(world.delays == growing)
    }

    @Test func `is forgiven with time`() async throws {
        let verifier = world.verifier()
        for number in 0..<11 { _ = try await verifier.isValid("\(number)", of: alice, hash: rightHash, from: "a") }
        world.pass(.seconds(120))
        #expect(try await !verifier.isValid("wrong", of: alice, hash: rightHash, from: "a"))
        #expect(world.delays.count == growing.count)
    }

    @Test func `counts by user, wherever it comes from`() async throws {
        let verifier = world.verifier()
        for number in 0..<5 {
            _ = try await verifier.isValid("x", of: alice, hash: rightHash, from: "10.0.0.\(number)")
        }
        #expect(world.delays == Array(growing.prefix(2)))
    }

    @Test func `counts by address, whoever it is for`() async throws {
        let verifier = world.verifier()
        for number in 0..<5 {
            let user = userName("user\(number)")
            _ = try await verifier.isValid("x", of: user, hash: nil, from: "2001:db8::\(number)")
        }
        #expect(world.delays == Array(growing.prefix(2)))
    }

    @Test func `does not make a right password wait`() async throws {
        let verifier = world.verifier()
        for number in 0..<11 { _ = try await verifier.isValid("\(number)", of: alice, hash: rightHash, from: "a") }
        world.hold()
        #expect(try await verifier.isValid("right", of: alice, hash: rightHash, from: "a"))
        #expect(world.delays.count == growing.count)
        #expect(verifier.hashes == 12)
    }

    /// Three failures, and then `count` wrong passwords whose answers are held back.
    private func guesses(
        _ count: Int, of hash: String? = rightHash, _ verifier: PasswordVerifier,
        in group: inout ThrowingTaskGroup<Bool, any Error>
    ) async throws {
        for number in 0..<3 { _ = try await verifier.isValid("\(number)", of: alice, hash: hash, from: "a") }
        world.hold()
        for number in 0..<count {
            group.addTask { try await verifier.isValid("wrong \(number)", of: alice, hash: hash, from: "a") }
        }
        await eventually { world.held == count }
    }

    @Test(arguments: [rightHash, nil])
    func `eight at once, by one user from one address, are enough`(hash: String?) async throws {
        let verifier = world.verifier()
        try await withThrowingTaskGroup(of: Bool.self) { group in
            try await guesses(8, of: hash, verifier, in: &group)
            #expect(world.delays.sorted() == growing)
            for password in ["wrong", "right"] {
                let error = await #expect(throws: RegistryError.self) {
                    try await verifier.isValid(password, of: alice, hash: hash, from: "a")
                }
                #expect(error?.code == .tooManyRequests)
            }
            world.release()
            for try await answer in group { #expect(!answer) }
        }
        #expect(try await !verifier.isValid("wrong", of: alice, hash: hash, from: "a"))
        #expect(verifier.hashes == 12)
    }

    @Test func `others go on meanwhile, with the same address, or as the same user`() async throws {
        let verifier = world.verifier()
        #expect(try await verifier.isValid("right", of: alice, hash: rightHash, from: "a"))
        try await withThrowingTaskGroup(of: Bool.self) { group in
            try await guesses(8, verifier, in: &group)
            #expect(try await verifier.isValid("right", of: bob, hash: rightHash, from: "a"))
            let other = cheapHash("other")
            #expect(try await verifier.isValid("other", of: alice, hash: other, from: "b"))
            // What was found right a moment ago is no attempt.
            #expect(try await verifier.isValid("right", of: alice, hash: rightHash, from: "a"))
            #expect(world.held == 8)
            world.release()
            try await group.waitForAll()
        }
    }

    @Test func `the same guess at once is one attempt, with one answer`() async throws {
        let verifier = world.verifier()
        try await withThrowingTaskGroup(of: Bool.self) { group in
            try await guesses(1, verifier, in: &group)
            let asked = world.asked
            for _ in 0..<30 {
                group.addTask { try await verifier.isValid("wrong 0", of: alice, hash: rightHash, from: "a") }
            }
            await eventually { world.asked == asked + 30 }
            world.release()
            for try await answer in group { #expect(!answer) }
        }
        #expect(verifier.hashes == 4)
        #expect(world.delays == [.milliseconds(250)])
    }

    @Test func `who does not wait for the answer is under way all the same`() async throws {
        let verifier = world.verifier()
        try await withThrowingTaskGroup(of: Bool.self) { group in
            try await guesses(8, verifier, in: &group)
            group.cancelAll()
            let error = await #expect(throws: RegistryError.self) {
                try await verifier.isValid("wrong", of: alice, hash: rightHash, from: "a")
            }
            #expect(error?.code == .tooManyRequests)
            world.release()
            try await group.waitForAll()
        }
        #expect(world.delays.sorted() == growing)
    }
}
